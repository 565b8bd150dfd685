"""Who is watching, and a way to tell them. Knows no SQL and no HTTP.

One channel per user: an event is delivered to each stream by what its user may read at that moment. Publishing never waits;
a reader that cannot keep up says so and is dropped, to come back with the id of the last event it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from .words import sse
from .words.events import Event, GroupChanged, IgnoredChanged, MemberJoined, MemberLeft, event_id, to_wire

# Events kept for a stream between its subscription and its start. A reader that falls behind by more reads them from the log.
HOLD = 1000


class Published:
    """An event on its way out, encoded once per representation whatever the number of readers."""

    def __init__(self, event: Event, epoch: str) -> None:
        self.event = event
        self.epoch = epoch

    @cached_property
    def json(self) -> bytes:
        return to_wire(self.event, self.epoch)

    @cached_property
    def frame(self) -> bytes:
        return sse.frame(self.event.kind, self.json, event_id(self.epoch, self.event.number))


class Reader(Protocol):
    """What the hub delivers to. No method may wait or raise."""

    def take(self, published: Published) -> None: ...

    def forget(self, group_id: int, before: int) -> None:
        """Drop what still waits of a group that may not be read any more, up to the event numbered *before*."""

    def end(self) -> None:
        """No more will come: give what waits, and end."""

    def cut(self) -> None:
        """Whoever reads may not any more: drop what waits, and end."""


@dataclass(eq=False)
class Subscription:
    """One stream's place in the hub. It holds events back until `Hub.begin` says what its user may read.

    *groups* is all it hears of; *visiting* are those among them that are public and that the user has not joined. Up to *after*
    it has everything from the log: what is committed can be read there a moment before it is published here.
    """

    user_id: int
    key: bytes
    reader: Reader
    groups: set[int] = field(default_factory=set)
    visiting: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    held: list[Published] | None = field(default_factory=list)
    after: int = 0
    ended: bool = False


@dataclass(frozen=True)
class HubStatistics:
    streams: int
    users: int
    published: int
    delivered: int


class Hub:
    def __init__(self) -> None:
        self.epoch = ""
        self._by_user: dict[int, set[Subscription]] = defaultdict(set)
        self._by_group: dict[int, set[Subscription]] = defaultdict(set)
        self._holding: set[Subscription] = set()
        self._published = self._delivered = 0

    @contextmanager
    def subscribe(self, user_id: int, reader: Reader, *, key: bytes = b"") -> Iterator[Subscription]:
        """Watch from now on, as *user_id* who signed in with *key*. Nothing is delivered before `begin`."""
        subscription = Subscription(user_id, key, reader)
        self._by_user[user_id].add(subscription)
        self._holding.add(subscription)
        try:
            yield subscription
        finally:
            self._forget(subscription)

    def begin(
        self,
        subscription: Subscription,
        *,
        groups: Iterable[int],
        visiting: Iterable[int],
        ignored: Iterable[int],
        after: int,
    ) -> bool:
        """Deliver what was held after the place *after*, where these groups could be read, and then everything new.

        False where too much came in meanwhile: holding starts anew, and the caller reads the log again.
        """
        if subscription.ended:
            return True
        held, subscription.held = subscription.held, []
        if held is None or len(held) > HOLD:
            return False
        subscription.ignored = frozenset(ignored)
        subscription.visiting = frozenset(visiting)
        self._enter(subscription, set(groups) | subscription.visiting)
        self._holding.discard(subscription)
        subscription.held, subscription.after = None, after
        for published in held:
            if published.event.number > after:
                if self._concerns(subscription, published.event):
                    self._deliver(subscription, published)
                self._learn(subscription, published.event)
        return True

    def publish(self, events: Sequence[Event]) -> None:
        """Hand events to everyone who should see them, in order. Never waits and never fails for a reader's reason."""
        for event in events:
            self._published += 1
            published = Published(event, self.epoch)
            for subscription in self._holding:
                if subscription.held is not None and len(subscription.held) <= HOLD:
                    subscription.held.append(published)
            for subscription in self._audience(event):
                self._deliver(subscription, published)
            self._spread(event)

    def streams_of(self, user_id: int) -> int:
        return len(self._by_user.get(user_id, ()))

    def watchers(self, group_id: int) -> set[int]:
        """The users who have a stream open that hears of this group."""
        return {subscription.user_id for subscription in self._by_group.get(group_id, ())}

    def cut(self, user_id: int, key: bytes | None = None) -> None:
        """End the streams of a user: those that signed in with *key*, or all of them."""
        for subscription in list(self._by_user.get(user_id, ())):
            if key is None or subscription.key == key:
                self._forget(subscription)
                subscription.reader.cut()

    def end_all(self) -> None:
        """End every stream: the server stops."""
        for subscription in [s for streams in self._by_user.values() for s in streams]:
            self._forget(subscription)
            subscription.reader.end()

    def statistics(self) -> HubStatistics:
        streams = sum(len(subscriptions) for subscriptions in self._by_user.values())
        return HubStatistics(streams, len(self._by_user), self._published, self._delivered)

    def _audience(self, event: Event) -> list[Subscription]:
        """A list of its own: the sets may change while it is walked."""
        members = self._by_group.get(event.group_id, set()) if event.group_id is not None else set()
        oneself = self._by_user.get(event.user_id, set()) if event.user_id is not None else set()
        return [s for s in members | oneself if self._awaits(s, event) and event.actor_id not in s.ignored]

    def _awaits(self, subscription: Subscription, event: Event) -> bool:
        return subscription not in self._holding and event.number > subscription.after

    def _concerns(self, subscription: Subscription, event: Event) -> bool:
        mine = event.user_id == subscription.user_id or event.group_id in subscription.groups
        return mine and event.actor_id not in subscription.ignored

    def _deliver(self, subscription: Subscription, published: Published) -> None:
        self._delivered += 1
        subscription.reader.take(published)

    def _spread(self, event: Event) -> None:
        """Let an event change who may read what, for the streams it is about."""
        if isinstance(event.fact, MemberJoined | MemberLeft | IgnoredChanged) and event.user_id is not None:
            about = self._by_user.get(event.user_id, set())
        elif isinstance(event.fact, GroupChanged) and event.group_id is not None:
            about = self._by_group.get(event.group_id, set())
        else:
            return
        for subscription in [s for s in about if self._awaits(s, event)]:
            self._learn(subscription, event)

    def _learn(self, subscription: Subscription, event: Event) -> None:
        fact = event.fact
        own = event.user_id == subscription.user_id
        if isinstance(fact, MemberJoined) and own:
            subscription.visiting -= {fact.group_id}
            self._enter(subscription, {fact.group_id})
        elif isinstance(fact, MemberLeft) and own:
            self._leave(subscription, fact.group_id)
            subscription.reader.forget(fact.group_id, event.number)
        elif isinstance(fact, IgnoredChanged) and own:
            subscription.ignored = frozenset(fact.ignored)
        elif isinstance(fact, GroupChanged) and fact.group.kind != "public" and fact.group.id in subscription.visiting:
            subscription.visiting -= {fact.group.id}
            self._leave(subscription, fact.group.id)
            subscription.reader.forget(fact.group.id, event.number)

    def _enter(self, subscription: Subscription, groups: Iterable[int]) -> None:
        for group_id in groups:
            subscription.groups.add(group_id)
            self._by_group[group_id].add(subscription)

    def _leave(self, subscription: Subscription, group_id: int) -> None:
        subscription.groups.discard(group_id)
        _discard(self._by_group, group_id, subscription)

    def _forget(self, subscription: Subscription) -> None:
        subscription.ended = True
        for group_id in list(subscription.groups):
            self._leave(subscription, group_id)
        _discard(self._by_user, subscription.user_id, subscription)
        self._holding.discard(subscription)


def _discard(index: dict[int, set[Subscription]], key: int, subscription: Subscription) -> None:
    if key in index:
        index[key].discard(subscription)
        if not index[key]:
            del index[key]
