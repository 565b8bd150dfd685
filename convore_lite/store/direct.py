"""Conversations: which one some people have. What else there is to know of one, `groups` knows.

Rule: who is in a conversation never changes, so it is found by their ids.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from . import groups


def find(conn: sqlite3.Connection, user_ids: Iterable[int]) -> int | None:
    """The conversation of just these people."""
    row = conn.execute("SELECT id FROM groups WHERE direct_key = ?", (_key(user_ids),)).fetchone()
    return row[0] if row else None


def insert(conn: sqlite3.Connection, slug: str, user_ids: Iterable[int], *, creator_id: int, at: int) -> int:
    """A conversation of these people, with nobody in it yet."""
    group_id = groups.insert(conn, slug, "", kind="direct", description="", creator_id=creator_id, at=at)
    conn.execute("UPDATE groups SET direct_key = ? WHERE id = ?", (_key(user_ids), group_id))
    return group_id


def _key(user_ids: Iterable[int]) -> str:
    return ",".join(str(number) for number in sorted(user_ids))
