"""Who is watching, and a way to tell them. Knows no SQL and no HTTP.

One channel per user: an event is delivered to each stream by what its user may read at that moment. Publishing never waits;
a reader that cannot keep up says so and is dropped, to come back with the id of the last event it has.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from .words.events import (
    Event,
    GroupChanged,
    GroupDeleted,
    IgnoredChanged,
    MemberJoined,
    MemberLeft,
    Mentioned,
    MessageDeleted,
    MessagesMoved,
    Revocation,
    Told,
    TopicDeleted,
)
from .words.outgoing import Announced, Gone, Outgoing, Published, naming_topic, of_group, of_messages, of_topic

# Events kept for a stream between its subscription and its start. A reader that falls behind by more reads them from the log.
HOLD = 1000
# Events whose bytes are kept for those who come back: after a restart thousands have missed the same ones.
REMEMBERED = 512
# Shared by all who ignore nobody and visit nothing: an empty set made from something else is one of its own.
NOBODY: frozenset[int] = frozenset()
# Seconds that publishing the events of one commit may take, for counting: to a group of a few, to a thousand, to ten thousand.
PUBLISH_BOUNDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1)


class Reader(Protocol):
    """What the hub delivers to. No method may wait or raise, nor call the hub.

    *waiting* are the bytes that wait to be read; *dropped* says that there were too many, or that they were not read for too long.
    """

    waiting: int
    dropped: bool

    def take(self, outgoing: Outgoing) -> None: ...

    def forget(self, gone: Gone) -> None:
        """Drop what still waits and may not be read any more."""

    def end(self) -> None:
        """No more will come: give what waits, and end."""

    def cut(self) -> None:
        """Whoever reads may not any more: drop what waits, and end."""


@dataclass(eq=False, slots=True)
class Subscription:
    """One stream's place in the hub. It holds events back until `Hub.begin` says what its user may read.

    *groups* is all it hears of; *visiting* are those among them that are public and that the user has not joined. Up to *after*
    it has everything from the log: what is committed can be read there a moment before it is published here.
    """

    hub: Hub
    user_id: int
    key: bytes
    reader: Reader
    groups: set[int] = field(default_factory=set)
    visiting: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    held: list[Published] | None = field(default_factory=list)
    after: float = inf
    ended: bool = False

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *exception: object) -> None:
        self.hub.unsubscribe(self)


@dataclass(frozen=True)
class HubStatistics:
    """Counts since the start; *streams*, *users* and *waiting_bytes* as they are now.

    *publishing* counts the calls of `publish` by how long they took: up to each of PUBLISH_BOUNDS, and longer.
    """

    streams: int
    users: int
    published: int
    delivered: int
    dropped: int
    waiting_bytes: int
    publishing: tuple[int, ...]
    publishing_seconds: float


class OnPresence(Protocol):
    """Called when a user's first stream opens or their last one ends."""

    def __call__(self, user_id: int, *, any_open: bool) -> None: ...


