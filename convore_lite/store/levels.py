"""How much somebody wants to hear of a group or a topic: follow, normal or mute.

Rule: a topic that somebody neither follows nor mutes is as its group. In what is muted, only messages that mention one count.
"""

from __future__ import annotations

import sqlite3

from ..words.models import Level

# Whether the topic t is muted for the member m, wherever a query has joined JOINED.
JOINED = "LEFT JOIN topic_levels l ON l.user_id = m.user_id AND l.topic_id = t.id"
MUTED = "coalesce(l.level, m.level) = 'mute'"


def of_topic(conn: sqlite3.Connection, user_id: int, topic_id: int) -> Level:
    """What somebody chose for a topic; normal where nothing."""
    row = conn.execute(
        "SELECT level FROM topic_levels WHERE user_id = ? AND topic_id = ?", (user_id, topic_id)
    ).fetchone()
    return row[0] if row else "normal"


def set_for_topic(conn: sqlite3.Connection, user_id: int, topic_id: int, level: Level) -> None:
    conn.execute("DELETE FROM topic_levels WHERE user_id = ? AND topic_id = ?", (user_id, topic_id))
    if level != "normal":
        conn.execute("INSERT INTO topic_levels VALUES (?, ?, ?)", (user_id, topic_id, level))


def of_group(conn: sqlite3.Connection, user_id: int, group_id: int) -> Level:
    """What a member chose for a group."""
    row = conn.execute(
        "SELECT level FROM memberships WHERE user_id = ? AND group_id = ?", (user_id, group_id)
    ).fetchone()
    return row[0]  # type: ignore[no-any-return]


def set_for_group(conn: sqlite3.Connection, user_id: int, group_id: int, level: Level) -> None:
    conn.execute("UPDATE memberships SET level = ? WHERE user_id = ? AND group_id = ?", (level, user_id, group_id))
