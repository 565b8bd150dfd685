"""What stands around every page: oneself, the rail, and where the event log stood when it was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from ...store import groups, log, people, reading, topics
from ...words.models import Group, Me, Topic

# Topics shown for each group: the latest ones. What is unread beyond them is added.
LATEST = 6
MOST_UNREAD = 12


class RailGroup(Struct, frozen=True):
    group: Group
    topics: Sequence[Topic]
    more: bool


class Rail(Struct, frozen=True):
    groups: Sequence[RailGroup]
    mentions: int


class Frame(Struct, frozen=True):
    me: Me
    rail: Rail
    at: int

    @property
    def theme(self) -> str:
        return str(self.me.settings.get("theme", "system"))


def read_frame(conn: sqlite3.Connection, user_id: int, topic: Topic | None = None) -> Frame:
    """Read it in the same snapshot as the page, so that the live stream goes on exactly where both of them stand."""
    unread = {counts.id: [t.id for t in counts.topics] for counts in reading.unread(conn, user_id).groups}
    mine = [
        rail_group(conn, user_id, group, unread.get(group.id, []), topic) for group in groups.of_member(conn, user_id)
    ]
    mentions = sum(entry.group.my.mentions for entry in mine if entry.group.my)
    return Frame(people.me(conn, user_id), Rail(mine, mentions), log.last_number(conn))


def rail_group(
    conn: sqlite3.Connection, user_id: int, group: Group, unread: Sequence[int], open_topic: Topic | None
) -> RailGroup:
    shown = topics.of_group(conn, user_id, group.id, limit=LATEST)
    known = {topic.id for topic in shown}
    missing = [number for number in unread if number not in known][: MOST_UNREAD - LATEST]
    shown += [topics.find_for(conn, user_id, number) for number in missing]
    if open_topic and open_topic.group_id == group.id and open_topic.id not in known | set(missing):
        shown.append(open_topic)
    return RailGroup(group, shown, more=group.topics_count > len(shown))
