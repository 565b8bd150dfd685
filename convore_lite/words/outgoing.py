"""Bytes on their way to readers: what is told is encoded once per representation, whatever the number of readers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property

from . import sse
from .events import Ephemeral, Event, JoinRequested, Mentioned, ephemeral_to_wire, event_id, to_wire


class Outgoing:
    """One event or comment. *number* is its place in the log, 0 for what has none; *groups* are those it tells of."""

    number = 0
    groups: Collection[int] = ()

    @cached_property
    def frame(self) -> bytes:
        """As it stands in a stream of server-sent events."""
        raise NotImplementedError

    @cached_property
    def chunk(self) -> bytes:
        """The frame as one chunk of an HTTP/1.1 body."""
        return sse.chunk(self.frame)


class Published(Outgoing):
    """An event of the log."""

    def __init__(self, event: Event, epoch: str) -> None:
        self.event = event
        self.epoch = epoch
        self.number = event.number
        # Also of what only one is told: it may not be told any more once they may not read the group.
        told = event.fact.group_id if isinstance(event.fact, JoinRequested | Mentioned) else event.group_id
        self.groups = () if told is None else (told,)

    @cached_property
    def json(self) -> bytes:
        return to_wire(self.event, self.epoch)

    @cached_property
    def frame(self) -> bytes:
        return sse.frame(self.event.kind, self.json, event_id(self.epoch, self.number))


class Announced(Outgoing):
    """An ephemeral event, for the members of any of *groups*. *at* is in milliseconds since 1970."""

    def __init__(self, ephemeral: Ephemeral, at: int, groups: Collection[int]) -> None:
        self.ephemeral = ephemeral
        self.at = at
        self.groups = groups

    @cached_property
    def frame(self) -> bytes:
        return sse.frame(self.ephemeral.kind, ephemeral_to_wire(self.ephemeral, self.at))


class Heartbeat(Outgoing):
    """A comment that keeps a quiet stream open."""

    frame = sse.HEARTBEAT


HEARTBEAT = Heartbeat()

# Says of something that still waits that it may not be told any more.
Gone = Callable[[Outgoing], bool]


def of_group(group_id: int, *, before: int) -> Gone:
    """What tells of a group, up to the event numbered *before*."""
    return lambda out: group_id in out.groups and out.number < before


def of_messages(message_ids: Collection[int], *, before: int) -> Gone:
    """What holds the words of some messages."""
    return lambda out: isinstance(out, Published) and out.event.message_id in message_ids and out.number < before


def of_topic(topic_id: int, group_id: int, *, before: int) -> Gone:
    """What tells a group of a topic."""
    return lambda out: isinstance(out, Published) and _tells(out.event, topic_id, group_id) and out.number < before


def naming_topic(topic_id: int) -> Gone:
    """Messages that call a topic by its name: in the log they are written in another way once it is elsewhere."""
    named = f'"topic_id":{topic_id},"name":'.encode()
    return lambda out: isinstance(out, Published) and named in out.event.payload


def _tells(event: Event, topic_id: int, group_id: int) -> bool:
    return event.topic_id == topic_id and event.group_id == group_id
