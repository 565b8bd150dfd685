"""What has happened: one frozen class per fact.

A fact has one name: the class ``MessagePosted`` is ``message_posted`` in the event log, on the wire and in the DOM.
Its fields are the fields of the event beside ``id``, ``kind`` and ``at``, the same bytes for every reader.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from .models import Everyone, Group, Level, Message, Preview, Topic, User, time_text


class Named(Struct, frozen=True):
    """What has the name of its class on the wire."""

    kind: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class Fact(Named, frozen=True):
    """Something that happened and is kept in the event log."""


class Ephemeral(Named, frozen=True):
    """Something that is so for a moment: in no log, without a number, and never told again."""


class Presence(Ephemeral, frozen=True):
    """Somebody has come online, or gone."""

    user_id: int
    online: bool


class Presences(Ephemeral, frozen=True):
    """The same of many at once."""

    online: list[int]
    offline: list[int]


class Typing(Ephemeral, frozen=True):
    """Somebody is writing something in a topic."""

    topic_id: int
    user_id: int


class MessagePosted(Fact, frozen=True):
    message: Message


class MessageEdited(Fact, frozen=True):
    message: Message


class MessageDeleted(Fact, frozen=True):
    """What a message said is gone. Its place in the topic, *seq*, stays. One *undone* was never meant to be there."""

    message_id: int
    topic_id: int
    group_id: int
    seq: int
    undone: bool = False


class MessagesMoved(Fact, frozen=True):
    """Messages stand in another topic now. Between groups each group hears of its own side only: the other one is null."""

    message_ids: list[int]
    from_topic_id: int | None
    to_topic: Topic | None


class MessagesImported(Fact, frozen=True):
    """Many messages came in at once by an import; whoever shows the topic fetches them."""

    topic_id: int
    group_id: int
    count: int


class TopicOpened(Fact, frozen=True):
    topic: Topic


class TopicChanged(Fact, frozen=True):
    topic: Topic


class TopicDeleted(Fact, frozen=True):
    topic_id: int
    group_id: int


class GroupChanged(Fact, frozen=True):
    group: Group


class GroupDeleted(Fact, frozen=True):
    """A group is gone, with all that was said in it. Told to each who was in it, and to those who look on."""

    group_id: int


class MemberJoined(Fact, frozen=True):
    group_id: int
    user: User


class MemberLeft(Fact, frozen=True):
    group_id: int
    user: User


class JoinRequested(Fact, frozen=True):
    """Somebody asks to be let into a group; told to each of its admins."""

    group_id: int
    user: User


class Mentioned(Fact, frozen=True):
    """A message names one, or holds one of the words (*keyword*) of which one wants to hear, or names *everyone* of its group.

    In the last case one event goes to all of them, but not to its author, nor to whom it names by name or keyword as well.
    """

    message_id: int
    topic_id: int
    group_id: int
    by: User
    keyword: str | None = None
    everyone: Everyone | None = None


class ReactionAdded(Fact, frozen=True):
    """Somebody put an emoji to a message."""

    message_id: int
    topic_id: int
    emoji: str
    user_id: int


class ReactionRemoved(Fact, frozen=True):
    message_id: int
    topic_id: int
    emoji: str
    user_id: int


class PreviewsChanged(Fact, frozen=True):
    """What is behind the links of a message was found, or taken away: *previews* is all that it shows now."""

    message_id: int
    topic_id: int
    group_id: int
    previews: list[Preview]


class StarAdded(Fact, frozen=True):
    """One starred a message; told to all tabs and devices of the same user."""

    message_id: int


class StarRemoved(Fact, frozen=True):
    message_id: int


class DraftChanged(Fact, frozen=True):
    """What one is writing in a topic has changed; told to all tabs and devices of the same user. Its words are not in the log."""

    topic_id: int
    revision: int
    empty: bool


class ScheduledChanged(Fact, frozen=True):
    """A message that waits was made, changed, sent or not sent; told to all tabs and devices of the same user."""

    scheduled_id: int


class SavedSearchesChanged(Fact, frozen=True):
    """One follows another search, or one less, or has looked at what was new; told to all tabs and devices of the same user."""


class TopicRead(Fact, frozen=True):
    """One's own read pointer moved; told to all tabs and devices of the same user."""

    topic_id: int
    group_id: int
    read_seq: int
    unread: int
    mentions: int


class IgnoredChanged(Fact, frozen=True):
    """Whom one ignores changed; told to all tabs and devices of the same user."""

    ignored: list[int]


class LevelChanged(Fact, frozen=True):
    """How much one wants to hear of a group, or of one of its topics."""

    group_id: int
    topic_id: int | None
    level: Level


class KeywordsChanged(Fact, frozen=True):
    keywords: list[str]


class SettingsChanged(Fact, frozen=True):
    settings: dict[str, Any]


FACTS: tuple[type[Fact], ...] = tuple(Fact.__subclasses__())


class Revocation(Struct, frozen=True):
    """A key opens nothing any more, or none of a user's does (*key* None). Told with a commit, and in no log.

    It stands between the events of its commit, so that not one that came after it reaches a stream which the key had opened.
    """

    user_id: int
    key: bytes | None = None


class Event(Struct, frozen=True):
    """A fact in the log. *payload* is the fact as JSON; *number* is its place in the log.

    It goes to the members of *group_id*, and to *user_id*: to that user alone where there is no group.
    *actor_id* is who did it; those who ignore them do not get it. *message_id* is the message whose words it holds.
    A mention of a whole group goes to its members: *only* to these, where that is not None, and not to those *apart*.
    """

    number: int
    at: int
    kind: str
    payload: bytes
    group_id: int | None = None
    user_id: int | None = None
    topic_id: int | None = None
    actor_id: int | None = None
    fact: Fact | None = None
    message_id: int | None = None
    only: frozenset[int] | None = None
    apart: frozenset[int] = frozenset()


Told = Event | Revocation


def event_id(epoch: str, number: int) -> str:
    """Write a place in the log as the wire does: ``EPOCH-N``."""
    return f"{epoch}-{number}"


def event_number(epoch: str, text: str) -> int | None:
    """Read ``EPOCH-N``; None where it is no place in this log (another epoch, not a number, a leading zero or sign)."""
    match = re.fullmatch(rf"{re.escape(epoch)}-(0|[1-9][0-9]{{0,15}})", text, re.ASCII)
    return int(match[1]) if match else None


def to_wire(event: Event, epoch: str) -> bytes:
    """The event as one line of JSON: id, kind, at, then the fields of its fact."""
    head = msgspec.json.encode(
        {"id": event_id(epoch, event.number), "kind": event.kind, "at": time_text(event.at)},
    )
    return head if event.payload == b"{}" else head[:-1] + b"," + event.payload[1:]


def ephemeral_to_wire(ephemeral: Ephemeral, at: int) -> bytes:
    """An ephemeral event as one line of JSON: kind, at, then its fields. It has no id, as there is no coming back to it."""
    head = msgspec.json.encode({"kind": ephemeral.kind, "at": time_text(at)})
    return head[:-1] + b"," + msgspec.json.encode(ephemeral)[1:]
