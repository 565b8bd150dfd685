"""Unread counts, compared after every step with a recount: the server's, and those two tabs work out from what they hear.

More examples than the suite runs: ``UNREAD_EXAMPLES=2000 pytest tests/live/test_unread.py``.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import ANY

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.appliance import wall_clock
from convore_lite.routes.api import BASE
from convore_lite.store import Store, Writer, messages
from convore_lite.testing import Chat, LiveStream, Member

from .conftest import NAMES, Ready
from .recount import Counts, Oracle

Step = tuple[Any, ...]
Request = tuple[str, str, Any]
# Time stands still: what was said can be undone, however slow the machine is.
NOW = wall_clock()
EXAMPLES = int(os.environ.get("UNREAD_EXAMPLES", "20"))
NOBODY: frozenset[str] = frozenset()
# What was said before, in every topic: so that there is something to move.
PAST: list[Step] = [("post", who, topic, NOBODY, "") for topic in range(4) for who in ("bob", "ann", "ann")]
# After these a tab asks what waits: they change counts by what only the server knows.
ASKED_AFTER = {
    *("message_edited", "message_deleted", "messages_moved", "topic_opened", "topic_deleted"),
    *("ignored_changed", "level_changed"),
}

people = st.sampled_from(NAMES)
topics = st.integers(0, 5)
groups = st.integers(0, 1)
seqs = st.integers(1, 6)
named = st.frozensets(people, max_size=2)
extra = st.sampled_from(["", "", "tea", "home lab", "teapot", "@group", "@group", "@here"])
levels = st.sampled_from(["follow", "normal", "mute"])
posts = st.tuples(st.just("post"), people, topics, named, extra)
some = st.frozensets(seqs, min_size=1, max_size=4)
# "ann" runs the groups: what others may not do is tried now and then.
mostly_ann = st.sampled_from(["ann"] * 6 + ["bob", "cleo"])
moves = st.tuples(st.just("move"), mostly_ann, topics, some, topics)
reads = st.tuples(st.just("read"), people, topics, st.none() | seqs)
steps = st.one_of(
    *[posts] * 4,
    *[moves] * 4,
    *[reads] * 2,
    st.tuples(st.just("edit"), people, topics, seqs, named, extra),
    st.tuples(st.just("delete"), people, topics, seqs),
    st.tuples(st.just("undo"), people, topics, seqs),
    st.tuples(st.just("make"), mostly_ann, topics, some, groups),
    st.tuples(st.just("move_topic"), mostly_ann, topics, groups),
    st.tuples(st.just("delete_topic"), mostly_ann, topics),
    st.tuples(st.just("unread"), people, topics, seqs),
    st.tuples(st.just("read_group"), people, groups),
    st.tuples(st.just("read_all"), people),
    st.tuples(st.just("ignore"), people, people),
    st.tuples(st.just("stop_ignoring"), people, people),
    st.tuples(st.just("level_of_topic"), people, topics, levels),
    st.tuples(st.just("level_of_group"), people, groups, levels),
    st.tuples(st.just("listen_for"), people, st.frozensets(st.sampled_from(["tea", "home lab"]))),
    st.tuples(st.just("who_calls"), mostly_ann, groups, st.sampled_from(["auto", "members", "admins"])),
    st.tuples(st.just("join"), people, groups),
    st.tuples(st.just("leave"), people, groups),
)


@dataclass
class Tab:
    """One tab: it knows what waited when it was opened and hears what has happened since."""

    member: Member
    stream: LiveStream
    counts: Counts = field(default_factory=dict)
    counted: str = ""  # the place in the log up to which everything is in the counts

    async def load(self) -> None:
        unread = await self.member.call("GET", "/me/unread")
        self.counts = {t["id"]: (t["unread"], t["mentions"]) for group in unread["groups"] for t in group["topics"]}
        self.counted = unread["at_id"]

    async def take(self, event: dict[str, Any], muted: frozenset[int]) -> None:
        """Count on; in the topics *muted* only what mentions one counts."""
        if place(event["id"]) <= place(self.counted):
            return
        if event["kind"] == "message_posted" and event["message"]["author"]["id"] != self.member.id:
            if event["message"]["topic_id"] not in muted:
                self._add(event["message"]["topic_id"], 1, 0)
        elif event["kind"] == "mentioned" and not (event["everyone"] and event["topic_id"] in muted):
            self._add(event["topic_id"], int(event["topic_id"] in muted), 1)
        elif event["kind"] == "topic_read":
            self._set(event["topic_id"], event["unread"], event["mentions"])
        elif event["kind"] in ASKED_AFTER or event.get("user", {}).get("id") == self.member.id:
            await self.load()

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

    store: Store
    members: dict[str, Member]
    groups: list[dict[str, Any]]
    topics: list[int]

    async def do(self, step: Step) -> int:
        """Do it through the API; the answer's status."""
        verb, who, *rest = step
        method, path, body = await getattr(self, f"_{verb}")(*rest)
        answer = await self.members[who].http.request(method, BASE + path, json=body)
        if verb == "make" and answer.status_code == 200:
            self.topics.append(answer.json()["id"])
        return answer.status_code

    async def _post(self, topic: int, named: frozenset[str], extra: str) -> Request:
        """An answer to the first message where there is one: that makes no difference to what waits."""
        known = await self.store.read(ids_at, self.topics[topic], [1])
        body = {"text": text_of(named, extra), "reply_to": known[0] if known else None}
        return "POST", f"/topics/{self.topics[topic]}/messages", body

    async def _edit(self, topic: int, seq: int, named: frozenset[str], extra: str) -> Request:
        [message] = await self._ids(topic, [seq])
        return "PATCH", f"/messages/{message}", {"text": text_of(named, extra)}

    async def _delete(self, topic: int, seq: int) -> Request:
        [message] = await self._ids(topic, [seq])
        return "DELETE", f"/messages/{message}", None

    async def _undo(self, topic: int, seq: int) -> Request:
        [message] = await self._ids(topic, [seq])
        return "POST", f"/messages/{message}/undo", None

    async def _move(self, topic: int, seqs: frozenset[int], target: int) -> Request:
        body = {"message_ids": await self._ids(topic, seqs), "to": {"topic_id": self.topics[target]}}
        return "POST", f"/topics/{self.topics[topic]}/move", body

    async def _make(self, topic: int, seqs: frozenset[int], group: int) -> Request:
        to = {"group_id": self.groups[group]["id"], "name": "More"}
        return "POST", f"/topics/{self.topics[topic]}/move", {"message_ids": await self._ids(topic, seqs), "to": to}

    async def _move_topic(self, topic: int, group: int) -> Request:
        return "PATCH", f"/topics/{self.topics[topic]}", {"group_id": self.groups[group]["id"]}

    async def _delete_topic(self, topic: int) -> Request:
        return "DELETE", f"/topics/{self.topics[topic]}", None

    async def _read(self, topic: int, seq: int | None) -> Request:
        return "POST", f"/topics/{self.topics[topic]}/read", {"seq": seq} if seq else None

    async def _unread(self, topic: int, seq: int) -> Request:
        return "POST", f"/topics/{self.topics[topic]}/unread", {"seq": seq}

    async def _read_group(self, group: int) -> Request:
        return "POST", f"/groups/{self.groups[group]['id']}/read", None

    async def _read_all(self) -> Request:
        return "POST", "/read", None

    async def _ignore(self, whom: str) -> Request:
        return "PUT", f"/me/ignored/{whom}", None

    async def _stop_ignoring(self, whom: str) -> Request:
        return "DELETE", f"/me/ignored/{whom}", None

    async def _level_of_topic(self, topic: int, level: str) -> Request:
        return "PUT", f"/topics/{self.topics[topic]}/level", {"level": level}

    async def _level_of_group(self, group: int, level: str) -> Request:
        return "PUT", f"/groups/{self.groups[group]['id']}/level", {"level": level}

    async def _listen_for(self, words: frozenset[str]) -> Request:
        return "PUT", "/me/keywords", {"keywords": sorted(words)}

    async def _who_calls(self, group: int, rule: str) -> Request:
        return "PATCH", f"/groups/{self.groups[group]['id']}", {"mention_everyone": rule}

    async def _join(self, group: int) -> Request:
        return "POST", f"/groups/{self.groups[group]['slug']}/join", None

    async def _leave(self, group: int) -> Request:
        return "POST", f"/groups/{self.groups[group]['slug']}/leave", None

    async def _ids(self, topic: int, seqs: Iterable[int]) -> list[int]:
        return await self.store.read(ids_at, self.topics[topic], sorted(seqs))

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
        """The same in the lists of groups, topics and mentions."""
        for name, member in self.members.items():
            mine = (await member.call("GET", "/groups"))["items"]
            public = (await member.call("GET", "/groups", discover="popular"))["items"]
            for index, group in enumerate(self.groups):
                await self._check_group(oracle, name, index, [one for one in mine + public if one["id"] == group["id"]])
            mentions = (await member.call("GET", "/me/mentions"))["items"]
            at = Counter(mention["message"]["topic_id"] for mention in mentions if mention["unread"])
            named = {self.topics[topic]: count for topic, (_, count) in oracle.counts(name).items() if count}
            assert {topic: at[topic] for topic in named} == named

    async def _check_group(self, oracle: Oracle, name: str, index: int, listed: list[dict[str, Any]]) -> None:
        member, group, inside = self.members[name], self.groups[index], name in oracle.members[index]
        assert len(listed) == inside + (index == 0)
        if not listed:
            return
        here = [topic for topic, it in enumerate(oracle.topics) if it.group == index]
        counts = {topic: count for topic, count in oracle.counts(name).items() if topic in here}
        whole = (sum(count for count, _ in counts.values()), sum(named for _, named in counts.values()))
        for one in [*listed, await member.call("GET", f"/groups/{group['slug']}")]:
            assert (one["my"]["unread"], one["my"]["mentions"]) == whole, (name, one)
            assert (one["my"]["role"] is not None) == inside
            assert one["my"]["level"] == (oracle.group_levels.get((name, index), "normal") if inside else "normal")
        in_list = {one["id"]: one for one in (await member.call("GET", f"/groups/{group['id']}/topics"))["items"]}
        assert in_list.keys() == {self.topics[topic] for topic in here}
        for topic in here:
            alone = await member.call("GET", f"/topics/{self.topics[topic]}")
            assert in_list[self.topics[topic]] == alone
            assert (alone["my"]["unread"], alone["my"]["mentions"]) == counts.get(topic, (0, 0))
            waiting = (await member.call("GET", f"/topics/{self.topics[topic]}/unread"))["items"]
            assert [message["seq"] for message in waiting] == list(oracle.waiting(name, topic))
            said = oracle.topics[topic].said
            assert alone["last_seq"] == len(said)
            assert alone["message_count"] == sum(not message.deleted for message in said)
            assert alone["my"]["level"] == (oracle.topic_levels.get((name, topic), "normal") if inside else "normal")


