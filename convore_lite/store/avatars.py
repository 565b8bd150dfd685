"""Pictures of people. Each has a random name, and none changes: a new picture has a new one."""

from __future__ import annotations

import sqlite3

from ..words.errors import NotFound
from .connections import Writer
from .people import VISIBLE


def find_for(conn: sqlite3.Connection, user_id: int, name: str) -> bytes:
    """A picture of somebody whom *user_id* may know of. Raises NotFound."""
    query = f"SELECT a.image FROM avatars a JOIN users u ON u.id = a.user_id WHERE a.name = :name AND {VISIBLE}"
    row = conn.execute(query, {"me": user_id, "name": name}).fetchone()
    if row is None:
        raise NotFound()
    return bytes(row[0])


def put(conn: Writer, user_id: int, name: str, image: bytes) -> None:
    """In the place of the one before."""
    remove(conn, user_id)
    conn.execute("INSERT INTO avatars (name, user_id, image) VALUES (?, ?, ?)", (name, user_id, image))
    conn.execute("UPDATE users SET avatar = ? WHERE id = ?", (name, user_id))


def remove(conn: Writer, user_id: int) -> None:
    conn.execute("DELETE FROM avatars WHERE user_id = ?", (user_id,))
    conn.execute("UPDATE users SET avatar = NULL WHERE id = ?", (user_id,))
