"""Unread counts, compared after every step with a recount: the server's, and those two tabs work out from what they hear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.routes.api import BASE
from convore_lite.store import Writer, messages
from convore_lite.testing import Chat, LiveStream, Member

from .conftest import NAMES, Ready

Counts = dict[int, tuple[int, int]]  # topic: (unread, mentions), where there are any
TOPICS = 4  # two in each group
Step = tuple[Any, ...]

people = st.sampled_from(NAMES)
topics = st.integers(0, TOPICS - 1)
groups = st.integers(0, 1)
seqs = st.integers(1, 6)
steps = st.one_of(
    st.tuples(st.just("post"), people, topics, st.frozensets(people, max_size=2)),
    st.tuples(st.just("post"), people, topics, st.frozensets(people, max_size=2)),
    st.tuples(st.just("read"), people, topics, st.none() | seqs),
    st.tuples(st.just("unread"), people, topics, seqs),
    st.tuples(st.just("read_group"), people, groups),
    st.tuples(st.just("read_all"), people),
    st.tuples(st.just("ignore"), people, people),
    st.tuples(st.just("stop_ignoring"), people, people),
    st.tuples(st.just("join"), people, groups),
    st.tuples(st.just("leave"), people, groups),
)


@dataclass
class Message:
    seq: int
    author: str
    mentioned: frozenset[str]


@dataclass
class Oracle:
    """What everybody has read, counted in the simplest way. The first group is public, the second private; ann runs both."""

    members: list[set[str]] = field(default_factory=lambda: [set(NAMES), {"ann", "bob"}])
    said: list[list[Message]] = field(default_factory=lambda: [[] for _ in range(TOPICS)])
    pointer: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    ignored: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def group_of(self, topic: int) -> int:
        return topic // 2

    def is_in(self, who: str, topic: int) -> bool:
        return who in self.members[self.group_of(topic)]

    def counts(self, who: str) -> Counts:
        waiting: Counts = {}
        for topic in range(TOPICS):
            if self.is_in(who, topic):
                new = [message for message in self.said[topic] if message.seq > self.pointer[who, topic]]
                new = [message for message in new if message.author not in self.ignored[who] | {who}]
                if new:
                    waiting[topic] = (len(new), sum(who in message.mentioned for message in new))
        return waiting

    def post(self, who: str, topic: int, mentioned: frozenset[str]) -> int:
        group = self.group_of(topic)
        if who not in self.members[group]:
            return 403 if group == 0 else 404
        readers = frozenset(NAMES) if group == 0 else mentioned & self.members[group]
        seq = len(self.said[topic]) + 1
        self.said[topic].append(Message(seq, who, mentioned & readers))
        self.pointer[who, topic] = seq
        return 201

    def read(self, who: str, topic: int, seq: int | None) -> int:
        if not self.is_in(who, topic) and topic >= 2:
            return 404
        last = len(self.said[topic])
        if seq is not None and seq > last:
            return 422
        if self.is_in(who, topic):
            self.pointer[who, topic] = max(self.pointer[who, topic], last if seq is None else seq)
        return 204

    def unread(self, who: str, topic: int, seq: int) -> int:
        if not self.is_in(who, topic) and topic >= 2:
            return 404
        if seq > len(self.said[topic]):
            return 422
        if self.is_in(who, topic):
            self.pointer[who, topic] = seq - 1
        return 204

    def read_group(self, who: str, group: int) -> int:
        if who not in self.members[group] and group == 1:
            return 404
        self._all_read(who, group)
        return 204

    def read_all(self, who: str) -> int:
        for group in (0, 1):
            if who in self.members[group]:
                self._all_read(who, group)
        return 204

    def ignore(self, who: str, whom: str) -> int:
        if who == whom:
            return 422
        self.ignored[who].add(whom)
        return 204

    def stop_ignoring(self, who: str, whom: str) -> int:
        self.ignored[who].discard(whom)
        return 204

    def join(self, who: str, group: int) -> int:
        if who not in self.members[group] and group == 1:
            return 404
        if who not in self.members[group]:
            self.members[group].add(who)
            self._all_read(who, group)  # what was said before one came is not waiting
        return 200

    def leave(self, who: str, group: int) -> int:
        if who not in self.members[group]:
            return 204 if group == 0 else 404
        if who == "ann" and len(self.members[group]) > 1:
            return 409  # its only admin
        self.members[group].discard(who)
        return 204

    def _all_read(self, who: str, group: int) -> None:
        for topic in (2 * group, 2 * group + 1):
            self.pointer[who, topic] = len(self.said[topic])


@dataclass
class Tab:
    """One tab: it knows what waited when it was opened and hears what has happened since."""

    member: Member
    stream: LiveStream
    counts: Counts = field(default_factory=dict)

    async def load(self) -> None:
        unread = await self.member.call("GET", "/me/unread")
        self.counts = {t["id"]: (t["unread"], t["mentions"]) for group in unread["groups"] for t in group["topics"]}

    async def take(self, event: dict[str, Any]) -> None:
        if event["kind"] == "message_posted" and event["message"]["author"]["id"] != self.member.id:
            self._add(event["message"]["topic_id"], 1, 0)
        elif event["kind"] == "mentioned":
            self._add(event["topic_id"], 0, 1)
        elif event["kind"] == "topic_read":
            self._set(event["topic_id"], event["unread"], event["mentions"])
        elif event["kind"] == "ignored_changed" or event.get("user", {}).get("id") == self.member.id:
            await self.load()  # what is read by whose rights changed: look anew

    def _add(self, topic: int, unread: int, mentions: int) -> None:
        before = self.counts.get(topic, (0, 0))
        self._set(topic, before[0] + unread, before[1] + mentions)

    def _set(self, topic: int, unread: int, mentions: int) -> None:
        self.counts[topic] = (unread, mentions)
        if not unread:
            del self.counts[topic]


@dataclass
class World:
    """The server with its people, and the ids of the oracle's groups and topics."""

    members: dict[str, Member]
    groups: list[dict[str, Any]]
    topics: list[int]

    async def do(self, step: Step) -> int:
        """Do it through the API; the answer's status."""
        verb, who, *rest = step
        done: dict[str, Callable[..., tuple[str, str, Any]]] = {
            "post": lambda topic, named: (
                *("POST", f"/topics/{self.topics[topic]}/messages"),
                {"text": "hello " + " ".join(f"@{name}" for name in sorted(named))},
            ),
            "read": lambda topic, seq: ("POST", f"/topics/{self.topics[topic]}/read", {"seq": seq} if seq else None),
            "unread": lambda topic, seq: ("POST", f"/topics/{self.topics[topic]}/unread", {"seq": seq}),
            "read_group": lambda group: ("POST", f"/groups/{self.groups[group]['id']}/read", None),
            "read_all": lambda: ("POST", "/read", None),
            "ignore": lambda whom: ("PUT", f"/me/ignored/{whom}", None),
            "stop_ignoring": lambda whom: ("DELETE", f"/me/ignored/{whom}", None),
            "join": lambda group: ("POST", f"/groups/{self.groups[group]['slug']}/join", None),
            "leave": lambda group: ("POST", f"/groups/{self.groups[group]['slug']}/leave", None),
        }
        method, path, body = done[verb](*rest)
        answer = await self.members[who].http.request(method, BASE + path, json=body)
        return answer.status_code

    async def check(self, oracle: Oracle) -> None:
        """What waits for everybody is what the oracle says."""
        for name, member in self.members.items():
            counts = oracle.counts(name)
            expected = {self.topics[topic]: count for topic, count in counts.items()}
            unread = await member.call("GET", "/me/unread")
            told = {t["id"]: (t["unread"], t["mentions"]) for group in unread["groups"] for t in group["topics"]}
            assert told == expected, name
            assert unread["total"] == sum(count for count, _ in expected.values())
            for group in unread["groups"]:
                assert group["unread"] == sum(topic["unread"] for topic in group["topics"])
                assert group["mentions"] == sum(topic["mentions"] for topic in group["topics"])

    async def check_lists(self, oracle: Oracle) -> None:
        """The same in the lists of groups and topics."""
        for name, member in self.members.items():
            mine = (await member.call("GET", "/groups"))["items"]
            public = (await member.call("GET", "/groups", discover="popular"))["items"]
            for index, group in enumerate(self.groups):
                await self._check_group(oracle, name, index, [one for one in mine + public if one["id"] == group["id"]])

    async def _check_group(self, oracle: Oracle, name: str, index: int, listed: list[dict[str, Any]]) -> None:
        member, group, inside = self.members[name], self.groups[index], name in oracle.members[index]
        assert len(listed) == inside + (index == 0)
        if not listed:
            return
        counts = {topic: count for topic, count in oracle.counts(name).items() if oracle.group_of(topic) == index}
        whole = (sum(count for count, _ in counts.values()), sum(named for _, named in counts.values()))
        for one in [*listed, await member.call("GET", f"/groups/{group['slug']}")]:
            assert (one["my"]["unread"], one["my"]["mentions"]) == whole, (name, one)
            assert (one["my"]["role"] is not None) == inside
        in_list = {one["id"]: one for one in (await member.call("GET", f"/groups/{group['id']}/topics"))["items"]}
        for topic in (2 * index, 2 * index + 1):
            alone = await member.call("GET", f"/topics/{self.topics[topic]}")
            assert in_list[self.topics[topic]] == alone
            assert (alone["my"]["unread"], alone["my"]["mentions"]) == counts.get(topic, (0, 0))
            if inside:
                assert alone["my"]["read_seq"] == oracle.pointer[name, topic]


