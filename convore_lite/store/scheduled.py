"""Messages that wait for their time, and those that could not be sent when it came. Whose they are, only they know of.

Rule: one is sent in the transaction that takes it away from here, so that it is said exactly once whatever happens.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from ..words.errors import NotFound
from ..words.models import Scheduled, ServerRole, User, time_text
from . import files
from .people import USER_COLUMNS, user_from
from .permission import READABLE

# The topic is named only to whoever may read it now.
SELECT = f"""
SELECT r.*, CASE WHEN {READABLE} THEN t.id END AS readable, {files.UNSENT} AS attached FROM scheduled r
LEFT JOIN topics t ON t.id = r.topic_id LEFT JOIN groups g ON g.id = t.group_id
LEFT JOIN memberships m ON m.group_id = t.group_id AND m.user_id = :me
WHERE r.user_id = :me
"""


@dataclass(frozen=True)
class Waiting:
    """What goes into a row."""

    topic_id: int
    client_id: str
    text: str
    reply_to: int | None
    file_ids: tuple[int, ...]
    send_at: int


@dataclass(frozen=True)
class Due:
    """One whose time has come, and its author. It is still the same as long as *text* and *send_at* are."""

    id: int
    topic_id: int | None
    client_id: str
    text: str
    reply_to: int | None
    file_ids: tuple[int, ...]
    send_at: int
    author: User
    role: ServerRole


def scheduled_from(row: sqlite3.Row) -> Scheduled:
    return Scheduled(
        id=row["id"],
        topic_id=row["readable"],
        text=row["text"],
        reply_to=row["reply_to"],
        files=files.files_from(row["attached"]),
        client_id=row["client_id"],
        send_at=time_text(row["send_at"]),
        created_at=time_text(row["created_at"]),
        problem=row["problem"],
    )


def insert(conn: sqlite3.Connection, user_id: int, waiting: Waiting, *, at: int) -> int:
    number = conn.execute(
        """INSERT INTO scheduled (user_id, topic_id, client_id, text, reply_to, file_ids, send_at, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            user_id,
            waiting.topic_id,
            waiting.client_id,
            waiting.text,
            waiting.reply_to,
            json.dumps(waiting.file_ids),
            waiting.send_at,
            at,
        ),
    ).lastrowid
    return number or 0


def find_for(conn: sqlite3.Connection, user_id: int, scheduled_id: int) -> Scheduled:
    """One of somebody's own. Raises NotFound."""
    row = conn.execute(f"{SELECT} AND r.id = :id", {"me": user_id, "id": scheduled_id}).fetchone()
    if row is None:
        raise NotFound()
    return scheduled_from(row)


def of_user(conn: sqlite3.Connection, user_id: int) -> list[Scheduled]:
    """All of somebody's, the next one first; those that could not be sent before the others."""
    query = f"{SELECT} ORDER BY r.problem IS NULL, r.send_at, r.id"
    return [scheduled_from(row) for row in conn.execute(query, {"me": user_id})]


def with_client_id(conn: sqlite3.Connection, user_id: int, client_id: str) -> int | None:
    row = conn.execute("SELECT id FROM scheduled WHERE user_id = ? AND client_id = ?", (user_id, client_id)).fetchone()
    return row[0] if row else None


def how_many(conn: sqlite3.Connection, user_id: int) -> int:
    return int(conn.execute("SELECT count(*) FROM scheduled WHERE user_id = ?", (user_id,)).fetchone()[0])


def failed(conn: sqlite3.Connection, user_id: int) -> int:
    """How many of somebody's could not be sent."""
    query = "SELECT count(*) FROM scheduled WHERE user_id = ? AND problem IS NOT NULL"
    return int(conn.execute(query, (user_id,)).fetchone()[0])


def change(conn: sqlite3.Connection, scheduled_id: int, **columns: str | int | None) -> None:
    """Set some of text, send_at, problem."""
    for column, value in columns.items():
        assert column in {"text", "send_at", "problem"}
        conn.execute(f"UPDATE scheduled SET {column} = ? WHERE id = ?", (value, scheduled_id))


def delete(conn: sqlite3.Connection, scheduled_id: int) -> None:
    conn.execute("DELETE FROM scheduled WHERE id = ?", (scheduled_id,))


def next_at(conn: sqlite3.Connection) -> int | None:
    """When the next one is due."""
    return conn.execute("SELECT min(send_at) FROM scheduled WHERE problem IS NULL").fetchone()[0]  # type: ignore[no-any-return]


def due(conn: sqlite3.Connection, *, at: int, limit: int) -> list[Due]:
    """Those whose time has come, in their order."""
    return _due(conn, "r.problem IS NULL AND r.send_at <= ? ORDER BY r.send_at, r.id LIMIT ?", at, limit)


def find_due(conn: sqlite3.Connection, scheduled_id: int) -> Due | None:
    """One of them by its id, where it is still there and nothing is wrong with it."""
    found = _due(conn, "r.problem IS NULL AND r.id = ?", scheduled_id)
    return found[0] if found else None


def _due(conn: sqlite3.Connection, where: str, *values: int) -> list[Due]:
    query = f"SELECT r.*, {USER_COLUMNS}, u.role FROM scheduled r JOIN users u ON u.id = r.user_id WHERE {where}"
    return [
        Due(
            id=row["id"],
            topic_id=row["topic_id"],
            client_id=row["client_id"],
            text=row["text"],
            reply_to=row["reply_to"],
            file_ids=tuple(json.loads(row["file_ids"])),
            send_at=row["send_at"],
            author=user_from(row),
            role=row["role"],
        )
        for row in conn.execute(query, values)
    ]