def place(event_id: str) -> int:
    """Its number in this log."""
    return int(event_id.rsplit("-", 1)[1])


def text_of(named: frozenset[str], extra: str) -> str:
    return " ".join(["hello", *(f"@{name}" for name in sorted(named)), extra])


def ids_at(conn: sqlite3.Connection, topic: int, seqs: list[int]) -> list[int]:
    rows = conn.execute("SELECT seq, id FROM messages WHERE topic_id = ?", (topic,))
    ids = dict(rows.fetchall())
    return [ids[seq] for seq in seqs if seq in ids]


def fitting(oracle: Oracle, step: Step) -> Step | None:
    """The step with topics and messages that there are; None where there are none."""
    verb, who, *rest = step
    if verb in (
        "post",
        "read",
        "unread",
        "edit",
        "delete",
        "undo",
        "move",
        "make",
        "move_topic",
        "delete_topic",
        "level_of_topic",
    ):
        rest[0] %= len(oracle.topics)
        last = len(oracle.topics[rest[0]].said)
        if verb in ("edit", "delete", "undo", "move", "make") and not last:
            return None
        if verb in ("edit", "delete", "undo"):
            rest[1] = (rest[1] - 1) % last + 1
        if verb in ("move", "make"):
            rest[1] = frozenset((seq - 1) % last + 1 for seq in rest[1])
        if verb == "move":
            rest[2] %= len(oracle.topics)
            rest[2] = (rest[2] + (rest[2] == rest[0])) % len(oracle.topics)
    return (verb, who, *rest)


