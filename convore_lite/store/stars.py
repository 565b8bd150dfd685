"""Stars: messages that somebody wants to find again. Which ones, only they know; how many a message has, all who read it."""

from __future__ import annotations

import sqlite3

from ..words.models import Message
from .messages import SELECT, message_from
from .permission import READABLE


def put(conn: sqlite3.Connection, user_id: int, message_id: int) -> bool:
    """Star a message; False where it is already."""
    return conn.execute("INSERT OR IGNORE INTO stars VALUES (?, ?)", (user_id, message_id)).rowcount > 0


def remove(conn: sqlite3.Connection, user_id: int, message_id: int) -> bool:
    """Take a star away; False where there is none."""
    return conn.execute("DELETE FROM stars WHERE user_id = ? AND message_id = ?", (user_id, message_id)).rowcount > 0


def starred(conn: sqlite3.Connection, user_id: int, *, before: int | None, limit: int) -> list[Message]:
    """What somebody starred and may still read, the newest message first, before a message id.

    Also of people they ignore: they chose that message.
    """
    rows = conn.execute(
        f"""{SELECT} JOIN stars own ON own.user_id = :me AND own.message_id = x.id
            WHERE {READABLE} AND x.id < :before ORDER BY x.id DESC LIMIT :limit""",
        {"me": user_id, "before": before or 2**53, "limit": limit},
    )
    return [message_from(row, mine=True) for row in rows]
