"""How much there is: bytes in the data folder, rows in the database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
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
    (SELECT count(*) FROM files WHERE message_id IS NOT NULL) AS files,
    (SELECT count(*) FROM events) AS events
FROM groups g LEFT JOIN topics t ON t.group_id = g.id WHERE g.deleted_at IS NULL
"""
PICTURES = """
SELECT coalesce(sum(length(image)), 0) FROM (SELECT image FROM avatars UNION ALL SELECT image FROM pages)
"""


def measure(conn: sqlite3.Connection, database: Path, files: Path) -> Storage:
    """Of the database and the files at these paths. What is deleted counts no more, although the database does not shrink."""
    return Storage(sizes(conn, database, files), totals(conn), overview.largest_groups(conn, limit=LARGEST))


def sizes(conn: sqlite3.Connection, database: Path, files: Path) -> Sizes:
    return Sizes(
        database=_bytes([database]),
        write_ahead_log=_bytes([database.with_name(f"{database.name}-wal")]),
        copies=_bytes(database.parent.glob(f"{database.stem}-schema-*.db")),
        files=_bytes(path for path in files.rglob("*") if path.is_file()),
        pictures=conn.execute(PICTURES).fetchone()[0],
        free=shutil.disk_usage(database.parent).free,
    )


def totals(conn: sqlite3.Connection) -> Totals:
    return Totals(**dict(conn.execute(TOTALS).fetchone()))


def _bytes(files: Iterable[Path]) -> int:
    found = 0
    for file in files:
        with suppress(FileNotFoundError):  # it went meanwhile
            found += file.stat().st_size
    return found
