"""Topics: what is being talked about in a group. Found only through a group that its asker may read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from ..words.errors import NotFound
from ..words.models import MyTopic, Topic, TopicCounts, Unread, time_text
from . import levels, reading, spots
from .connections import Writer
from .groups import glob_start
from .people import USER_COLUMNS, user_from
from .permission import READABLE

SELECT = f"""
SELECT t.*, {USER_COLUMNS}, m.user_id IS NOT NULL AS joined, l.level AS my_level
FROM topics t JOIN users u ON u.id = t.creator_id JOIN groups g ON g.id = t.group_id
LEFT JOIN memberships m ON m.group_id = t.group_id AND m.user_id = :me
{levels.JOINED}
"""
LATEST = "t.pinned DESC, coalesce(t.last_message_at, t.created_at) DESC, t.id DESC"


def topic_from(row: sqlite3.Row, my: TopicCounts | None = None) -> Topic:
    topic = Topic(
        id=row["id"],
        group_id=row["group_id"],
        slug=row["slug"],
        name=row["name"],
        creator=user_from(row),
        created_at=time_text(row["created_at"]),
        last_message_at=time_text(row["last_message_at"]) if row["last_message_at"] is not None else None,
        message_count=row["message_count"],
        last_seq=row["last_seq"],
        resolved=bool(row["resolved"]),
        locked=bool(row["locked"]),
        pinned=bool(row["pinned"]),
    )
    if my is None:
        return topic
    mine = MyTopic(my.unread, my.mentions, my.read_seq, row["my_level"] or "normal")
    return msgspec.structs.replace(topic, my=mine)


def find_for(conn: sqlite3.Connection, user_id: int, topic_id: int) -> Topic:
    """A topic that *user_id* may read, with what is theirs in it. Raises NotFound."""
    return _found(conn, user_id, "t.id = :id", {"me": user_id, "id": topic_id})


def find_by_slug(conn: sqlite3.Connection, user_id: int, group_id: int, slug: str) -> Topic:
    """A topic by its address in a group, if *user_id* may read it. Raises NotFound."""
    return _found(
        conn, user_id, "t.group_id = :group AND t.slug = :slug", {"me": user_id, "group": group_id, "slug": slug}
    )


def some(conn: sqlite3.Connection, user_id: int, topic_ids: Sequence[int]) -> list[Topic]:
    """Those of some topics that *user_id* may read, in the same order."""
    found = []
    for topic_id in topic_ids:
        with suppress(NotFound):
            found.append(find_for(conn, user_id, topic_id))
    return found


def bare(conn: sqlite3.Connection, topic_id: int) -> Topic:
    """A topic as everybody sees it, for events."""
    return topic_from(conn.execute(f"{SELECT} WHERE t.id = :id", {"me": 0, "id": topic_id}).fetchone())


def of_group(conn: sqlite3.Connection, user_id: int, group_id: int, *, offset: int = 0, limit: int) -> list[Topic]:
    """The topics of a group that *user_id* may read: pinned first, then the latest spoken in."""
    rows = conn.execute(
        f"{SELECT} WHERE t.group_id = :group AND {READABLE} ORDER BY {LATEST} LIMIT :limit OFFSET :offset",
        {"me": user_id, "group": group_id, "limit": limit, "offset": offset},
    ).fetchall()
    counts = reading.topics_counts(conn, user_id, group_id)
    return [topic_from(row, counts.get(row["id"]) or _read(conn, user_id, row)) for row in rows]


def named_for(conn: sqlite3.Connection, user_id: int, group_id: int, words: str, *, limit: int) -> list[Topic]:
    """Topics of a group that *user_id* may read, with *words* in their name: the open ones first, and the latest spoken in."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = conn.execute(
        f"""{SELECT} WHERE t.group_id = :group AND {READABLE} AND t.name LIKE :pattern ESCAPE '\\'
            ORDER BY t.resolved, t.last_message_at DESC, t.id DESC LIMIT :limit""",
        {"me": user_id, "group": group_id, "pattern": pattern, "limit": limit},
    ).fetchall()
    counts = reading.topics_counts(conn, user_id, group_id)
    return [topic_from(row, counts.get(row["id"]) or _read(conn, user_id, row)) for row in rows]


