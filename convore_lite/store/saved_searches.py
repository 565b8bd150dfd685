"""Saved searches: what somebody looks for again and again, as they typed it, and how far they have looked. Only they know."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ..words.errors import NotFound


@dataclass(frozen=True)
class Saved:
    """A row: what was typed, the time zone in which its days begin, and the newest message that was there when they looked."""

    id: int
    query: str
    zone: str
    seen: int
    created_at: int


def of_user(conn: sqlite3.Connection, user_id: int) -> list[Saved]:
    """One's saved searches, in the order in which they were saved."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM saved_searches WHERE user_id = ? ORDER BY id", (user_id,))
    return [Saved(*row) for row in rows]


def find_for(conn: sqlite3.Connection, user_id: int, search_id: int) -> Saved:
    """One of one's own. Raises NotFound."""
    query = f"SELECT {COLUMNS} FROM saved_searches WHERE user_id = ? AND id = ?"
    row = conn.execute(query, (user_id, search_id)).fetchone()
    if row is None:
        raise NotFound()
    return Saved(*row)


def find_query(conn: sqlite3.Connection, user_id: int, query: str) -> Saved | None:
    """The one of one's own that says this."""
    found = conn.execute("SELECT id FROM saved_searches WHERE user_id = ? AND query = ?", (user_id, query)).fetchone()
    return find_for(conn, user_id, found[0]) if found else None


def insert(conn: sqlite3.Connection, user_id: int, query: str, zone: str, *, seen: int, at: int) -> Saved:
    values = (user_id, query, zone, seen, at)
    row = conn.execute(
        f"INSERT INTO saved_searches (user_id, query, zone, seen, created_at) VALUES (?, ?, ?, ?, ?) RETURNING {COLUMNS}",
        values,
    ).fetchone()
    return Saved(*row)


def move_seen(conn: sqlite3.Connection, search_id: int, message_id: int) -> bool:
    """Note that its owner has looked up to a message; False where they had looked as far before."""
    query = "UPDATE saved_searches SET seen = :seen WHERE id = :id AND seen < :seen"
    return conn.execute(query, {"id": search_id, "seen": message_id}).rowcount > 0


def remove(conn: sqlite3.Connection, search_id: int) -> None:
    conn.execute("DELETE FROM saved_searches WHERE id = ?", (search_id,))


COLUMNS = "id, query, zone, seen, created_at"