async def make_world(chat: Chat, members: dict[str, Member]) -> World:
    ann = members["ann"]
    made = [await ann.create_group("Lab"), await ann.create_group("Den", "private")]
    for group, name in ((0, "bob"), (0, "cleo"), (1, "bob")):
        await ann.call("PUT", f"/groups/{made[group]['id']}/members/{name}", {"role": "member"})
    topics = []
    for group in made:
        topics += [group["default_topic_id"], (await ann.open_topic(group["id"], "Second"))["id"]]
    return World(chat.appliance.app.store, members, made, topics)


async def live_through(ready: Ready, told: list[Step], past: Sequence[Step] = ()) -> None:
    async with AsyncExitStack() as stack:
        chat, members = await stack.enter_async_context(ready.copied(now=lambda: NOW))
        world, oracle = await make_world(chat, members), Oracle()
        for verb, *rest in past:
            assert await world.do((verb, *rest)) == getattr(oracle, verb)(*rest)
        # bob has two tabs, or a tab and a telephone.
        tabs = [
            Tab(members[name], await stack.enter_async_context(members[name].live()))
            for name in ("ann", "bob", "bob", "cleo")
        ]
        for tab in tabs:
            await tab.load()
        for number, wished in enumerate(told):
            if (step := fitting(oracle, wished)) is None:
                continue
            verb, *rest = step
            # First the server: the oracle, too, has no place for what is moved before it is.
            status = await world.do(step)
            assert status == getattr(oracle, verb)(*rest), step
            await world.check(oracle)
            await check_tabs(world, oracle, tabs, number)
        await world.check_lists(oracle)
        for name in NAMES:
            assert await world.do(("read_all", name)) == oracle.read_all(name)
            assert await members[name].call("GET", "/me/unread") == {"groups": [], "total": 0, "at_id": ANY}
            assert oracle.counts(name) == {}