def latest(conn: sqlite3.Connection, user_id: int, unread: Unread, *, each: int) -> dict[int, list[Topic]]:
    """The topics of a member's groups that were spoken in last, at most *each* of a group. *unread* are their counts."""
    rows = conn.execute(
        f"""SELECT * FROM (
                SELECT *, row_number() OVER (PARTITION BY group_id ORDER BY {LATEST.replace("t.", "")}) AS place
                FROM ({SELECT} WHERE m.user_id IS NOT NULL)
            ) WHERE place <= :each ORDER BY group_id, place""",
        {"me": user_id, "each": each},
    ).fetchall()
    counts = {topic.id: topic for group in unread.groups for topic in group.topics}
    found: dict[int, list[Topic]] = {}
    for row in rows:
        topic = topic_from(row, counts.get(row["id"]) or _read(conn, user_id, row))
        found.setdefault(topic.group_id, []).append(topic)
    return found


def moved_from(conn: sqlite3.Connection, user_id: int, group_id: int, slug: str) -> Topic | None:
    """The topic that was once at an address of a group, if *user_id* may read it where it is now."""
    row = conn.execute(
        "SELECT topic_id FROM topic_addresses WHERE group_id = ? AND slug = ?", (group_id, slug)
    ).fetchone()
    if row is None:
        return None
    with suppress(NotFound):
        return find_for(conn, user_id, row[0])
    return None


def insert(conn: sqlite3.Connection, group_id: int, slug: str, name: str, *, creator_id: int, at: int) -> int:
    """A new topic; its id. An address that somebody else had before is its own from now on."""
    _claim(conn, group_id, slug)
    number = conn.execute(
        "INSERT INTO topics (group_id, slug, name, creator_id, created_at) VALUES (?, ?, ?, ?, ?)",
        (group_id, slug, name, creator_id, at),
    ).lastrowid
    return number or 0


def place(conn: Writer, topic_id: int, group_id: int, slug: str) -> None:
    """Put a topic at another address, maybe of another group, and remember the one it had."""
    conn.execute(
        "INSERT OR REPLACE INTO topic_addresses SELECT group_id, slug, id FROM topics WHERE id = ?", (topic_id,)
    )
    _claim(conn, group_id, slug)
    conn.execute("UPDATE topics SET group_id = ?, slug = ? WHERE id = ?", (group_id, slug, topic_id))
    spots.settle_topic(conn, topic_id)


def change(conn: sqlite3.Connection, topic_id: int, **columns: str | bool) -> None:
    """Set some of name, resolved, locked, pinned."""
    for column, value in columns.items():
        assert column in {"name", "resolved", "locked", "pinned"}
        conn.execute(f"UPDATE topics SET {column} = ? WHERE id = ?", (value, topic_id))


def settle_last(conn: sqlite3.Connection, topic_id: int) -> None:
    """Let a topic know which message stands last in it, and when it was spoken in last."""
    conn.execute(
        """UPDATE topics SET (last_message_id, last_message_at) = (
               SELECT coalesce(max(id), 0), max(created_at) FROM (
                   SELECT id, created_at FROM messages WHERE topic_id = :topic AND deleted = 0 ORDER BY seq DESC LIMIT 1))
           WHERE id = :topic""",
        {"topic": topic_id},
    )


def slugs_like(conn: sqlite3.Connection, group_id: int, start: str) -> set[str]:
    """The slugs in a group that begin with *start*."""
    rows = conn.execute("SELECT slug FROM topics WHERE group_id = ? AND slug GLOB ?", (group_id, glob_start(start)))
    return {row[0] for row in rows}


def _claim(conn: sqlite3.Connection, group_id: int, slug: str) -> None:
    conn.execute("DELETE FROM topic_addresses WHERE group_id = ? AND slug = ?", (group_id, slug))


def _found(conn: sqlite3.Connection, user_id: int, where: str, values: dict[str, object]) -> Topic:
    row = conn.execute(f"{SELECT} WHERE {where} AND {READABLE}", values).fetchone()
    if row is None:
        raise NotFound()
    counts = reading.topic_counts(conn, user_id, row["id"]) if row["joined"] else _read(conn, user_id, row)
    return topic_from(row, counts)


def _read(conn: sqlite3.Connection, user_id: int, row: sqlite3.Row) -> TopicCounts:
    """Nothing waits here: for a member the pointer says how far they are, an onlooker has no pointer to fall behind."""
    return TopicCounts(row["id"], 0, 0, reading.pointer(conn, user_id, row["id"]) if row["joined"] else row["last_seq"])
