"""Messages: said once, in order. ``seq`` counts 1, 2, 3 … in each topic and is given at commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from ..words.errors import NotFound
from ..words.models import Mention, Message, MyMessage, Version, time_text
from .groups import READABLE
from .people import USER_COLUMNS, user_from
from .reading import is_unread

SELECT = f"""
SELECT x.*, t.group_id, {USER_COLUMNS}
FROM messages x JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id JOIN users u ON u.id = x.author_id
LEFT JOIN memberships m ON m.group_id = t.group_id AND m.user_id = :me
"""


@dataclass(frozen=True)
class Said:
    """What goes into a message row."""

    client_id: str
    text: str
    nodes: bytes
    html: str
    reply_to: int | None = None


def message_from(row: sqlite3.Row, *, mine: bool) -> Message:
    """A message as *mine* says: with what is its reader's own, or the same for everyone."""
    return Message(
        id=row["id"],
        group_id=row["group_id"],
        topic_id=row["topic_id"],
        seq=row["seq"],
        author=user_from(row),
        text=row["text"],
        nodes=msgspec.Raw(row["nodes"].encode()),
        html=row["html"],
        created_at=time_text(row["created_at"]),
        edited_at=time_text(row["edited_at"]) if row["edited_at"] is not None else None,
        deleted=bool(row["deleted"]),
        reply_to=row["reply_to"],
        files=[],
        reactions=[],
        stars=0,
        client_id=row["client_id"],
        my=MyMessage(starred=False) if mine else msgspec.UNSET,
    )


