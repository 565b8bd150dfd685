"""Deleted groups and topics: hidden in one short transaction, and then taken away row by row.

Rule: a group that is hidden is nobody's any more; no look-up, list or export finds it. What it held goes in small steps, because
a hundred thousand messages take seconds, in which nobody else could write. A topic is deleted by moving it into such a group.
"""

from __future__ import annotations

import sqlite3

from . import log, spots
from .connections import Writer

# What a group held, from the inside out: a step takes from the first of these in which something is left.
INSIDE_OUT = (
    """DELETE FROM messages WHERE id IN (
        SELECT x.id FROM messages x JOIN topics t ON t.id = x.topic_id WHERE t.group_id = ? LIMIT ?)""",
    "DELETE FROM topics WHERE id IN (SELECT id FROM topics WHERE group_id = ? LIMIT ?)",
    "DELETE FROM groups WHERE id IN (SELECT id FROM groups WHERE id = ? LIMIT ?)",
)


def hide(conn: Writer, group_id: int, *, at: int) -> list[int]:
    """Take a group away from everybody, and give its address free; the ids of those who were in it."""
    # A conversation of nobody: as such it is in no list and no export. No address begins with a slash.
    conn.execute(
        "UPDATE groups SET kind = 'direct', slug = '/' || id, name = '', description = '', deleted_at = ? WHERE id = ?",
        (at, group_id),
    )
    rows = conn.execute("DELETE FROM memberships WHERE group_id = ? RETURNING user_id", (group_id,))
    return [row[0] for row in rows.fetchall()]


def hide_topic(conn: Writer, topic_id: int, *, at: int) -> int:
    """Move a topic into a group of its own that is hidden, and give its addresses free; the id of that group."""
    grave = conn.execute(
        """INSERT INTO groups (slug, name, kind, creator_id, created_at, deleted_at)
           SELECT '/topic/' || id, '', 'direct', creator_id, ?, ? FROM topics WHERE id = ?""",
        (at, at, topic_id),
    ).lastrowid
    assert grave is not None
    conn.execute("UPDATE topics SET group_id = ? WHERE id = ?", (grave, topic_id))
    conn.execute("DELETE FROM topic_addresses WHERE topic_id = ?", (topic_id,))
    spots.settle_topic(conn, topic_id)
    return grave


def hidden(conn: sqlite3.Connection) -> list[int]:
    """The ids of groups of which something is left to be taken away."""
    return [row[0] for row in conn.execute("SELECT id FROM groups WHERE deleted_at IS NOT NULL ORDER BY id")]


def blank_events(conn: Writer, group_id: int, *, after: int, limit: int) -> int | None:
    """Blank what tells of a hidden group in the log, among so many events after a place; the place to go on from, or None.

    The empty events stay, so that every place in the log that somebody has is still one; and so does that the group was deleted,
    which tells nothing more, for those who keep copies of what was in it.
    """
    begin = max(after, log.first_number(conn) - 1)
    conn.execute(
        f"""UPDATE events SET {log.BLANK} WHERE number > ? AND number <= ? AND kind != 'group_deleted'
            AND (group_id = ? OR topic_id IN (SELECT id FROM topics WHERE group_id = ?))""",
        (begin, begin + limit, group_id, group_id),
    )
    return begin + limit if begin + limit < log.last_number(conn) else None


def erase(conn: Writer, group_id: int, *, limit: int) -> bool:
    """Take at most so many messages or topics of a hidden group away, or at last the group; False where nothing was left."""
    return any(conn.execute(query, (group_id, limit)).rowcount for query in INSIDE_OUT)
