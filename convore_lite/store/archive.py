"""Whole groups and topics as the lines of an archive, read page by page.

Rule: what is here is ordered by names, not by ids, so that two servers with the same content give the same lines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from ..words.archive import (
    KINDS,
    PART,
    AnyLine,
    ArchivedFile,
    FileLine,
    GroupLine,
    MemberLine,
    MessageLine,
    Reply,
    TopicLine,
    UserLine,
)
from ..words.models import time_text

Row = sqlite3.Row
# Parts of files in one page: half a megabyte, and as JSON a third more.
MOST_PARTS = 4
Key = tuple[str | int, ...]
Found = list[tuple[Key, AnyLine]]


class Chosen(Struct, frozen=True, array_like=True):
    """What is exported: these groups with all that is in them, single topics of others; or *everything*. Direct groups never."""

    everything: bool
    groups: Sequence[int] = ()
    topics: Sequence[int] = ()


class Until(Struct, frozen=True, array_like=True):
    """The newest things of an export: what comes in while it runs is left out, so that nothing names what is not there."""

    group: int
    topic: int
    message: int
    at: int


class Place(Struct, frozen=True, array_like=True):
    """How far an export of *chosen* is: which kind of line (a place in KINDS), after which of them."""

    stage: Annotated[int, Meta(ge=0, lt=len(KINDS))]
    after: Key
    until: Until
    chosen: Chosen


# A whole group is chosen; a group or topic occurs; a member of whole groups.
WHOLE = "(:everything OR g.id IN (SELECT value FROM json_each(:groups)))"
GROUPS = f"""g.kind != 'direct' AND g.id <= :last_group
    AND ({WHOLE} OR g.id IN (SELECT group_id FROM topics WHERE id IN (SELECT value FROM json_each(:topics))))"""
TOPICS = f"""g.kind != 'direct' AND g.id <= :last_group AND t.id <= :last_topic
    AND ({WHOLE} OR t.id IN (SELECT value FROM json_each(:topics)))"""
MEMBERS = f"g.kind != 'direct' AND g.id <= :last_group AND {WHOLE} AND m.joined_at <= :at"
USERS = f"""
SELECT creator_id FROM groups g WHERE {GROUPS}
UNION SELECT t.creator_id FROM topics t JOIN groups g ON g.id = t.group_id WHERE {TOPICS}
UNION SELECT x.author_id FROM messages x JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
    WHERE {TOPICS} AND x.id <= :last_message
UNION SELECT m.user_id FROM memberships m JOIN groups g ON g.id = m.group_id WHERE {MEMBERS}
"""
# A reply is told only where the other message stands before it in the same topic: messages can be moved, lines cannot.
MESSAGE = """
SELECT x.*, u.username AS author, t.slug AS topic, g.slug AS group_slug, p.client_id AS reply_client_id, w.username AS reply_author,
    (SELECT json_group_array(json_object('name', name, 'sha256', bytes))
     FROM (SELECT * FROM files WHERE message_id = x.id ORDER BY place)) AS files
