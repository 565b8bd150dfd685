"""The lines of an archive on their way in: what a post, an opened topic or a new group would not write."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ..words.archive import MessageLine
from .archive import MESSAGE, Row, message_line
from .messages import Said


@dataclass(frozen=True)
class Known:
    """A message that is here already, and the line that an export would write of it."""

    id: int
    topic_id: int
    line: MessageLine


def find_message(conn: sqlite3.Connection, author_id: int, client_id: str) -> Known | None:
    """A message by its identity."""
    row = conn.execute(f"{MESSAGE} WHERE x.author_id = ? AND x.client_id = ?", (author_id, client_id)).fetchone()
    return Known(row["id"], row["topic_id"], message_line(row)) if row else None


def unknown(conn: sqlite3.Connection, lines: Sequence[MessageLine]) -> list[MessageLine]:
    """Those of these messages that are not here yet."""
    query = "SELECT 1 FROM messages x JOIN users u ON u.id = x.author_id WHERE u.username = ? AND x.client_id = ?"
    return [line for line in lines if conn.execute(query, (line.author, line.client_id)).fetchone() is None]


def find_topic(conn: sqlite3.Connection, group_id: int, slug: str) -> Row | None:
    """id, name and last_seq of a topic."""
    found: Row | None = conn.execute(
        "SELECT id, name, last_seq FROM topics WHERE group_id = ? AND slug = ?", (group_id, slug)
    ).fetchone()
    return found


def set_flags(conn: sqlite3.Connection, topic_id: int, *, resolved: bool, locked: bool, pinned: bool) -> None:
    conn.execute(
        "UPDATE topics SET resolved = ?, locked = ?, pinned = ? WHERE id = ?", (resolved, locked, pinned, topic_id)
    )


def set_first_default_topic(conn: sqlite3.Connection, group_id: int, topic_id: int) -> None:
    """Let a group open with this topic, unless it opens with one already."""
    conn.execute(
        "UPDATE groups SET default_topic_id = ? WHERE id = ? AND default_topic_id IS NULL", (topic_id, group_id)
    )


def insert_message(
    conn: sqlite3.Connection,
    topic_id: int,
    seq: int,
    said: Said,
    *,
    author_id: int,
    at: int,
    edited_at: int | None,
    deleted: bool,
) -> int:
    """A message as it was; `settle_topic` then tells its topic of it."""
    number = conn.execute(
        """INSERT INTO messages (topic_id, seq, author_id, client_id, text, nodes, html, reply_to, created_at, edited_at, deleted)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            topic_id,
            seq,
            author_id,
            said.client_id,
            said.text,
            said.nodes.decode(),
            said.html,
            said.reply_to,
            at,
            edited_at,
            deleted,
        ),
    ).lastrowid
    return number or 0


def settle_topic(conn: sqlite3.Connection, topic_id: int, *, before: int) -> None:
    """Bring a topic up to date with messages that came in after seq *before*, which its members need not read: it is history.

    Who had read everything up to there has read everything still; for others more waits than before.
    """
    values = {"topic": topic_id, "before": before}
    conn.execute(
        """INSERT INTO readings
           SELECT m.user_id, t.id, (SELECT max(seq) FROM messages WHERE topic_id = t.id)
           FROM topics t JOIN memberships m ON m.group_id = t.group_id
           LEFT JOIN readings r ON r.user_id = m.user_id AND r.topic_id = t.id
           WHERE t.id = :topic AND :before <= coalesce(r.read_seq,
               (SELECT max(seq) FROM messages WHERE topic_id = t.id AND id <= m.read_up_to), 0)
           ON CONFLICT (user_id, topic_id) DO UPDATE SET read_seq = excluded.read_seq""",
        values,
    )
    conn.execute(
        """UPDATE topics SET (last_seq, message_count, last_message_id, last_message_at) = (
               SELECT max(x.seq), message_count + count(*) FILTER (WHERE NOT x.deleted), max(x.id),
                   max(max(x.created_at), coalesce(last_message_at, max(x.created_at)))
               FROM messages x WHERE x.topic_id = :topic AND x.seq > :before)
           WHERE id = :topic""",
        values,
    )
