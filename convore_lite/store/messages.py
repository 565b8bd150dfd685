"""Messages: said once, in order. ``seq`` counts 1, 2, 3 … in each topic and is given at commit."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import msgspec

from ..words.errors import NotFound
from ..words.excerpt import excerpt
from ..words.models import Mention, Message, MyMessage, Quoted, Reaction, Version, time_text
from . import files, mentions, spots
from .connections import Writer
from .levels import JOINED, MUTED
from .mentions import NAMED
from .people import USER_COLUMNS, user_from
from .permission import READABLE
from .previews import SHOWN, previews_from
from .reading import is_unread

# What the message x replies to, as JSON; NULL where the reader may not read that, or ignores who said it.
QUOTED = f"""
(SELECT json_object('file', (SELECT name FROM files WHERE message_id = q.id ORDER BY place LIMIT 1),
    'id', q.id, 'html', q.html, 'text', q.text, 'deleted', q.deleted, 'user_id', u.id, 'username', u.username,
    'user_name', u.name, 'user_kind', u.kind, 'avatar', u.avatar, 'deactivated_at', u.deactivated_at)
FROM messages q JOIN topics t ON t.id = q.topic_id JOIN groups g ON g.id = t.group_id JOIN users u ON u.id = q.author_id
LEFT JOIN memberships m ON m.group_id = t.group_id AND m.user_id = :me
WHERE q.id = x.reply_to AND {READABLE} AND q.author_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me))
"""
SELECT = f"""
SELECT x.*, t.group_id, {USER_COLUMNS}, (SELECT count(*) FROM stars s WHERE s.message_id = x.id) AS stars,
EXISTS (SELECT 1 FROM stars s WHERE s.user_id = :me AND s.message_id = x.id) AS starred,
(SELECT json_group_array(json_array(r.emoji, r.user_id)) FROM (
    SELECT emoji, user_id FROM reactions WHERE message_id = x.id
    AND user_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me) ORDER BY at, user_id) r) AS reacted,
{SHOWN} AS shown,
{QUOTED} AS quoted,
{files.OF_MESSAGE} AS attached
FROM messages x JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id JOIN users u ON u.id = x.author_id
LEFT JOIN memberships m ON m.group_id = t.group_id AND m.user_id = :me
"""


# What the column deleted says, beside 0.
DELETED, UNDONE = 1, 2


@dataclass(frozen=True)
class Said:
    """What goes into a message row."""

    client_id: str
    text: str
    nodes: bytes
    html: str
    reply_to: int | None = None
    files: tuple[int, ...] = ()


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
        undone=row["deleted"] == UNDONE,
        reply_to=row["reply_to"],
        files=files.files_from(row["attached"]),
        reactions=_reactions(row["reacted"]),
        previews=previews_from(row["shown"]),
        stars=row["stars"],
        client_id=row["client_id"],
        quoted=_quoted(row["quoted"]) if mine else msgspec.UNSET,
        my=MyMessage(starred=bool(row["starred"])) if mine else msgspec.UNSET,
    )


def insert(conn: Writer, topic_id: int, said: Said, *, author_id: int, at: int) -> int:
    """Say something in a topic, as its next message; the new message's id. Raises BadInput for files that cannot be posted."""
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
    assert number is not None
    files.attach(conn, number, said.files, uploader_id=author_id)
    spots.settle(conn, [number])  # since it was read, something may have moved
    return number


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


def is_first_version(conn: sqlite3.Connection, message_id: int, said: Said) -> bool:
    """Is that what a message was when it was posted?"""
    row = conn.execute(
        """SELECT coalesce((SELECT text FROM edits WHERE message_id = x.id AND number = 1), x.text), x.reply_to
           FROM messages x WHERE x.id = ?""",
        (message_id,),
    ).fetchone()
    first = (said.text, said.reply_to, list(said.files))
    return row is not None and (*row, files.ids_of(conn, message_id)) == first