FROM messages x JOIN users u ON u.id = x.author_id JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
LEFT JOIN messages p ON p.id = x.reply_to AND p.topic_id = x.topic_id AND p.seq < x.seq
LEFT JOIN users w ON w.id = p.author_id
"""


def begin(conn: sqlite3.Connection, chosen: Chosen, *, at: int) -> Place:
    """The place before the first line of an export that begins now."""
    query = "SELECT (SELECT max(id) FROM groups), (SELECT max(id) FROM topics), (SELECT max(id) FROM messages)"
    group, topic, message = conn.execute(query).fetchone()
    return Place(0, (), Until(group or 0, topic or 0, message or 0, at), chosen)


def is_exportable(conn: sqlite3.Connection, topic_id: int) -> bool:
    """Is there such a topic, in a group that is more than a conversation of a few people?"""
    query = "SELECT 1 FROM topics t JOIN groups g ON g.id = t.group_id WHERE t.id = ? AND g.kind != 'direct'"
    return conn.execute(query, (topic_id,)).fetchone() is not None


def count_messages(conn: sqlite3.Connection, place: Place) -> int:
    """How many messages the whole export has."""
    query = f"""SELECT count(*) FROM groups g JOIN topics t ON t.group_id = g.id JOIN messages x ON x.topic_id = t.id
                WHERE {TOPICS} AND x.id <= :last_message"""
    return int(conn.execute(query, _values(place)).fetchone()[0])


def page(conn: sqlite3.Connection, place: Place, *, limit: int) -> tuple[list[AnyLine], Place | None]:
    """At most *limit* lines after a place, all of one kind, and the place after them; None after the last."""
    limit = min(limit, MOST_PARTS) if place.stage == FILES else limit
    found = _STAGES[place.stage](conn, _values(place), place.after, limit)
    lines = [line for _, line in found]
    if len(found) == limit:
        return lines, replace(place, after=found[-1][0])
    return lines, replace(place, stage=place.stage + 1, after=()) if place.stage + 1 < len(KINDS) else None


def message_line(row: Row) -> MessageLine:
    reply = Reply(row["reply_author"], row["reply_client_id"]) if row["reply_author"] is not None else None
    return MessageLine(
        group=row["group_slug"],
        topic=row["topic"],
        seq=row["seq"],
        author=row["author"],
        client_id=row["client_id"],
        text=None if row["deleted"] else row["text"],
        created_at=time_text(row["created_at"]),
        edited_at=time_text(row["edited_at"]) if row["edited_at"] is not None else None,
        reply_to=reply,
        files=_ARCHIVED.decode(row["files"]),
    )


_ARCHIVED = msgspec.json.Decoder(list[ArchivedFile])


def _users(conn: sqlite3.Connection, values: dict[str, Any], after: Key, limit: int) -> Found:
    rows = conn.execute(
        f"""SELECT * FROM users WHERE username > :after AND id IN ({USERS}) ORDER BY username LIMIT :limit""",
        {**values, "after": after[0] if after else "", "limit": limit},
    )
    return [
        ((row["username"],), UserLine(row["username"], row["name"], row["kind"], time_text(row["created_at"])))
        for row in rows
    ]


def _groups(conn: sqlite3.Connection, values: dict[str, Any], after: Key, limit: int) -> Found:
    rows = conn.execute(
        f"""SELECT g.*, u.username AS creator FROM groups g JOIN users u ON u.id = g.creator_id
            WHERE g.slug > :after AND {GROUPS} ORDER BY g.slug LIMIT :limit""",
        {**values, "after": after[0] if after else "", "limit": limit},
    )
    return [((row["slug"],), _group_line(row)) for row in rows]


def _group_line(row: Row) -> GroupLine:
    return GroupLine(
        slug=row["slug"],
        name=row["name"],
        group_kind=row["kind"],
        description=row["description"],
        creator=row["creator"],
        created_at=time_text(row["created_at"]),
    )


def _topics(conn: sqlite3.Connection, values: dict[str, Any], after: Key, limit: int) -> Found:
    group, topic = after or ("", "")
    rows = conn.execute(
        f"""SELECT t.*, g.slug AS group_slug, g.default_topic_id, u.username AS creator
            FROM groups g JOIN topics t ON t.group_id = g.id JOIN users u ON u.id = t.creator_id
            WHERE g.slug >= :group AND (g.slug > :group OR t.slug > :topic) AND {TOPICS} ORDER BY g.slug, t.slug LIMIT :limit""",
        {**values, "group": group, "topic": topic, "limit": limit},
    )
    return [((row["group_slug"], row["slug"]), _topic_line(row)) for row in rows]


def _topic_line(row: Row) -> TopicLine:
    return TopicLine(
        group=row["group_slug"],
        slug=row["slug"],
        name=row["name"],
        creator=row["creator"],
        created_at=time_text(row["created_at"]),
        resolved=bool(row["resolved"]),
        locked=bool(row["locked"]),
        pinned=bool(row["pinned"]),
        default=row["default_topic_id"] == row["id"],
    )


def _files(conn: sqlite3.Connection, values: dict[str, Any], after: Key, limit: int) -> Found:
    """The bytes of files, each once. They are on the disk: whoever asks for these lines fills them in."""
    found: Found = []
    name, part = after or ("", -1)
    rows = conn.execute(
        f"""SELECT DISTINCT f.bytes, f.size FROM groups g JOIN topics t ON t.group_id = g.id
            JOIN messages x ON x.topic_id = t.id JOIN files f ON f.message_id = x.id
            WHERE f.bytes >= :after AND {TOPICS} AND x.id <= :last_message ORDER BY f.bytes LIMIT :limit""",
        {**values, "after": name, "limit": limit + 1},
    )
    for row in rows:
        last = (row["size"] - 1) // PART
        first = int(part) + 1 if row["bytes"] == name else 0
        found += [((row["bytes"], n), FileLine(row["bytes"], n, n == last, b"")) for n in range(first, last + 1)]
        if len(found) >= limit:
            break
    return found[:limit]


def _messages(conn: sqlite3.Connection, values: dict[str, Any], after: Key, limit: int) -> Found:
    found: Found = []
    group, topic, seq = after or ("", "", 0)
    for row in _topics_from(conn, values, group, topic):
        after_seq = seq if (row["group_slug"], row["slug"]) == (group, topic) else 0
        lines = conn.execute(
            f"{MESSAGE} WHERE x.topic_id = ? AND x.seq > ? AND x.id <= ? ORDER BY x.seq LIMIT ?",
            (row["id"], after_seq, values["last_message"], limit - len(found)),
        )
        found += [((row["group_slug"], row["slug"], line["seq"]), message_line(line)) for line in lines]
        if len(found) == limit:
            break
    return found


def _topics_from(conn: sqlite3.Connection, values: dict[str, Any], group: Any, topic: Any) -> Iterator[Row]:
    """The topics from one on, which may be half done."""
    return conn.execute(
        f"""SELECT t.id, t.slug, g.slug AS group_slug FROM groups g JOIN topics t ON t.group_id = g.id
            WHERE g.slug >= :group AND (g.slug > :group OR t.slug >= :topic) AND {TOPICS} ORDER BY g.slug, t.slug""",
        {**values, "group": group, "topic": topic},
    )


def _members(conn: sqlite3.Connection, values: dict[str, Any], after: Key, limit: int) -> Found:
    group, username = after or ("", "")
    rows = conn.execute(
        f"""SELECT g.slug, u.username, m.role, m.joined_at
            FROM groups g JOIN memberships m ON m.group_id = g.id JOIN users u ON u.id = m.user_id
            WHERE g.slug >= :group AND (g.slug > :group OR u.username > :username) AND {MEMBERS}
            ORDER BY g.slug, u.username LIMIT :limit""",
        {**values, "group": group, "username": username, "limit": limit},
    )
    return [
        (
            (row["slug"], row["username"]),
            MemberLine(row["slug"], row["username"], row["role"], time_text(row["joined_at"])),
        )
        for row in rows
    ]


def _values(place: Place) -> dict[str, Any]:
    return {
        "everything": place.chosen.everything,
        "groups": msgspec.json.encode(place.chosen.groups).decode(),
        "topics": msgspec.json.encode(place.chosen.topics).decode(),
        "last_group": place.until.group,
        "last_topic": place.until.topic,
        "last_message": place.until.message,
        "at": place.until.at,
    }


# In the order of KINDS.
_STAGES = (_users, _groups, _topics, _files, _messages, _members)
FILES = KINDS.index("file")