def insert(conn: sqlite3.Connection, topic_id: int, said: Said, *, author_id: int, at: int) -> int:
    """Say something in a topic, as its next message; the new message's id."""
    seq = conn.execute(
        "UPDATE topics SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", (topic_id,)
    ).fetchone()[0]
    number = conn.execute(
        """INSERT INTO messages (topic_id, seq, author_id, client_id, text, nodes, html, reply_to, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (topic_id, seq, author_id, said.client_id, said.text, said.nodes.decode(), said.html, said.reply_to, at),
    ).lastrowid
    conn.execute(
        """UPDATE topics SET message_count = message_count + 1, last_message_id = ?,
           last_message_at = max(coalesce(last_message_at, 0), ?) WHERE id = ?""",
        (number, at, topic_id),
    )
    return number or 0


def with_client_id(conn: sqlite3.Connection, author_id: int, client_id: str) -> int | None:
    """The message its author gave this client id, whenever that was."""
    row = conn.execute(
        "SELECT id FROM messages WHERE author_id = ? AND client_id = ?", (author_id, client_id)
    ).fetchone()
    return row[0] if row else None


def find_for(conn: sqlite3.Connection, user_id: int, message_id: int) -> Message:
    """A message that *user_id* may read. Raises NotFound."""
    row = conn.execute(f"{SELECT} WHERE x.id = :id AND {READABLE}", {"me": user_id, "id": message_id}).fetchone()
    if row is None:
        raise NotFound()
    return message_from(row, mine=True)


def bare(conn: sqlite3.Connection, message_id: int) -> Message:
    """A message as everybody sees it, for events."""
    return message_from(conn.execute(f"{SELECT} WHERE x.id = :id", {"me": 0, "id": message_id}).fetchone(), mine=False)


def is_first_version(conn: sqlite3.Connection, message_id: int, text: str) -> bool:
    """Is that what a message said when it was posted?"""
    row = conn.execute(
        """SELECT coalesce((SELECT text FROM edits WHERE message_id = x.id AND number = 1), x.text)
           FROM messages x WHERE x.id = ?""",
        (message_id,),
    ).fetchone()
    return row is not None and row[0] == text


def versions(conn: sqlite3.Connection, user_id: int, message_id: int) -> list[Version]:
    """What a message said before it was edited, oldest first, to whoever may read it. Raises NotFound."""
    find_for(conn, user_id, message_id)
    rows = conn.execute("SELECT written_at, text, html FROM edits WHERE message_id = ? ORDER BY number", (message_id,))
    return [Version(time_text(row["written_at"]), row["text"], row["html"]) for row in rows]


def edit(conn: sqlite3.Connection, message_id: int, text: str, nodes: bytes, html: str, *, at: int) -> None:
    """Let a message say something else, and keep what it said."""
    conn.execute(
        """INSERT INTO edits SELECT x.id, (SELECT count(*) + 1 FROM edits WHERE message_id = x.id),
           coalesce(x.edited_at, x.created_at), x.text, x.nodes, x.html FROM messages x WHERE x.id = ?""",
        (message_id,),
    )
    conn.execute(
        "UPDATE messages SET text = ?, nodes = ?, html = ?, edited_at = ? WHERE id = ?",
        (text, nodes.decode(), html, at, message_id),
    )


def take_back(conn: sqlite3.Connection, message_id: int) -> None:
    """Leave nothing of a message but its place in its topic."""
    conn.execute("DELETE FROM edits WHERE message_id = ?", (message_id,))
    conn.execute("DELETE FROM mentions WHERE message_id = ?", (message_id,))
    conn.execute(
        """UPDATE topics SET message_count = message_count - 1
           WHERE id = (SELECT topic_id FROM messages WHERE id = ? AND deleted = 0)""",
        (message_id,),
    )
    conn.execute(
        "UPDATE messages SET text = '', nodes = '[]', html = '', deleted = 1 WHERE id = ?",
        (message_id,),
    )


def is_in_topic(conn: sqlite3.Connection, message_id: int, topic_id: int) -> bool:
    return (
        conn.execute("SELECT 1 FROM messages WHERE id = ? AND topic_id = ?", (message_id, topic_id)).fetchone()
        is not None
    )


def before(
    conn: sqlite3.Connection, user_id: int, topic_id: int, message_id: int | None, *, limit: int
) -> list[Message]:
    """The last messages of a readable topic before a message of it (or before the end), oldest first."""
    rows = _page(
        conn, user_id, topic_id, "x.seq < :seq ORDER BY x.seq DESC", _seq(conn, topic_id, message_id, 2**53), limit
    )
    return rows[::-1]


def after(conn: sqlite3.Connection, user_id: int, topic_id: int, message_id: int, *, limit: int) -> list[Message]:
    """The first messages of a readable topic after a message of it, oldest first."""
    return _page(conn, user_id, topic_id, "x.seq > :seq ORDER BY x.seq", _seq(conn, topic_id, message_id, 0), limit)


def around(conn: sqlite3.Connection, user_id: int, topic_id: int, message_id: int, *, limit: int) -> list[Message]:
    """A message and its neighbours, oldest first."""
    seq = _seq(conn, topic_id, message_id, 0)
    until = _page(conn, user_id, topic_id, "x.seq <= :seq ORDER BY x.seq DESC", seq, limit // 2 + 1)[::-1]
    return until + _page(conn, user_id, topic_id, "x.seq > :seq ORDER BY x.seq", seq, limit - len(until))


def set_mentions(conn: sqlite3.Connection, message_id: int, found: Mapping[int, str | None]) -> list[int]:
    """Let these be whom a message mentions, by name (None) or by a keyword of theirs; those it did not mention before."""
    rows = conn.execute("SELECT user_id FROM mentions WHERE message_id = ?", (message_id,)).fetchall()
    before = {row[0] for row in rows}
    conn.executemany(
        "DELETE FROM mentions WHERE user_id = ? AND message_id = ?",
        [(one, message_id) for one in before - found.keys()],
    )
    conn.executemany(
        """INSERT INTO mentions (user_id, message_id, keyword) VALUES (?, ?, ?)
           ON CONFLICT (user_id, message_id) DO UPDATE SET keyword = excluded.keyword""",
        [(user_id, message_id, keyword) for user_id, keyword in found.items()],
    )
    return [user_id for user_id in found if user_id not in before]


def readers_among(conn: sqlite3.Connection, group_id: int, user_ids: Iterable[int]) -> list[int]:
    """Those of *user_ids* who may read the group: its members, or anyone where it is public."""
    marks = ",".join(str(int(number)) for number in user_ids)
    rows = conn.execute(
        f"""SELECT u.id FROM users u JOIN groups g ON g.id = :group
            LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = u.id
            WHERE u.id IN ({marks}) AND (m.user_id IS NOT NULL OR (g.kind = 'public' AND u.role != 'guest')) ORDER BY u.id""",
        {"group": group_id},
    )
    return [row[0] for row in rows]


def naming(conn: sqlite3.Connection, user_id: int, message_ids: Iterable[int]) -> set[int]:
    """Those of these messages that mention somebody, by name or by one of their words."""
    marks = ",".join(str(int(number)) for number in message_ids)
    rows = conn.execute(f"SELECT message_id FROM mentions WHERE user_id = ? AND message_id IN ({marks})", (user_id,))
    return {row[0] for row in rows}


def mentions_of(conn: sqlite3.Connection, user_id: int, *, before: int | None, limit: int) -> list[Mention]:
    """Messages that mention somebody and that they may still read, newest first, before a message id."""
    rows = conn.execute(
        f"""{SELECT.replace("SELECT x.*", "SELECT x.*, n.keyword")} JOIN mentions n ON n.message_id = x.id AND n.user_id = :me
            WHERE {READABLE} AND x.deleted = 0 AND x.id < :before
              AND x.author_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me)
            ORDER BY x.id DESC LIMIT :limit""",
        {"me": user_id, "before": before or 2**53, "limit": limit},
    ).fetchall()
    return [
        Mention(
            message_from(row, mine=True),
            unread=is_unread(conn, user_id, row["topic_id"], row["seq"]),
            keyword=row["keyword"],
        )
        for row in rows
    ]


def _page(conn: sqlite3.Connection, user_id: int, topic_id: int, where: str, seq: int, limit: int) -> list[Message]:
    query = f"""{SELECT} WHERE x.topic_id = :topic AND {READABLE}
                AND x.author_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me) AND {where} LIMIT :limit"""
    rows = conn.execute(query, {"me": user_id, "topic": topic_id, "seq": seq, "limit": limit})
    return [message_from(row, mine=True) for row in rows]


def _seq(conn: sqlite3.Connection, topic_id: int, message_id: int | None, otherwise: int) -> int:
    """Where in its topic a message is. Raises NotFound for a message of another topic."""
    if message_id is None:
        return otherwise
    row = conn.execute("SELECT seq FROM messages WHERE id = ? AND topic_id = ?", (message_id, topic_id)).fetchone()
    if row is None:
        raise NotFound()
    return int(row[0])
