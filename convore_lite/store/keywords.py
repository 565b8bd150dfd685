"""Keyword alerts: whose words are in a message."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from ..words import keywords


def of_user(conn: sqlite3.Connection, user_id: int) -> list[str]:
    """One's keywords, sorted."""
    return [row[0] for row in conn.execute("SELECT word FROM keywords WHERE user_id = ? ORDER BY word", (user_id,))]


def replace(conn: sqlite3.Connection, user_id: int, words: Sequence[str]) -> None:
    """Let these be somebody's keywords, which are in their one spelling."""
    conn.execute("DELETE FROM keywords WHERE user_id = ?", (user_id,))
    conn.executemany("INSERT INTO keywords VALUES (?, ?, ?)", [(user_id, word, keywords.start(word)) for word in words])


def found_in(conn: sqlite3.Connection, text: str, group_id: int) -> dict[int, str]:
    """The members of a group one of whose keywords is in a text, and which: their first."""
    if not conn.execute("SELECT 1 FROM keywords LIMIT 1").fetchone():
        return {}
    normal = keywords.normal(text)
    rows = conn.execute(
        """SELECT k.user_id, k.word FROM keywords k
           JOIN memberships m ON m.user_id = k.user_id AND m.group_id = ?
           JOIN users u ON u.id = k.user_id AND u.deactivated_at IS NULL
           WHERE k.start IN (SELECT value FROM json_each(?)) ORDER BY k.user_id, k.word DESC""",
        (group_id, json.dumps(sorted(keywords.starts(normal)))),
    )
    return {row[0]: row[1] for row in rows if keywords.holds(normal, row[1])}