async def make_world(members: dict[str, Member]) -> World:
    ann = members["ann"]
    made = [await ann.create_group("Lab"), await ann.create_group("Den", "private")]
    for group, name in ((0, "bob"), (0, "cleo"), (1, "bob")):
        await ann.call("PUT", f"/groups/{made[group]['id']}/members/{name}", {"role": "member"})
    topics = []
    for group in made:
        topics += [group["default_topic_id"], (await ann.open_topic(group["id"], "Second"))["id"]]
    return World(members, made, topics)


async def live_through(ready: Ready, told: list[Step]) -> None:
    async with AsyncExitStack() as stack:
        _, members = await stack.enter_async_context(ready.copied())
        world, oracle = await make_world(members), Oracle()
        # bob has two tabs, or a tab and a telephone.
        tabs = [
            Tab(members[name], await stack.enter_async_context(members[name].live()))
            for name in ("ann", "bob", "bob", "cleo")
        ]
        for number, step in enumerate(told):
            verb, *rest = step
            expected = getattr(oracle, verb)(*rest)
            assert await world.do(step) == expected, step
            await world.check(oracle)
            await check_tabs(world, oracle, tabs, number)
        await world.check_lists(oracle)


async def check_tabs(world: World, oracle: Oracle, tabs: list[Tab], number: int) -> None:
    """What everybody's tabs have worked out from what they heard is what the server says."""
    for name, member in world.members.items():
        expected = {world.topics[topic]: count for topic, count in oracle.counts(name).items()}
        # A fact for their own ears: once it is heard, everything before it has been.
        await member.call("PATCH", "/me", {"settings": {"step": number}})
        for tab in tabs:
            if tab.member is member:
                for event in await tab.stream.until("settings_changed", settings={"step": number}):
                    await tab.take(event)
                assert tab.counts == expected, name