class Hub:
    """*moves* counts the memberships that have changed: what was read of them before is out of date where it has grown since.

    *withdrawals* counts the events after which something may not be told any more, in the same way.
    """

    def __init__(self, on_presence: OnPresence = lambda user_id, *, any_open: None) -> None:
        self.epoch = ""
        self.moves = self.withdrawals = 0
        self._on_presence = on_presence
        self._by_user: dict[int, set[Subscription]] = defaultdict(set)
        self._by_group: dict[int, set[Subscription]] = defaultdict(set)
        self._holding: set[Subscription] = set()
        self._published = self._delivered = self._dropped = 0
        self._publishing = [0] * (len(PUBLISH_BOUNDS) + 1)
        self._publishing_seconds = 0.0
        self._remembered: dict[int, Published] = {}
        self._over = False

    def subscribe(self, user_id: int, reader: Reader, *, key: bytes = b"") -> Subscription:
        """Watch from now on and in the `with` block, as *user_id* who signed in with *key*. Nothing is delivered before `begin`."""
        subscription = Subscription(self, user_id, key, reader)
        if self._over:
            subscription.ended = True
            reader.end()
            return subscription
        self._by_user[user_id].add(subscription)
        self._holding.add(subscription)
        if len(self._by_user[user_id]) == 1:
            self._on_presence(user_id, any_open=True)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._dropped += subscription.reader.dropped
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
        subscription.ignored = frozenset(ignored) or NOBODY
        subscription.visiting = frozenset(visiting) or NOBODY
        self._enter(subscription, set(groups) | subscription.visiting)
        self._holding.discard(subscription)
        subscription.held, subscription.after = None, after
        for published in held:
            if published.number > after:
                if self._concerns(subscription, published.event):
                    self._delivered += 1
                    subscription.reader.take(published)
                self._learn(subscription, published.event)
        return True

    def publish(self, told: Sequence[Told]) -> None:
        """Hand events to everyone who should see them, in order. Never waits and never fails for a reader's reason."""
        if not told:
            return
        began = time.perf_counter()
        for event in told:
            if isinstance(event, Revocation):
                self._cut(event.user_id, event.key)
            else:
                self._publish(event)
        took = time.perf_counter() - began
        self._publishing[bisect_left(PUBLISH_BOUNDS, took)] += 1
        self._publishing_seconds += took

    def announce(self, announced: Announced, *, about: int) -> None:
        """Tell the members of any of its groups, each stream once, what the user *about* does at the moment.

        Not those who only visit, nor those who ignore that user, nor that user's own streams.
        """
        for subscription in self._members(announced.groups):
            if subscription.user_id != about and about not in subscription.ignored:
                self._delivered += 1
                subscription.reader.take(announced)

    def announce_crowd(
        self, crowd: Mapping[int, Collection[int]], announced: Callable[[frozenset[int]], Announced]
    ) -> None:
        """Tell the members of many groups, each stream once, of those people with whom its user shares a group.

        *crowd* are the people by group. *announced* says what is told of some of them; it is asked once for each set. Not told to
        those who only visit; and of the people, a stream is not told of its own user nor of those whom they ignore.
        """
        together: dict[frozenset[int], frozenset[int]] = {}
        said: dict[frozenset[int], Announced] = {}
        for subscription in self._members(crowd):
            shared = frozenset(crowd.keys() & subscription.groups - subscription.visiting)
            if (people := together.get(shared)) is None:
                people = together[shared] = frozenset().union(*(crowd[group] for group in shared))
            if subscription.user_id in people or not people.isdisjoint(subscription.ignored):
                people = people - subscription.ignored - {subscription.user_id}
            if people:
                if people not in said:
                    said[people] = announced(people)
                self._delivered += 1
                subscription.reader.take(said[people])

    def streams_of(self, user_id: int) -> int:
        return len(self._by_user.get(user_id, ()))

    def watchers(self, group_id: int) -> set[int]:
        """The users who have a stream open that hears of this group."""
        return {subscription.user_id for subscription in self._by_group.get(group_id, ())}

    def close(self) -> None:
        """End every stream, and those that are still to come: the server stops."""
        self._over = True
        self.end_all()

    def end_all(self) -> None:
        """End every stream; whoever comes back is welcome."""
        for subscription in [s for streams in self._by_user.values() for s in streams]:
            self._forget(subscription)
            subscription.reader.end()

    def statistics(self) -> HubStatistics:
        streams = [subscription for streams in self._by_user.values() for subscription in streams]
        return HubStatistics(
            streams=len(streams),
            users=len(self._by_user),
            published=self._published,
            delivered=self._delivered,
            dropped=self._dropped,
            waiting_bytes=sum(subscription.reader.waiting for subscription in streams),
            publishing=tuple(self._publishing),
            publishing_seconds=self._publishing_seconds,
        )

    def outgoing(self, event: Event) -> Published:
        """An event read from the log, on its way out: the same object for everybody, so that it is encoded once."""
        return self._remembered.get(event.number) or self._remember(event)

    def _remember(self, event: Event) -> Published:
        published = self._remembered[event.number] = Published(event, self.epoch)
        if len(self._remembered) > REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return published

    def _unremember(self, gone: Gone) -> None:
        for number in [number for number, published in self._remembered.items() if gone(published)]:
            del self._remembered[number]

    def _publish(self, event: Event) -> None:
        self._published += 1
        published = self._remember(event)
        for subscription in self._holding:
            if subscription.held is not None and len(subscription.held) <= HOLD:
                subscription.held.append(published)
        # For each of ten thousand readers: what can be done once is done before. A stream that still holds is "after" everything.
        number, actor, delivered = event.number, event.actor_id, 0
        for subscription in self._audience(event):
            if number > subscription.after and actor not in subscription.ignored:
                subscription.reader.take(published)
                delivered += 1
        self._delivered += delivered
        self._spread(event)

    def _audience(self, event: Event) -> Collection[Subscription]:
        members: Collection[Subscription] = self._by_group.get(event.group_id, ()) if event.group_id is not None else ()
        if isinstance(event.fact, Mentioned):
            members = [subscription for subscription in members if _is_named(subscription, event)]
        oneself = self._by_user.get(event.user_id, ()) if event.user_id is not None else ()
        return {*members, *oneself} if members and oneself else members or oneself

    def _members(self, groups: Iterable[int]) -> set[Subscription]:
        return {s for group in groups for s in self._by_group.get(group, ()) if group not in s.visiting}

    def _concerns(self, subscription: Subscription, event: Event) -> bool:
        mine = event.user_id == subscription.user_id or event.group_id in subscription.groups
        if isinstance(event.fact, Mentioned) and event.group_id is not None:
            mine = mine and _is_named(subscription, event)
        return mine and event.actor_id not in subscription.ignored

    def _spread(self, event: Event) -> None:
        """Let an event change who may read what, for the streams it is about."""
        self.moves += isinstance(event.fact, MemberJoined | MemberLeft | GroupDeleted)
        if (
            isinstance(event.fact, MemberJoined | MemberLeft | GroupDeleted | IgnoredChanged)
            and event.user_id is not None
        ):
            about = self._by_user.get(event.user_id, set())
        elif isinstance(event.fact, GroupChanged | GroupDeleted) and event.group_id is not None:
            about = self._by_group.get(event.group_id, set())
        elif (gone := _withdrawn(event)) is not None:
            self._unremember(gone)
            if isinstance(event.fact, TopicDeleted):
                self._unremember(naming_topic(event.fact.topic_id))
            about = self._by_group.get(event.group_id or 0, set())
        else:
            return
        self.withdrawals += not isinstance(event.fact, MemberJoined | IgnoredChanged)
        for subscription in [s for s in about if event.number > s.after]:
            self._learn(subscription, event)

    def _learn(self, subscription: Subscription, event: Event) -> None:
        fact = event.fact
        own = event.user_id == subscription.user_id
        if isinstance(fact, MemberJoined) and own:
            subscription.visiting -= {fact.group_id}
            self._enter(subscription, {fact.group_id})
        elif isinstance(fact, MemberLeft | GroupDeleted) and (own or event.user_id is None):
            self._close(subscription, fact.group_id, event)
        elif isinstance(fact, IgnoredChanged) and own:
            subscription.ignored = frozenset(fact.ignored)
        elif isinstance(fact, GroupChanged) and fact.group.kind != "public" and fact.group.id in subscription.visiting:
            self._close(subscription, fact.group.id, event)
        elif (gone := _withdrawn(event)) is not None:
            subscription.reader.forget(gone)

    def _enter(self, subscription: Subscription, groups: Iterable[int]) -> None:
        for group_id in groups:
            subscription.groups.add(group_id)
            self._by_group[group_id].add(subscription)

    def _close(self, subscription: Subscription, group_id: int, event: Event) -> None:
        """With *event* a group may not be read any more."""
        subscription.visiting -= {group_id}
        self._leave(subscription, group_id)
        subscription.reader.forget(of_group(group_id, before=event.number))

    def _leave(self, subscription: Subscription, group_id: int) -> None:
        subscription.groups.discard(group_id)
        _discard(self._by_group, group_id, subscription)

    def _cut(self, user_id: int, key: bytes | None) -> None:
        """End the streams of a user: those that signed in with *key*, or all of them."""
        for subscription in list(self._by_user.get(user_id, ())):
            if key is None or subscription.key == key:
                self._forget(subscription)
                subscription.reader.cut()

    def _forget(self, subscription: Subscription) -> None:
        if subscription.ended:
            return
        subscription.ended = True
        for group_id in list(subscription.groups):
            self._leave(subscription, group_id)
        _discard(self._by_user, subscription.user_id, subscription)
        self._holding.discard(subscription)
        if subscription.user_id not in self._by_user:
            self._on_presence(subscription.user_id, any_open=False)


def _is_named(subscription: Subscription, event: Event) -> bool:
    """Of a mention of a whole group: is it one of this stream's user? Who only looks on is not meant."""
    user_id = subscription.user_id
    called = event.only is None or user_id in event.only
    return called and user_id not in event.apart and event.group_id not in subscription.visiting


def _withdrawn(event: Event) -> Gone | None:
    """What may not be told any more once this has happened, to whoever hears of it."""
    fact = event.fact
    if isinstance(fact, MessageDeleted):
        return of_messages((fact.message_id,), before=event.number)
    if isinstance(fact, MessagesMoved) and fact.from_topic_id is not None:
        # Within a group as well: what waits names the old topic, and would stay when the new one is moved or deleted.
        return of_messages(frozenset(fact.message_ids), before=event.number)
    if isinstance(fact, TopicDeleted):
        return of_topic(fact.topic_id, fact.group_id, before=event.number)
    return None


def _discard(index: dict[int, set[Subscription]], key: int, subscription: Subscription) -> None:
    if key in index:
        index[key].discard(subscription)
        if not index[key]:
            del index[key]
