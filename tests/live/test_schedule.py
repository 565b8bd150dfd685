"""Any order of posting, coming, going, signing out, cutting off at any byte, stalling, waiting, restarting and trimming: each
reader gets what they may read when it is delivered, once and in order, or one reset. By either way out.

More examples than the suite runs: ``SCHEDULES=2000 pytest tests/live/test_schedule.py``.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.hub import Hub
from convore_lite.routes.live import chapter, outlet
from convore_lite.routes.live.heart import HEARTBEAT
from convore_lite.store import log
from convore_lite.testing import Chat, SseParser
from convore_lite.testing.chat import API
from convore_lite.words.events import Event, Revocation, Told

from .conftest import Ready
from .taps import PlainTap, Tap, WireTap, allow_wires

# Who reads in which tab. Both are in both groups at first; the first group is public, the second is not.
READERS = ("bob", "bob", "cleo")
EXAMPLES = int(os.environ.get("SCHEDULES", "40"))

tabs = st.integers(0, len(READERS) - 1)
groups = st.integers(0, 1)
counts = st.integers(1, 5)
few = st.integers(0, 3)
steps = st.one_of(
    st.tuples(st.just("post"), groups, counts),
    st.tuples(st.just("post"), groups, counts),
    st.tuples(st.just("move"), st.sampled_from(sorted(set(READERS))), groups, st.booleans(), few),
    st.tuples(st.just("move"), st.sampled_from(sorted(set(READERS))), groups, st.booleans(), few),
    st.tuples(st.just("revoke"), tabs, few),
    st.tuples(st.just("cut"), tabs, st.integers(0, 4000)),
    st.tuples(st.just("come_back"), tabs),
    st.tuples(st.just("come_back_amid"), tabs, counts),
    st.tuples(st.just("stall"), tabs),
    st.tuples(st.just("squeeze"), tabs, st.integers(1, 2500)),
    st.tuples(st.just("go_on"), tabs),
    st.tuples(st.just("look"), tabs),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 26, 31, 60])),
    st.tuples(st.just("restart"), st.integers(0, 4000)),
    st.tuples(st.just("trim")),
)
# How each tab is served: plainly, or past the server in bites of these sizes.
ways = st.one_of(st.none(), st.lists(st.sampled_from([1, 2, 7, 100, 700, 3000, inf]), min_size=1, max_size=4))


@dataclass
class Model:
    """What is in the log, also what was forgotten of it: every event up to a number."""

    events: list[Event] = field(default_factory=list)
    forgotten: int = 0

    @property
    def last(self) -> int:
        return self.events[-1].number if self.events else 0

    def event(self, number: int) -> Event:
        return self.events[number - 1]

    def is_member(self, user: int, group: int | None, at: int) -> bool:
        """Is somebody in a group once the event numbered *at* has happened?"""
        moves = [event.kind for event in self.events[:at] if event.group_id == group and moves_one(event, user)]
        return moves[-1:] == ["member_joined"]

    def has_left(self, user: int, group: int | None, after: int) -> bool:
        rest = self.events[after:]
        return any(event.kind == "member_left" and event.group_id == group and moves_one(event, user) for event in rest)


def moves_one(event: Event, user: int) -> bool:
    return event.kind in ("member_joined", "member_left") and event.user_id == user


@dataclass(repr=False)
class Tab:
    """One reader: a stream with what came of it and was looked at, and how far it is."""

    name: str
    bites: list[float] | None
    user: int = 0
    token: dict[str, Any] = field(default_factory=dict)
    tap: Tap = field(default_factory=lambda: PlainTap({}))
    place: int = 0
    last_id: str | None = None
    parser: SseParser = field(default_factory=SseParser)
    resets: int = 0
    cut: bool = False
    # The end of the log when it had caught up: what is up to there it got from the log, and the rest as it happened.
    caught_up: int = 0
    # Of which group it may get nothing up to which number, as it has left; and after which event it was signed out.
    sealed: dict[int | None, int] = field(default_factory=dict)
    signed_out_at: float = inf

    @property
    def is_open(self) -> bool:
        return bool(self.tap.status) and not self.tap.ended

    def begin(self) -> None:
        headers = {"authorization": f"Bearer {self.token['token']}"}
        if self.last_id is not None:
            headers["last-event-id"] = self.last_id
        self.tap = PlainTap(headers) if self.bites is None else WireTap(headers, self.bites)
        self.parser, self.resets, self.cut, self.sealed, self.signed_out_at = SseParser(), 0, False, {}, inf

    def may_get(self, model: Model, event: Event) -> bool:
        if event.number > self.signed_out_at:
            return False
        if event.user_id == self.user:
            return True
        if event.number <= self.caught_up:
            return model.is_member(self.user, event.group_id, self.caught_up)
        is_sealed = event.number < self.sealed.get(event.group_id, 0)
        return model.is_member(self.user, event.group_id, event.number - 1) and not is_sealed

    def must_get(self, model: Model, event: Event) -> bool:
        """Of what waits for somebody who leaves then, nothing need come; nor what is lost with a connection that ends."""
        if event.number <= self.caught_up:
            return self.may_get(model, event)
        return self.may_get(model, event) and not model.has_left(self.user, event.group_id, event.number)

    def missing(self, model: Model, before: int) -> list[int]:
        between = model.events[self.place : before - 1]
        return [event.number for event in between if self.must_get(model, event)]

    def look(self, model: Model, upto: int | None = None) -> None:
        """Look at what came (only at so many bytes of it) and check it against the model."""
        for sent in self.parser.feed(self.tap.drain(upto)):
            told = json.loads(sent.data)
            if told["kind"] == "presence":
                continue
            number = int(told["id"].rpartition("-")[2])
            if told["kind"] == "reset":
                self.resets += 1
                assert self.resets == 1
                assert self.place < model.forgotten
            elif told["kind"] == "hello":
                assert self.last_id in (None, told["at_id"]) or self.place < model.forgotten
                if self.last_id is not None:
                    continue  # whoever comes back is where they were until they hear more
            else:
                assert number > self.place, "again, or out of order"
                event = model.event(number)
                assert self.may_get(model, event), f"{self.name} got {number}"
                assert json.loads(event.payload).items() <= told.items()
                assert self.missing(model, number) == []
            self.place, self.last_id = number, told["id"]


class Dawdling:
    """Work that blocks, done where we are, letting others go first before and after: each time another number of times.

    So anybody may look into the database between a commit and its publication, and much may be said between two looks.
    """

    def __init__(self, pauses: list[int]) -> None:
        self._pauses = itertools.cycle(pauses)

    async def __call__(
        self, function: Callable[..., Any], *args: Any, limiter: trio.CapacityLimiter | None = None
    ) -> Any:
        await self._dawdle()
        result = function(*args)
        await self._dawdle()
        return result

    async def _dawdle(self) -> None:
        await trio.lowlevel.checkpoint()
        for _ in range(next(self._pauses)):
            await trio.lowlevel.checkpoint()


@dataclass(repr=False)
class Run:
    """One run of a schedule: the server, its tabs, and what they should see."""

    ready: Ready
    folder: Path
    nursery: trio.Nursery
    run_sync: Dawdling
    tabs: list[Tab]
    clock: trio.testing.MockClock
    model: Model = field(default_factory=Model)
    stop: trio.Event = field(default_factory=trio.Event)
    told: list[Told] = field(default_factory=list)

    async def serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        self.stop = trio.Event()
        async with self.ready.opened(self.folder, run_sync=self.run_sync) as (self.chat, self.people):
            self._listen_in(self.chat)
            task_status.started()
            await self.stop.wait()

    def _listen_in(self, chat: Chat) -> None:
        """Write down in which order things are told: a revocation has no number."""
        store, hub = chat.appliance.app.store, chat.appliance.app.hub

        def publish(told: list[Told]) -> None:
            self.told.extend(told)
            Hub.publish(hub, told)

        store._publish = publish  # type: ignore[assignment]

    async def found(self) -> None:
        """Make the two groups, and open every tab."""
        await self.nursery.start(self.serve)
        self.groups = [await self.people["ann"].create_group(f"Group {n}", kind) for n, kind in enumerate(KINDS)]
        for group, name in itertools.product(self.groups, sorted(set(READERS))):
            await self.people["ann"].call("PUT", f"/groups/{group['id']}/members/{name}", {"role": "member"})
        await self.learn()
        for number, tab in enumerate(self.tabs):
            tab.user = self.people[tab.name].id
            await self.come_back(number)

    async def learn(self) -> None:
        """Read on in the log, where everything is that was said."""
        assert await self.chat.appliance.app.store.read(log.last_number) >= self.model.last
        self.model.events += await self.chat.appliance.app.store.read(log.after, self.model.last, limit=1000)
        assert [event.number for event in self.model.events] == list(range(1, self.model.last + 1))

    async def post(self, group: int, count: int) -> None:
        """Several messages at once, in whichever order they are committed."""
        await self._amid(group, count)

    async def _amid(self, group: int, count: int, *acts: Callable[[], Any]) -> None:
        """Act while messages are being committed."""
        before = self.model.last
        texts = [f"{before} + {number} \N{EYES}" for number in range(count)]
        ann, topic = self.people["ann"], self.groups[group]["default_topic_id"]
        async with trio.open_nursery() as nursery:
            for text in texts[: count // 2]:
                nursery.start_soon(ann.post, topic, text)
            for act in acts:
                nursery.start_soon(act)
            for text in texts[count // 2 :]:
                nursery.start_soon(ann.post, topic, text)
        await self._settle()
        await self.learn()
        said = [json.loads(event.payload) for event in self.model.events[before:] if event.kind == "message_posted"]
        assert sorted(one["message"]["text"] for one in said) == texts

    async def move(self, name: str, group: int, oneself: bool, count: int) -> None:
        """Somebody leaves or is taken out, or joins or is put in, while others talk."""
        member, path = self.people[name], f"/groups/{self.groups[group]['id']}"
        group_id = self.groups[group]["id"]
        mine = [tab for tab in self.tabs if tab.name == name]
        for tab in mine:
            tab.look(self.model)
        if not self.model.is_member(member.id, group_id, self.model.last):
            if oneself and KINDS[group] == "public":
                await self._amid(group, count, partial(member.join, group_id))
            else:
                put_in = partial(self.people["ann"].call, "PUT", f"{path}/members/{name}", {"role": "member"})
                await self._amid(group, count, put_in)
            return
        if oneself:
            await self._amid(group, count, partial(member.call, "POST", f"{path}/leave"))
        else:
            await self._amid(group, count, partial(self.people["ann"].call, "DELETE", f"{path}/members/{name}"))
        for tab in mine:
            tab.look(self.model)
            tab.sealed[group_id] = self.model.last + 1

    async def revoke(self, number: int, count: int) -> None:
        """The tab is signed out while others talk: from then on, nothing."""
        tab = self.tabs[number]
        if not tab.token:
            return
        tab.look(self.model)
        last = self.model.last
        self.told.clear()

        async def sign_out() -> None:
            async with self.chat.client(console=True) as console:
                assert (await console.delete(f"{API}/tokens/{tab.token['id']}")).status_code == 204

        await self._amid(0, count, sign_out)
        [at] = [place for place, one in enumerate(self.told) if isinstance(one, Revocation)]
        tab.signed_out_at = max([last, *(one.number for one in self.told[:at] if isinstance(one, Event))])
        tab.token = {}
        tab.look(self.model)
        tab.signed_out_at = 0
        if tab.tap.is_moving or tab.bites is not None:
            assert tab.tap.ended or not tab.tap.status

    async def cut(self, number: int, upto: int) -> None:
        """The connection breaks: of what came, only the first bytes arrive."""
        tab = self.tabs[number]
        await self._settle()
        tab.look(self.model, upto)
        tab.cut = True
        tab.tap.hang_up()
        await self._settle()
        assert tab.tap.ended or not tab.tap.status
        tab.tap.drain(0)

    async def come_back(self, number: int) -> None:
        await self._open(number)

    async def come_back_amid(self, number: int, count: int) -> None:
        """Subscribe while messages are being committed."""
        await self._open(number, count)

    async def _open(self, number: int, count: int = 0) -> None:
        tab = self.tabs[number]
        await self._settle()
        if tab.is_open:
            return
        if not tab.cut:
            tab.look(self.model)
            if isinstance(tab.tap, WireTap):  # a body has its end, or the connection has one
                assert tab.tap.body.whole or tab.tap.wire.closed or not tab.tap.status
        if not tab.token:
            async with self.chat.client(console=True) as console:
                made = await console.post(f"{API}/users/{tab.name}/tokens", json={"name": "tab", "scope": "read"})
                tab.token = made.json()
        tab.begin()
        await self._amid(0, count, partial(self._start, tab))
        tab.caught_up = self.model.last
        assert tab.is_open
        assert tab.tap.status == 200

    async def _start(self, tab: Tab) -> None:
        self.nursery.start_soon(tab.tap.run, self.chat.appliance.doors)

    async def stall(self, number: int) -> None:
        self.tabs[number].tap.stall()

    async def squeeze(self, number: int, room: int) -> None:
        """The reader's window takes so many more bytes, and then none."""
        tab = self.tabs[number]
        if isinstance(tab.tap, WireTap):
            tab.tap.wire.give_room(room)
            await self._settle()

    async def go_on(self, number: int) -> None:
        self.tabs[number].tap.go_on()
        await self._settle()

    async def look(self, number: int) -> None:
        """Who reads all the time has everything at any time."""
        tab = self.tabs[number]
        await self._settle()
        tab.look(self.model)
        if tab.is_open and tab.tap.is_moving and tab.signed_out_at == inf:
            assert tab.missing(self.model, self.model.last + 1) == []

    async def wait(self, seconds: int) -> None:
        """Time passes: quiet streams show signs of life, and those that take nothing are given up."""
        for number in range(len(self.tabs)):
            await self.look(number)
        before = [(tab.is_open, tab.tap.is_moving, tab.parser.comments) for tab in self.tabs]
        for _ in range(seconds):
            self.clock.jump(1)
            await self._settle()
        for tab, (was_open, was_moving, comments) in zip(self.tabs, before, strict=True):
            tab.look(self.model)
            if was_open and was_moving and tab.tap.is_moving:
                assert tab.is_open
                assert seconds <= HEARTBEAT or tab.parser.comments > comments
            if isinstance(tab.tap, PlainTap) or tab.tap.wire.room == 0:  # type: ignore[attr-defined]
                assert was_moving or seconds <= HEARTBEAT + outlet.STALLED + 1 or not tab.is_open

    async def restart(self, upto: int) -> None:
        for number in range(len(self.tabs)):
            await self.cut(number, upto)
        self.stop.set()
        await self._settle()
        await self.nursery.start(self.serve)

    async def trim(self) -> None:
        for tab in self.tabs:  # what came before it was forgotten is as it was
            if not tab.cut:
                tab.look(self.model)
        await self.chat.appliance.app.store.write(log.trim, before=2**53, limit=10_000)
        self.model.forgotten = self.model.last

    async def finish(self) -> None:
        """Everybody comes back and has seen everything."""
        for number in range(len(self.tabs)):
            await self.go_on(number)
            await self.come_back(number)
            await self.look(number)
        assert await self.chat.appliance.app.store.read(log.last_number) == self.model.last
        for number in range(len(self.tabs)):
            await self.cut(number, 0)
        statistics = self.chat.appliance.app.hub.statistics()
        assert (statistics.streams, statistics.waiting_bytes) == (0, 0)
        assert not self.chat.appliance.app.hub._by_group
        self.stop.set()

    async def _settle(self) -> None:
        await trio.testing.wait_all_tasks_blocked()