# Things that went wrong in other programs, or here.
KNOWN: list[list[Step]] = [
    # Somebody comes back: what was said while they were away does not wait for them, in whichever topics they have read.
    [
        ("post", "ann", 0, frozenset()),
        ("read", "bob", 0, None),
        ("leave", "bob", 0),
        ("post", "ann", 0, frozenset({"bob"})),
    ]
    + [("join", "bob", 0), ("post", "ann", 1, frozenset({"bob"}))],
    # An onlooker reads, and joins later.
    [("leave", "cleo", 0), ("post", "ann", 0, frozenset()), ("read", "cleo", 0, 1), ("post", "ann", 0, frozenset())]
    + [("join", "cleo", 0)],
    # Unread from here, and all read again, also what somebody ignored has said.
    [("post", "ann", 0, frozenset({"bob"})), ("post", "cleo", 0, frozenset({"bob"})), ("read_all", "bob")]
    + [("unread", "bob", 0, 1), ("ignore", "bob", "ann"), ("stop_ignoring", "bob", "ann"), ("read_group", "bob", 0)],
    # Answering reads up to one's own message.
    [("post", "ann", 3, frozenset({"bob"})), ("post", "bob", 3, frozenset({"ann"})), ("unread", "bob", 3, 1)]
    + [("ignore", "ann", "bob"), ("post", "bob", 3, frozenset({"ann"})), ("read", "ann", 3, 2)],
]


@pytest.mark.parametrize("told", KNOWN)
async def test_what_went_wrong_before(ready: Ready, told: list[Step]) -> None:
    await live_through(ready, told)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=4, max_size=14))
def test_every_count_is_a_recount(ready: Ready, told: list[Step]) -> None:
    trio.run(live_through, ready, told)


async def test_marking_everything_read_leaves_nothing(ready: Ready) -> None:
    """However it came to wait."""
    async with ready.copied() as (_, members):
        world, bob = await make_world(members), members["bob"]
        for topic in world.topics:
            for _ in range(3):
                await members["ann"].post(topic, "hello @bob")
        await bob.call("POST", f"/topics/{world.topics[0]}/unread", {"seq": 1})
        assert (await bob.call("GET", "/me/unread"))["total"] == 12
        await bob.call("POST", f"/topics/{world.topics[0]}/read")
        assert (await bob.call("GET", "/me/unread"))["total"] == 9
        await bob.call("POST", f"/groups/{world.groups[0]['id']}/read")
        assert (await bob.call("GET", "/me/unread"))["total"] == 6
        await bob.call("POST", "/read")
        assert await bob.call("GET", "/me/unread") == {"groups": [], "total": 0}
        assert not any(mention["unread"] for mention in (await bob.call("GET", "/me/mentions"))["items"])


async def test_counts_stop_at_a_thousand(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Lab")
    await bob.join(group["id"])
    topic = group["default_topic_id"]

    def say_much(conn: Writer) -> None:
        for number in range(1500):
            messages.insert(conn, topic, messages.Said(f"c{number}", "x", b"[]", "x"), author_id=ann.id, at=0)

    await chat.appliance.app.store.write(say_much)
    [counts] = (await bob.call("GET", "/me/unread"))["groups"]
    assert (counts["unread"], counts["topics"][0]["unread"]) == (1000, 1000)
    await bob.call("POST", f"/topics/{topic}/read", {"seq": 1400})
    assert await bob.unread(topic) == 100
    await bob.call("POST", f"/topics/{topic}/read")
    assert await bob.unread(topic) == 0
