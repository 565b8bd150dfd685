"""What stands around every page: oneself, the rail, and where the event log stood when it was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence, Set

from msgspec import Struct

from ...store import groups, log, people, reading, topics
from ...words.models import Group, Me, Topic

# Topics looked at for each group, the latest ones; of these the first few are shown, and of the others what is unread.
LOOKED_AT = 12
SHOWN = 6


class RailGroup(Struct, frozen=True):
    """*online* is how many of its members are."""

    group: Group
    online: int
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


def read_frame(conn: sqlite3.Connection, user_id: int, here: Set[int], topic: Topic | None = None) -> Frame:
    """Read it in the same snapshot as the page, so that the live stream goes on exactly where both of them stand.

    *here* are all who are online.
    """
    latest = topics.latest(conn, user_id, reading.unread(conn, user_id), each=LOOKED_AT)
    online = {group_id: len(members & here) for group_id, members in groups.members_of_mine(conn, user_id).items()}
    mine = [
        rail_group(group, online[group.id], latest.get(group.id, []), topic)
        for group in groups.of_member(conn, user_id)
    ]
    mentions = sum(entry.group.my.mentions for entry in mine if entry.group.my)
    return Frame(people.me(conn, user_id), Rail(mine, mentions), log.last_number(conn))


def rail_group(group: Group, online: int, latest: Sequence[Topic], here: Topic | None) -> RailGroup:
    shown = [topic for place, topic in enumerate(latest) if place < SHOWN or (topic.my and topic.my.unread)]
    if here and here.group_id == group.id and all(topic.id != here.id for topic in shown):
        shown.append(here)
    return RailGroup(group, online, shown, more=group.topics_count > len(shown))
