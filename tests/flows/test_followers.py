"""Followers of the event log: they hear of everything, also after a crash, and a bad one does not keep the others from them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
import trio.testing

from convore_lite.actions import App, followers
from convore_lite.actions.followers import Follower, follow
from convore_lite.actions.upkeep import trim_events
from convore_lite.store import cursors, log
from convore_lite.testing import Chat
from convore_lite.testing.chat import open_chat
from convore_lite.words.errors import DiskFull
from convore_lite.words.events import Event, MessageDeleted, MessageEdited, MessagePosted


class Reader(Follower):
    """Keeps what it heard; *trouble* is raised for what comes to an event of that number."""

    name = "reader"
    kinds = (MessagePosted, MessageDeleted)

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self.heard: list[int] = []
        self.batches: list[int] = []
        self.kept: list[int] = []
        self.started_over = 0
        self.trouble: dict[int, Exception] = {}
        self.tries = 0
        self.gate = trio.Event()
        self.gate.set()

    async def take(self, events: Sequence[Event]) -> None:
        await self.gate.wait()
        for event in events:
            if event.number in self.trouble:
                self.tries += 1
                raise self.trouble[event.number]
        self.batches.append(len(events))
        self.heard += [event.number for event in events]

    async def start_over(self) -> None:
        self.started_over += 1

    async def keep_place(self, number: int) -> None:
        self.kept.append(number)
        await super().keep_place(number)


async def numbers(app: App, *kinds: str) -> list[int]:
    return [event.number for event in await app.store.read(log.after, 0, limit=10_000) if event.kind in kinds]


async def settled(app: App, number: int, name: str = "reader") -> None:
    """Wait until the follower's place is at least there."""
    with trio.fail_after(10):
        while (await app.store.read(cursors.find, name) or 0) < number:
            await trio.testing.wait_all_tasks_blocked(0.001)


async def test_it_hears_of_what_it_asked_for_in_order(chat: Chat) -> None:
    app, ann = chat.appliance.app, await chat.member("ann")
    group = await ann.create_group("Home lab")
    reader = Reader(app)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, reader)
        await settled(app, 1)
        # The first time there is no place to go on from.
        assert reader.started_over == 1
        said = [await ann.post(group["default_topic_id"], f"number {number}") for number in range(3)]
        await ann.call("PATCH", f"/messages/{said[1]['id']}", {"text": "changed"})
        await ann.call("DELETE", f"/messages/{said[2]['id']}")
        last = (await numbers(app, MessageDeleted.kind))[-1]
        await settled(app, last)
        nursery.cancel_scope.cancel()
    assert reader.heard == sorted(reader.heard)
    assert set(reader.heard) >= set(await numbers(app, MessagePosted.kind, MessageDeleted.kind))
    assert not set(reader.heard) & set(await numbers(app, MessageEdited.kind))


async def test_it_goes_on_where_it_was(chat_folder: Path) -> None:
    """Killed before it was done with a batch, it gets that batch again, and what came while nobody followed."""
    async with open_chat(chat_folder) as chat, trio.open_nursery() as nursery:
        ann = await chat.member("ann")
        group = await ann.create_group("Home lab")
        reader = Reader(chat.appliance.app)
        nursery.start_soon(follow, reader)
        await settled(reader.app, 1)
        await ann.post(group["default_topic_id"], "done")
        [done] = await numbers(reader.app, MessagePosted.kind)
        await settled(reader.app, done)
        reader.gate = trio.Event()
        await ann.post(group["default_topic_id"], "not done")
        nursery.cancel_scope.cancel()
    async with open_chat(chat_folder) as chat, trio.open_nursery() as nursery:
        reader = Reader(chat.appliance.app)
        missed = (await numbers(reader.app, MessagePosted.kind))[1:]
        assert len(missed) == 1
        nursery.start_soon(follow, reader)
        await settled(reader.app, missed[-1])
        nursery.cancel_scope.cancel()
    assert reader.heard == missed
    assert reader.started_over == 0


async def test_what_is_many_comes_in_batches(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "BATCH", 4)
    app, ann = chat.appliance.app, await chat.member("ann")
    group = await ann.create_group("Home lab")
    await app.store.write(cursors.put, "reader", 0)
    for number in range(10):
        await ann.post(group["default_topic_id"], f"number {number}")
    reader, posted = Reader(app), await numbers(app, MessagePosted.kind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, reader)
        await settled(app, posted[-1])
        nursery.cancel_scope.cancel()
    assert reader.heard == posted
    assert reader.batches == [4, 4, 2]


async def test_it_lets_others_go_first(chat: Chat) -> None:
    """What is said in quick succession is handled together."""
    app, ann = chat.appliance.app, await chat.member("ann")
    group = await ann.create_group("Home lab")
    reader = Reader(app)
    reader.pace = 0.5
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, reader)
        await settled(app, await app.store.read(log.last_number))
        await trio.testing.wait_all_tasks_blocked(0.01)
        for number in range(3):
            await ann.post(group["default_topic_id"], f"number {number}")
        await settled(app, await app.store.read(log.last_number))
        nursery.cancel_scope.cancel()
    assert len(reader.heard) == 3
    assert len(reader.batches) == 1


