"""What stands around every page: oneself, the rail, and where the event log stood when it was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from ...store import groups, log, people, reading, topics
from ...words.models import Group, Me, Topic

# Topics looked at for each group, the latest ones; of these the first few are shown, and of the others what is unread.
LOOKED_AT = 12
SHOWN = 6


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
    latest = topics.latest(conn, user_id, reading.unread(conn, user_id), each=LOOKED_AT)
    mine = [rail_group(group, latest.get(group.id, []), topic) for group in groups.of_member(conn, user_id)]
    mentions = sum(entry.group.my.mentions for entry in mine if entry.group.my)
    return Frame(people.me(conn, user_id), Rail(mine, mentions), log.last_number(conn))


def rail_group(group: Group, latest: Sequence[Topic], here: Topic | None) -> RailGroup:
    shown = [topic for place, topic in enumerate(latest) if place < SHOWN or (topic.my and topic.my.unread)]
    if here and here.group_id == group.id and all(topic.id != here.id for topic in shown):
        shown.append(here)
    return RailGroup(group, shown, more=group.topics_count > len(shown))