KINDS = ("public", "private")
Ways = list[list[float] | None]
Schedule = list[tuple[Any, ...]]


@asynccontextmanager
async def begun(ready: Ready, ways: Ways, pauses: list[int], clock: trio.testing.MockClock) -> AsyncIterator[Run]:
    with tempfile.TemporaryDirectory(prefix="convore-tests-") as parent:
        folder = Path(parent) / "chat"
        shutil.copytree(ready.folder, folder)
        served = [Tab(name, way) for name, way in zip(READERS, ways, strict=True)]
        async with trio.open_nursery() as nursery:
            run = Run(ready, folder, nursery, Dawdling(pauses), served, clock)
            await run.found()
            yield run
            await run.finish()


def go_through(ready: Ready, schedule: Schedule, ways: Ways, pauses: list[int]) -> None:
    clock = trio.testing.MockClock()

    async def go() -> None:
        async with begun(ready, ways, pauses, clock) as run:
            for step, *rest in schedule:
                await getattr(run, step)(*rest)

    trio.run(go, clock=clock)


KNOWN: list[Schedule] = [
    [("cut", 0, 0), ("come_back_amid", 0, 3), ("look", 0)] * 6,
    [("post", 0, 3), ("cut", 0, 700), ("post", 1, 3), ("come_back", 0)],
    [("post", 0, 2), ("restart", 900), ("come_back_amid", 0, 5), ("come_back_amid", 2, 5)],
    [("post", 0, 2), ("cut", 0, 0), ("post", 0, 2), ("trim",), ("post", 0, 2), ("come_back", 0)],
    [("post", 0, 1), ("stall", 0), *[("post", 0, 5)] * 5, ("cut", 0, 1500), ("come_back", 0)],
    [("stall", 1), *[("post", 1, 5)] * 5, ("trim",), ("go_on", 1), ("post", 0, 1), ("come_back", 1)],
    [("stall", 0), ("post", 1, 3), ("move", "bob", 1, True, 3), ("go_on", 0), ("post", 1, 2), ("look", 0)],
    [("squeeze", 0, 300), ("post", 1, 3), ("move", "bob", 1, False, 0), ("go_on", 0), ("look", 0)],
    [("squeeze", 0, 300), ("post", 1, 3), ("post", 0, 2), ("move", "bob", 0, False, 2), ("go_on", 0), ("look", 0)],
    [("move", "bob", 0, True, 3), ("cut", 0, 0), ("move", "bob", 0, True, 3), ("come_back", 0), ("look", 0)],
    [("stall", 0), ("post", 0, 2), ("revoke", 0, 3), ("go_on", 0), ("post", 0, 2), ("come_back", 0), ("look", 0)],
    [("stall", 0), ("wait", 60), ("come_back", 0), ("wait", 26), ("squeeze", 0, 9), ("post", 0, 3), ("wait", 31)],
]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little queues and pages, so that they are full soon; and wires."""
    monkeypatch.setattr(outlet, "LONGEST_QUEUE", 6000)
    monkeypatch.setattr(chapter, "PAGE", 4)
    monkeypatch.setattr("convore_lite.hub.HOLD", 3)
    allow_wires(monkeypatch)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("way", [None, [inf], [1], [100, 7]], ids=["plain", "fast", "one byte", "bites"])
@pytest.mark.parametrize("schedule", KNOWN)
def test_known_schedules(ready: Ready, schedule: Schedule, way: list[float] | None) -> None:
    for pauses in ([0], [3, 0, 40, 0, 1]):
        go_through(ready, schedule, [way] * len(READERS), pauses)


@pytest.mark.usefixtures("small")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(steps, min_size=3, max_size=16),
    st.lists(ways, min_size=len(READERS), max_size=len(READERS)),
    st.lists(st.sampled_from([0, 0, 1, 3, 10, 40]), min_size=1, max_size=7),
)
def test_every_schedule(ready: Ready, schedule: Schedule, ways: Ways, pauses: list[int]) -> None:
    go_through(ready, schedule, ways, pauses)