async def check_tabs(world: World, oracle: Oracle, tabs: list[Tab], number: int) -> None:
    """What everybody's tabs have worked out from what they heard is what the server says."""
    for name, member in world.members.items():
        expected = {world.topics[topic]: count for topic, count in oracle.counts(name).items()}
        muted = frozenset(id for topic, id in enumerate(world.topics) if oracle.level(name, topic) == "mute")
        # A fact for their own ears: once it is heard, everything before it has been.
        await member.call("PATCH", "/me", {"settings": {"step": number}})
        for tab in tabs:
            if tab.member is member:
                for event in await tab.stream.until("settings_changed", settings={"step": number}):
                    await tab.take(event, muted)
                assert tab.counts == expected, name


# Things that went wrong in other programs, or here.
KNOWN: list[list[Step]] = [
    # Somebody comes back: what was said while they were away does not wait for them, in whichever topics they have read.
    [
        ("post", "ann", 0, NOBODY, ""),
        ("read", "bob", 0, None),
        ("leave", "bob", 0),
        ("post", "ann", 0, frozenset({"bob"}), ""),
    ]
    + [("join", "bob", 0), ("post", "ann", 1, frozenset({"bob"}), "")],
    # An onlooker reads, and joins later.
    [("leave", "cleo", 0), ("post", "ann", 0, NOBODY, ""), ("read", "cleo", 0, 1), ("post", "ann", 0, NOBODY, "")]
    + [("join", "cleo", 0)],
    # Unread from here, and all read again, also what somebody ignored has said.
    [("post", "ann", 0, frozenset({"bob"}), ""), ("post", "cleo", 0, frozenset({"bob"}), ""), ("read_all", "bob")]
    + [("unread", "bob", 0, 1), ("ignore", "bob", "ann"), ("stop_ignoring", "bob", "ann"), ("read_group", "bob", 0)],
    # @group names those who are in, and no longer who left and came back; in another group, who is in both; not where it is muted.
    [("post", "ann", 0, NOBODY, "@group"), ("leave", "bob", 0), ("join", "bob", 0), ("unread", "bob", 0, 1)]
    + [
        ("unread", "cleo", 0, 1),
        ("edit", "ann", 0, 1, frozenset({"cleo"}), "@group"),
        ("move", "ann", 0, frozenset({1}), 2),
    ]
    + [
        ("post", "bob", 2, NOBODY, "@here"),
        ("level_of_group", "ann", 1, "mute"),
        ("edit", "ann", 2, 1, NOBODY, "@group"),
    ],
    # Who is named on their own as well is told once, and also where they muted it.
    [
        ("level_of_topic", "bob", 1, "mute"),
        ("post", "ann", 1, frozenset({"bob"}), "@group"),
        ("post", "cleo", 1, NOBODY, "@group"),
    ]
    + [
        ("edit", "ann", 1, 1, NOBODY, "@here"),
        ("level_of_topic", "bob", 1, "normal"),
        ("who_calls", "ann", 0, "admins"),
    ]
    + [("post", "bob", 1, NOBODY, "@group"), ("edit", "cleo", 1, 2, NOBODY, "")],
    # Answering reads up to one's own message.
    [("post", "ann", 3, frozenset({"bob"}), ""), ("post", "bob", 3, frozenset({"ann"}), ""), ("unread", "bob", 3, 1)]
    + [("ignore", "ann", "bob"), ("post", "bob", 3, frozenset({"ann"}), ""), ("read", "ann", 3, 2)],
]


@pytest.mark.parametrize("told", KNOWN)
async def test_what_went_wrong_before(ready: Ready, told: list[Step]) -> None:
    await live_through(ready, told)


# Each example is a chat of its own, and where one fails it is made smaller: that may take long on a busy machine, and is no hang.
@pytest.mark.timeout(900)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=4, max_size=20))
def test_every_count_is_a_recount(ready: Ready, told: list[Step]) -> None:
    trio.run(live_through, ready, told, PAST)


async def test_marking_everything_read_leaves_nothing(ready: Ready) -> None:
    """However it came to wait."""
    async with ready.copied() as (chat, members):
        world, bob = await make_world(chat, members), members["bob"]
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
        assert await bob.call("GET", "/me/unread") == {"groups": [], "total": 0, "at_id": ANY}
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
