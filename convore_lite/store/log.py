"""The event log: what happened, in the order it was committed. Its numbers are the ids of the live stream."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import takewhile

import msgspec

from ..words.events import Event, Fact
from .connections import Writer
from .permission import READABLE


def tell(
    conn: Writer,
    fact: Fact,
    *,
    at: int,
    group_id: int | None = None,
    user_id: int | None = None,
    topic_id: int | None = None,
    actor_id: int | None = None,
    message_id: int | None = None,
    only: frozenset[int] | None = None,
    apart: frozenset[int] = frozenset(),
) -> Event:
    """Write a fact into the log, to be published when this turn has committed.

    It goes to the members of *group_id* and to *user_id*; to *user_id* alone where no group is named. *message_id* is the
    message whose content the fact holds, so that it can be taken out of the log when nobody may read it there any more.
    *only* and *apart* narrow a mention of a whole group; who comes back later gets it by what the message says of them.
    """
    payload = msgspec.json.encode(fact)
    number = conn.execute(
        """INSERT INTO events (at, kind, group_id, user_id, topic_id, actor_id, message_id, payload)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (at, fact.kind, group_id, user_id, topic_id, actor_id, message_id, payload),
    ).lastrowid
    assert number is not None
    event = Event(number, at, fact.kind, payload, group_id, user_id, topic_id, actor_id, fact, message_id, only, apart)
    conn.told.append(event)
    return event


def last_number(conn: sqlite3.Connection) -> int:
    """The number of the newest event ever written; 0 before the first. Trimming does not lower it."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return row[0] if row else 0


def first_number(conn: sqlite3.Connection) -> int:
    """The number of the oldest event that is still kept; one past the newest where none is."""
    kept = conn.execute("SELECT min(number) FROM events").fetchone()[0]
    return kept if kept is not None else last_number(conn) + 1


def after(conn: sqlite3.Connection, number: int, *, limit: int) -> list[Event]:
    """The events after *number*, oldest first."""
    rows = conn.execute("SELECT * FROM events WHERE number > ? ORDER BY number LIMIT ?", (number, limit))
    return [from_row(row) for row in rows]


# Not of a deleted group or topic, whose events are in the log until they are blanked; and of a topic that was moved only
# what was told to the group where it is.
OF_WHAT_IS_THERE = """(group_id IS NULL OR group_id NOT IN (SELECT id FROM groups WHERE deleted_at IS NOT NULL))
AND (topic_id IS NULL OR topic_id NOT IN (
    SELECT t.id FROM groups g JOIN topics t ON t.group_id = g.id WHERE g.deleted_at IS NOT NULL))
AND NOT EXISTS (SELECT 1 FROM topics t WHERE t.id = events.topic_id AND t.group_id != events.group_id)"""
# What only one is told of a place (that somebody mentioned them there, that somebody asks to be let in) goes with the place.
OF_WHAT_IS_ONES_OWN = f"""(group_id IS NOT NULL OR topic_id IS NULL OR EXISTS (
    SELECT 1 FROM topics t JOIN groups g ON g.id = t.group_id LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = :me
    WHERE t.id = events.topic_id AND {READABLE}))
AND (kind != 'join_requested' OR EXISTS (
    SELECT 1 FROM memberships m WHERE m.user_id = :me AND m.role = 'admin'
    AND m.group_id = json_extract(CAST(payload AS TEXT), '$.group_id')))"""
# What all of a group are told at once, that a message mentions them: to whoever it still does, and not to who was told alone.
OF_WHAT_NAMES_ONE = """(kind != 'mentioned' OR group_id IS NULL OR (actor_id != :me
AND NOT EXISTS (SELECT 1 FROM mentions n WHERE n.user_id = :me AND n.message_id = events.message_id AND n.alone)
AND (EXISTS (SELECT 1 FROM mentions n WHERE n.user_id = :me AND n.message_id = events.message_id) OR EXISTS (
    SELECT 1 FROM everyone_mentions e JOIN memberships m ON m.user_id = :me AND m.group_id = e.group_id AND m.since < e.number
    WHERE e.message_id = events.message_id AND e.name = 'group' AND NOT e.settled))))"""
BLANK = (
    "kind = '', group_id = NULL, user_id = NULL, topic_id = NULL, actor_id = NULL, message_id = NULL, payload = x'7b7d'"
)


def for_reader(
    conn: sqlite3.Connection, user_id: int, groups: Iterable[int], *, after: int, up_to: int, limit: int
) -> list[Event]:
    """What *user_id*, who may read *groups*, gets of the events in (after, up_to], oldest first."""
    marks = ",".join(str(int(group)) for group in groups)
    rows = conn.execute(
        f"""SELECT * FROM events WHERE number > :after AND number <= :up_to
            AND (user_id = :me OR group_id IN ({marks}))
            AND (actor_id IS NULL OR actor_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me))
            AND {OF_WHAT_IS_THERE} AND {OF_WHAT_IS_ONES_OWN} AND {OF_WHAT_NAMES_ONE}
            ORDER BY number LIMIT :limit""",
        {"me": user_id, "after": after, "up_to": up_to, "limit": limit},
    )
    return [from_row(row) for row in rows]


def blank_messages(conn: Writer, message_ids: Iterable[int]) -> None:
    """Take what these messages said out of the log. The empty events stay, so that every place in the log is still one."""
    marks = ",".join(str(int(number)) for number in message_ids)
    conn.execute(f"UPDATE events SET {BLANK} WHERE message_id IN ({marks})")


def carry_messages(conn: Writer, message_ids: Iterable[int], topic_id: int) -> None:
    """Let what these messages said be told of the topic in which they stand now: it goes where that goes."""
    marks = ",".join(str(int(number)) for number in message_ids)
    conn.execute(f"UPDATE events SET topic_id = ? WHERE message_id IN ({marks})", (topic_id,))


def trim(conn: Writer, *, before: int, limit: int) -> int:
    """Forget the oldest events, at most *limit*, up to the first that is not from before a time (milliseconds); how many.

    Always a beginning of the log, also where the clock was set back: whatever is after a kept event is kept.
    """
    oldest = conn.execute("SELECT number, at FROM events ORDER BY number LIMIT ?", (limit,)).fetchall()
    old = list(takewhile(lambda row: row["at"] < before, oldest))
    if old:
        conn.execute("DELETE FROM events WHERE number <= ?", (old[-1]["number"],))
    return len(old)


def from_row(row: sqlite3.Row) -> Event:
    return Event(
        number=row["number"],
        at=row["at"],
        kind=row["kind"],
        payload=row["payload"],
        group_id=row["group_id"],
        user_id=row["user_id"],
        topic_id=row["topic_id"],
        actor_id=row["actor_id"],
        message_id=row["message_id"],
    )
