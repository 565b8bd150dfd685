"""What stands around every page: oneself, the rail, and where the event log stood when it was read."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence, Set

from msgspec import Struct

from ...store import drafts, groups, log, memberships, people, reading, requests, saved_searches, scheduled, topics
from ...store.saved_searches import Saved
from ...words.models import MAX_COUNT, Group, Me, Topic, User

# Topics looked at for each group, the latest ones; of these the first few are shown, and of the others what is unread.
# Of the conversations as many are shown, and all in which something is unread.
LOOKED_AT = 12
SHOWN = 6


class RailGroup(Struct, frozen=True):
    """*online* is how many of its members are, *asking* how many wait to be let in by its admins, of whom one is the reader."""

    group: Group
    online: int
    asking: int
    topics: Sequence[Topic]
    more: bool


class Conversation(Struct, frozen=True):
    """A direct group and its one topic. *others* are its people without the reader."""

    group: Group
    topic: Topic
    others: Sequence[User]


class Rail(Struct, frozen=True):
    """*more* says whether there are conversations beside those shown.

    *drafted* are the topics in which the reader has a draft, *unsent* is how many messages could not be sent at their time.
    """

    groups: Sequence[RailGroup]
    conversations: Sequence[Conversation]
    more: bool
    mentions: int
    drafted: Set[int]
    unsent: int


class Frame(Struct, frozen=True):
    """*saved* are the searches that the reader follows; what is new in them the index has to say."""

    me: Me
    rail: Rail
    saved: Sequence[Saved]
    at: int

    @property
    def theme(self) -> str:
        return str(self.me.settings.get("theme", "system"))

    @property
    def hides_previews(self) -> bool:
        return self.me.settings.get("previews") == "hide"


def read_frame(conn: sqlite3.Connection, user_id: int, here: Set[int], topic: Topic | None = None) -> Frame:
    """Read it in the same snapshot as the page, so that the live stream goes on exactly where both of them stand.

    *here* are all who are online.
    """
    latest = topics.latest(conn, user_id, reading.unread(conn, user_id), each=LOOKED_AT)
    online = {group_id: len(members & here) for group_id, members in memberships.people_of_mine(conn, user_id).items()}
    mine = groups.of_member(conn, user_id)
    entries = [
        rail_group(group, online[group.id], how_many_ask(conn, group), latest.get(group.id, []), topic)
        for group in sorted(mine, key=is_followed, reverse=True)
        if group.kind != "direct"
    ]
    shown, more = conversations(mine, user_id, latest, topic)
    mentions = sum(group.my.mentions for group in mine if group.my)
    drafted, unsent = drafts.topic_ids(conn, user_id), scheduled.failed(conn, user_id)
    rail = Rail(entries, shown, more, mentions, drafted, unsent)
    return Frame(people.me(conn, user_id), rail, saved_searches.of_user(conn, user_id), log.last_number(conn))


def is_followed(group: Group) -> bool:
    return bool(group.my and group.my.level == "follow")


def how_many_ask(conn: sqlite3.Connection, group: Group) -> int:
    """How many wait to be let into a group, as far as that is for its reader to know."""
    if not group.my or group.my.role != "admin":
        return 0
    return len(requests.of_group(conn, group.id, limit=MAX_COUNT))


def rail_group(group: Group, online: int, asking: int, latest: Sequence[Topic], here: Topic | None) -> RailGroup:
    shown = [topic for place, topic in enumerate(latest) if place < SHOWN or (topic.my and topic.my.unread)]
    if here and here.group_id == group.id and all(topic.id != here.id for topic in shown):
        shown.append(here)
    return RailGroup(group, online, asking, shown, more=group.topics_count > len(shown))


def conversations(
    mine: Sequence[Group], user_id: int, latest: Mapping[int, Sequence[Topic]], here: Topic | None
) -> tuple[list[Conversation], bool]:
    """The latest conversations and those in which something waits, and whether there are more."""
    found = [conversation(group, latest[group.id][0], user_id) for group in mine if group.kind == "direct"]
    found.sort(key=lambda one: one.topic.last_message_at or one.topic.created_at, reverse=True)
    shown = [
        one
        for place, one in enumerate(found)
        if place < SHOWN or (one.topic.my and one.topic.my.unread) or (here and here.id == one.topic.id)
    ]
    return shown, len(shown) < len(found)


def conversation(group: Group, topic: Topic, user_id: int) -> Conversation:
    return Conversation(group, topic, [person for person in group.people or () if person.id != user_id])