def versions(conn: sqlite3.Connection, user_id: int, message_id: int) -> list[Version]:
    """What a message said before it was edited, oldest first, to whoever may read it. Raises NotFound."""
    find_for(conn, user_id, message_id)
    rows = conn.execute("SELECT written_at, text, html FROM edits WHERE message_id = ? ORDER BY number", (message_id,))
    return [Version(time_text(row["written_at"]), row["text"], row["html"]) for row in rows]


def edit(conn: Writer, message_id: int, text: str, nodes: bytes, html: str, *, at: int) -> None:
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
    spots.settle(conn, [message_id])


def take_back(conn: Writer, message_id: int, *, undone: bool = False) -> None:
    """Leave nothing of a message but its place in its topic; of one *undone*, a place that pages do not show."""
    conn.execute("DELETE FROM edits WHERE message_id = ?", (message_id,))
    mentions.forget(conn, message_id)
    conn.execute("DELETE FROM stars WHERE message_id = ?", (message_id,))
    conn.execute("DELETE FROM reactions WHERE message_id = ?", (message_id,))
    files.remove_of_message(conn, message_id)
    conn.execute("DELETE FROM previews WHERE message_id = ?", (message_id,))
    conn.execute(
        """UPDATE topics SET message_count = message_count - 1
           WHERE id = (SELECT topic_id FROM messages WHERE id = ? AND deleted = 0)""",
        (message_id,),
    )
    conn.execute(
        "UPDATE messages SET text = '', nodes = '[]', html = '', deleted = ? WHERE id = ?",
        (UNDONE if undone else DELETED, message_id),
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


def last(conn: sqlite3.Connection, user_id: int, topic_id: int) -> Message | None:
    """What was said last in a readable topic, but for what was taken back at once."""
    found = _page(conn, user_id, topic_id, f"x.seq < :seq AND x.deleted != {UNDONE} ORDER BY x.seq DESC", 2**53, 1)
    return found[0] if found else None


def after(conn: sqlite3.Connection, user_id: int, topic_id: int, message_id: int, *, limit: int) -> list[Message]:
    """The first messages of a readable topic after a message of it, oldest first."""
    return _page(conn, user_id, topic_id, "x.seq > :seq ORDER BY x.seq", _seq(conn, topic_id, message_id, 0), limit)


def around(conn: sqlite3.Connection, user_id: int, topic_id: int, message_id: int, *, limit: int) -> list[Message]:
    """A message and its neighbours, oldest first."""
    seq = _seq(conn, topic_id, message_id, 0)
    until = _page(conn, user_id, topic_id, "x.seq <= :seq ORDER BY x.seq DESC", seq, limit // 2 + 1)[::-1]
    return until + _page(conn, user_id, topic_id, "x.seq > :seq ORDER BY x.seq", seq, limit - len(until))


def mentions_of(conn: sqlite3.Connection, user_id: int, *, before: int | None, limit: int) -> list[Mention]:
    """Messages that mention somebody and that they may still read, newest first, before a message id.

    In what they have muted, not those that mention everybody."""
    rows = conn.execute(
        f"""{SELECT.replace("SELECT x.*", "SELECT x.*, n.keyword")} JOIN {NAMED} n ON n.message_id = x.id {JOINED}
            WHERE {READABLE} AND x.deleted = 0 AND x.id < :before AND x.author_id != :me AND (n.alone OR NOT {MUTED})
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


def _reactions(reacted: str) -> list[Reaction]:
    """Who reacted with what, from pairs of an emoji and a user's id in JSON: the first emoji first, and the first person."""
    people: dict[str, list[int]] = {}
    for emoji, user_id in msgspec.json.decode(reacted):
        people.setdefault(emoji, []).append(user_id)
    return [Reaction(emoji, user_ids) for emoji, user_ids in people.items()]


def _quoted(found: str | None) -> Quoted | None:
    if found is None:
        return None
    row = msgspec.json.decode(found)
    deleted = bool(row["deleted"])
    said = "" if deleted else excerpt(row["html"], row["text"]) or row["file"] or ""
    return Quoted(row["id"], user_from(row), said, deleted)


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
