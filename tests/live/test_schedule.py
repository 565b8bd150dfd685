"""Any order of posting, cutting off at any byte, stalling, coming back, restarting and trimming: all is seen once, in order."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.routes.live import chapter, outlet
from convore_lite.store import log
from convore_lite.testing import Chat, Member, SseParser
from convore_lite.testing.streams import PATH

from .conftest import Ready

# Who reads in which tab, and which of the two groups they are in.
READERS = (("bob", {0, 1}), ("bob", {0, 1}), ("cleo", {0}))

tabs = st.integers(0, len(READERS) - 1)
counts = st.integers(1, 5)
steps = st.one_of(
    st.tuples(st.just("post"), st.integers(0, 1), counts),
    st.tuples(st.just("post"), st.integers(0, 1), counts),
    st.tuples(st.just("cut"), tabs, st.integers(0, 4000)),
    st.tuples(st.just("come_back"), tabs),
    st.tuples(st.just("come_back_amid"), tabs, counts),
    st.tuples(st.just("stall"), tabs),
    st.tuples(st.just("go_on"), tabs),
    st.tuples(st.just("restart"), st.integers(0, 4000)),
    st.tuples(st.just("trim")),
)


@dataclass
class Model:
    """What was said: (event number, group, text) of each message; what was forgotten: every event up to a number."""

    said: list[tuple[int, int, str]] = field(default_factory=list)
    last: int = 0
    forgotten: int = 0

    def say(self, group: int, text: str) -> None:
        self.last += 1
        self.said.append((self.last, group, text))

    def after(self, place: int, groups: set[int]) -> list[str]:
        return [text for number, group, text in self.said if number > place and group in groups]


@dataclass
class Tab:
    """One reader: the bytes that came and are not looked at yet, and how far it is."""

    member: str
    groups: set[int]
    place: int = 0
    last_id: str | None = None
    came: bytearray = field(default_factory=bytearray)
    parser: SseParser = field(default_factory=SseParser)
    resets: int = 0
    ended: bool = True
    hung_up: trio.Event = field(default_factory=trio.Event)
    moving: trio.Event = field(default_factory=trio.Event)

    async def read(self, chat: Chat, member: Member) -> None:
        """Keep a stream open until somebody hangs up or the server ends it."""
        self.came.clear()
        self.parser, self.resets, self.ended = SseParser(), 0, False
        self.hung_up, self.moving = trio.Event(), trio.Event()
        self.moving.set()
        headers = [(b"authorization", f"Bearer {member.token}".encode())]
        if self.last_id is not None:
            headers.append((b"last-event-id", self.last_id.encode()))
        scope = {
            "type": "http",
            "method": "GET",
            "path": PATH,
            "query_string": b"",
            "headers": headers,
            "client": ("::1", 1),
        }
        await chat.appliance.doors(scope, self._receive, self._send)
        self.ended = True

    async def _receive(self) -> dict[str, Any]:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.moving.wait()
        assert message.get("status", 200) == 200
        self.came += message.get("body", b"")

    def look(self, model: Model, upto: int | None = None) -> None:
        """Look at what came (only at so many bytes of it) and check it against the model."""
        for event in self.parser.feed(bytes(self.came[:upto])):
            told = json.loads(event.data)
            number = int(told["id"].rpartition("-")[2])
            if told["kind"] == "message_posted":
                assert self.last_id is not None
                [text, *_] = model.after(self.place, self.groups)
                assert told["message"]["text"] == text
            elif told["kind"] == "reset":
                self.resets += 1
                assert self.resets == 1
                assert self.place < model.forgotten
            else:
                assert told["kind"] == "hello"
                assert self.last_id in (None, told["at_id"]) or self.place < model.forgotten
                if self.last_id is not None:
                    continue  # whoever comes back is where they were until they hear more
            self.place, self.last_id = number, told["id"]
        self.came.clear()


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


@dataclass
class Run:
    """One run of a schedule: the server, its tabs, and what they should see."""

    ready: Ready
    folder: Path
    nursery: trio.Nursery
    run_sync: Dawdling
    model: Model = field(default_factory=Model)
    tabs: list[Tab] = field(default_factory=lambda: [Tab(name, groups) for name, groups in READERS])
    stop: trio.Event = field(default_factory=trio.Event)

    async def serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        self.stop = trio.Event()
        async with self.ready.opened(self.folder, run_sync=self.run_sync) as (self.chat, self.people):
            task_status.started()
            await self.stop.wait()

    async def found(self) -> None:
        """Make the two groups, and open every tab."""
        await self.nursery.start(self.serve)
        ann, self.topics = self.people["ann"], []
        for group in (0, 1):
            made = await ann.create_group(f"Group {group}", "private")
            self.topics.append(made["default_topic_id"])
            for name in {name for name, groups in READERS if group in groups}:
                await ann.call("PUT", f"/groups/{made['id']}/members/{name}", {"role": "member"})
        self.model.last = await self.chat.appliance.app.store.read(log.last_number)
        for number in range(len(self.tabs)):
            await self.come_back(number)

    async def post(self, group: int, count: int) -> None:
        """Several messages at once, in whichever order they are committed."""
        said: list[tuple[int, str]] = []

        async def say(number: int) -> None:
            text = f"{len(self.model.said)} + {number} \N{EYES}"
            message = await self.people["ann"].post(self.topics[group], text)
            said.append((message["id"], text))

        async with trio.open_nursery() as nursery:
            for number in range(count):
                nursery.start_soon(say, number)
        for _, text in sorted(said):
            self.model.say(group, text)

    async def cut(self, number: int, upto: int) -> None:
        """The connection breaks: of what came, only the first bytes arrive."""
        tab = self.tabs[number]
        await self._settle()
        tab.look(self.model, upto)
        tab.hung_up.set()
        tab.moving.set()
        await self._settle()
        assert tab.ended
        tab.came.clear()

    async def come_back(self, number: int) -> None:
        await self._settle()
        self._open(number)
        await self._settle()

    async def come_back_amid(self, number: int, count: int) -> None:
        """Subscribe while messages are being committed."""
        await self._settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.post, 0, count)
            self._open(number)
        await self._settle()

    def _open(self, number: int) -> None:
        tab = self.tabs[number]
        if tab.ended:
            tab.look(self.model)
            self.nursery.start_soon(tab.read, self.chat, self.people[tab.member])

    async def stall(self, number: int) -> None:
        tab = self.tabs[number]
        if not tab.ended and tab.moving.is_set():
            tab.moving = trio.Event()

    async def go_on(self, number: int) -> None:
        self.tabs[number].moving.set()
        await self._settle()

    async def restart(self, upto: int) -> None:
        for number in range(len(self.tabs)):
            await self.cut(number, upto)
        self.stop.set()
        await self._settle()
        await self.nursery.start(self.serve)

    async def trim(self) -> None:
        for tab in self.tabs:  # what came before it was forgotten is as it was
            tab.look(self.model)
        await self.chat.appliance.app.store.write(log.trim, before=2**53, limit=10_000)
        self.model.forgotten = self.model.last

    async def finish(self) -> None:
        """Everybody comes back and has seen everything."""
        for number, tab in enumerate(self.tabs):
            await self.go_on(number)
            await self.come_back(number)
            await self._settle()
            tab.look(self.model)
            assert self.model.after(tab.place, tab.groups) == []
            assert not tab.ended
        assert await self.chat.appliance.app.store.read(log.last_number) == self.model.last
        for number in range(len(self.tabs)):
            await self.cut(number, 0)
        assert self.chat.appliance.app.hub.statistics().streams == 0
        self.stop.set()

    async def _settle(self) -> None:
        await trio.testing.wait_all_tasks_blocked()


@asynccontextmanager
async def begun(ready: Ready, pauses: list[int]) -> AsyncIterator[Run]:
    with tempfile.TemporaryDirectory(prefix="convore-tests-") as parent:
        folder = Path(parent) / "chat"
        shutil.copytree(ready.folder, folder)
        async with trio.open_nursery() as nursery:
            run = Run(ready, folder, nursery, Dawdling(pauses))
            await run.found()
            yield run
            await run.finish()


async def go_through(ready: Ready, schedule: list[tuple[Any, ...]], pauses: list[int]) -> None:
    async with begun(ready, pauses) as run:
        for step, *rest in schedule:
            await getattr(run, step)(*rest)


KNOWN: list[list[tuple[Any, ...]]] = [
    [("post", 0, 3), ("cut", 0, 700), ("post", 1, 3), ("come_back", 0)],
    [("post", 0, 2), ("restart", 900), ("come_back_amid", 0, 5), ("come_back_amid", 2, 5)],
    [("post", 0, 2), ("cut", 0, 0), ("post", 0, 2), ("trim",), ("post", 0, 2), ("come_back", 0)],
    [("post", 0, 1), ("stall", 0), *[("post", 0, 5)] * 5, ("cut", 0, 1500), ("come_back", 0)],
    [("stall", 1), *[("post", 1, 5)] * 5, ("trim",), ("go_on", 1), ("post", 0, 1), ("come_back", 1)],
]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little queues and pages, so that they are full soon."""
    monkeypatch.setattr(outlet, "LONGEST_QUEUE", 6000)
    monkeypatch.setattr(chapter, "PAGE", 4)
    monkeypatch.setattr("convore_lite.hub.HOLD", 3)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("schedule", KNOWN)
async def test_known_schedules(ready: Ready, schedule: list[tuple[Any, ...]]) -> None:
    for pauses in ([0], [1, 0, 7], [30, 0, 0, 2]):
        await go_through(ready, schedule, pauses)


@pytest.mark.usefixtures("small")
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(steps, min_size=3, max_size=16), st.lists(st.sampled_from([0, 0, 1, 3, 10, 40]), min_size=1, max_size=7)
)
def test_every_schedule(ready: Ready, schedule: list[tuple[Any, ...]], pauses: list[int]) -> None:
    trio.run(go_through, ready, schedule, pauses)