async def test_its_place_is_kept_in_a_lull(chat: Chat) -> None:
    """Where it does not mind hearing of more again: nothing is written while much is said."""
    app, ann = chat.appliance.app, await chat.member("ann")
    group = await ann.create_group("Home lab")
    await app.store.write(cursors.put, "reader", 0)
    reader = Reader(app)
    reader.lull = 3600
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, reader)
        for number in range(5):
            await ann.post(group["default_topic_id"], f"number {number}")
        posted = await numbers(app, MessagePosted.kind)
        with trio.fail_after(10):
            while reader.heard != posted:
                await trio.testing.wait_all_tasks_blocked(0.001)
        assert reader.kept == []
        reader.lull = 0.01
        await ann.post(group["default_topic_id"], "and then nothing")
        last = (await numbers(app, MessagePosted.kind))[-1]
        await settled(app, last)
        nursery.cancel_scope.cancel()
    assert reader.kept[-1] >= last


async def test_a_bad_one_is_passed_over(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    app, ann = chat.appliance.app, await chat.member("ann")
    group = await ann.create_group("Home lab")
    await app.store.write(cursors.put, "reader", 0)
    for number in range(5):
        await ann.post(group["default_topic_id"], f"number {number}")
    reader, posted = Reader(app), await numbers(app, MessagePosted.kind)
    reader.trouble[posted[2]] = ValueError("said in private")
    with caplog.at_level(logging.WARNING, logger="convore_lite.followers"):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow, reader)
            await settled(app, posted[-1])
            nursery.cancel_scope.cancel()
    assert reader.heard == posted[:2] + posted[3:]
    assert caplog.messages == [f"The follower reader passed over event {posted[2]}: ValueError."]


async def test_a_full_disk_is_waited_for(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    app, ann = patient_chat.appliance.app, await patient_chat.member("ann")
    group = await ann.create_group("Home lab")
    await app.store.write(cursors.put, "reader", 0)
    await ann.post(group["default_topic_id"], "hello")
    reader = Reader(app)
    [posted] = await numbers(app, MessagePosted.kind)
    reader.trouble[posted] = ExceptionGroup("in a nursery", [DiskFull()])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, reader)
        while reader.tries < 3:
            await trio.sleep(followers.PAUSE)
        assert reader.heard == []
        reader.trouble.clear()
        await trio.sleep(2 * followers.PAUSE)
        await settled(app, posted)
        nursery.cancel_scope.cancel()
    assert reader.heard == [posted]


@pytest.mark.parametrize("place", ["trimmed away", "from a future"])
async def test_what_is_missing_is_made_up_for(chat_folder: Path, place: str) -> None:
    clock = [1_000_000_000_000]
    async with open_chat(chat_folder, now=lambda: clock[0]) as chat:
        app, ann = chat.appliance.app, await chat.member("ann")
        group = await ann.create_group("Home lab")
        await ann.post(group["default_topic_id"], "long ago")
        if place == "trimmed away":
            await app.store.write(cursors.put, "reader", 1)
            clock[0] += 100 * 24 * 3600 * 1000
            assert await trim_events(app) > 2
        else:
            await app.store.write(cursors.put, "reader", 10_000)
        reader = Reader(app)
        last = await app.store.read(log.last_number)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow, reader)
            with trio.fail_after(10):
                while await app.store.read(cursors.find, "reader") != last:
                    await trio.testing.wait_all_tasks_blocked(0.001)
            assert (reader.started_over, reader.heard) == (1, [])
            await ann.post(group["default_topic_id"], "today")
            await settled(app, last + 1)
            nursery.cancel_scope.cancel()
        assert reader.heard == (await numbers(app, MessagePosted.kind))[-1:]


async def test_what_it_did_not_ask_for_is_noted_now_and_then(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each post of others is no reason for a commit, but a long way is."""
    monkeypatch.setattr(followers, "FAR", 5)
    app, ann = chat.appliance.app, await chat.member("ann")
    group = await ann.create_group("Home lab")
    said = await ann.post(group["default_topic_id"], "hello")
    start = await app.store.read(log.last_number)
    await app.store.write(cursors.put, "reader", start)
    reader = Reader(app)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, reader)
        for number in range(3):
            await ann.call("PATCH", f"/messages/{said['id']}", {"text": f"number {number}"})
            await trio.testing.wait_all_tasks_blocked(0.01)
        assert await app.store.read(cursors.find, "reader") == start
        for number in range(3):
            await ann.call("PATCH", f"/messages/{said['id']}", {"text": f"again {number}"})
        await settled(app, start + 5)
        nursery.cancel_scope.cancel()
    assert reader.heard == []
