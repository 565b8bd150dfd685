"""Bytes on their way to readers: what is told is encoded once per representation, whatever the number of readers."""

from __future__ import annotations

from functools import cached_property

from . import sse
from .events import Ephemeral, Event, ephemeral_to_wire, event_id, to_wire


class Outgoing:
    """One event or comment. *number* is its place in the log, 0 for what has none; *group_id* the group it tells of."""

    number = 0
    group_id: int | None = None

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
        self.group_id = event.group_id

    @cached_property
    def json(self) -> bytes:
        return to_wire(self.event, self.epoch)

    @cached_property
    def frame(self) -> bytes:
        return sse.frame(self.event.kind, self.json, event_id(self.epoch, self.number))


class Announced(Outgoing):
    """An ephemeral event. *at* is in milliseconds since 1970."""

    def __init__(self, ephemeral: Ephemeral, at: int, group_id: int | None = None) -> None:
        self.ephemeral = ephemeral
        self.at = at
        self.group_id = group_id

    @cached_property
    def frame(self) -> bytes:
        return sse.frame(self.ephemeral.kind, ephemeral_to_wire(self.ephemeral, self.at))


class Heartbeat(Outgoing):
    """A comment that keeps a quiet stream open."""

    frame = sse.HEARTBEAT


HEARTBEAT = Heartbeat()
