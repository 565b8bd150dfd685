"""How much there is: bytes in the data folder, rows in the database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ..words.models import Sizes, Storage, Totals
from . import overview

LARGEST = 10

TOTALS = """
SELECT
    (SELECT count(*) FROM users WHERE kind = 'person') AS people,
    (SELECT count(*) FROM users WHERE kind = 'bot') AS bots,
    count(DISTINCT g.id) FILTER (WHERE g.kind != 'direct') AS groups,
    count(t.id) FILTER (WHERE g.kind != 'direct') AS topics,
    coalesce(sum(t.message_count), 0) AS messages,
    coalesce(sum(t.message_count) FILTER (WHERE g.kind = 'direct'), 0) AS direct_messages,
    (SELECT count(*) FROM events) AS events
FROM groups g LEFT JOIN topics t ON t.group_id = g.id WHERE g.deleted_at IS NULL
"""


def measure(conn: sqlite3.Connection, database: Path) -> Storage:
    """Of the database at a path. What is deleted counts no more, although the file does not shrink by it."""
    return Storage(sizes(conn, database), totals(conn), overview.largest_groups(conn, limit=LARGEST))


def sizes(conn: sqlite3.Connection, database: Path) -> Sizes:
    return Sizes(
        database=_bytes([database]),
        write_ahead_log=_bytes([database.with_name(f"{database.name}-wal")]),
        copies=_bytes(database.parent.glob(f"{database.stem}-schema-*.db")),
        pictures=conn.execute("SELECT coalesce(sum(length(image)), 0) FROM avatars").fetchone()[0],
        free=shutil.disk_usage(database.parent).free,
    )


def totals(conn: sqlite3.Connection) -> Totals:
    return Totals(**dict(conn.execute(TOTALS).fetchone()))


def _bytes(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.exists())
