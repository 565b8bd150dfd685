"""Reactions: emoji that people put to a message. Reading them is part of reading the message (`messages`)."""

from __future__ import annotations

import sqlite3

from ..words.models import Reacted
from .people import USER_COLUMNS, user_from


def put(conn: sqlite3.Connection, message_id: int, emoji: str, user_id: int, *, at: int) -> bool:
    """React; False for who did so already."""
    query = "INSERT OR IGNORE INTO reactions VALUES (?, ?, ?, ?)"
    return conn.execute(query, (message_id, emoji, user_id, at)).rowcount > 0


def remove(conn: sqlite3.Connection, message_id: int, emoji: str, user_id: int) -> bool:
    """Take a reaction back; False where there is none."""
    query = "DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?"
    return conn.execute(query, (message_id, emoji, user_id)).rowcount > 0


def of_user(conn: sqlite3.Connection, user_id: int, *, limit: int) -> list[tuple[int, str]]:
    """Some of somebody's reactions: to which message, with which emoji."""
    query = "SELECT message_id, emoji FROM reactions WHERE user_id = ? ORDER BY message_id LIMIT ?"
    return [(row[0], row[1]) for row in conn.execute(query, (user_id, limit))]


def kinds(conn: sqlite3.Connection, message_id: int) -> int:
    """How many different emoji a message has."""
    query = "SELECT count(DISTINCT emoji) FROM reactions WHERE message_id = ?"
    return int(conn.execute(query, (message_id,)).fetchone()[0])


def people_for(
    conn: sqlite3.Connection, user_id: int, message_id: int, emoji: str | None, *, offset: int, limit: int
) -> list[Reacted]:
    """Who reacted to a message that *user_id* may read, in the order in which they did; with *emoji*, with that one."""
    rows = conn.execute(
        f"""SELECT r.emoji, {USER_COLUMNS} FROM reactions r JOIN users u ON u.id = r.user_id
            WHERE r.message_id = :message AND (:emoji IS NULL OR r.emoji = :emoji)
              AND r.user_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me)
            ORDER BY r.at, r.user_id, r.emoji LIMIT :limit OFFSET :offset""",
        {"me": user_id, "message": message_id, "emoji": emoji, "limit": limit, "offset": offset},
    )
    return [Reacted(row["emoji"], user_from(row)) for row in rows]
