"""Between a commit and its publication anybody may look into the database. Whoever begins to listen there hears each event once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.store import Store, in_thread
from convore_lite.testing import Chat, open_chat

MEANWHILE = "SELECT 1 FROM messages WHERE text = 'meanwhile'"


class Late:
    """Runs work in threads. Of the commit that makes what is *held* nobody is told yet; others, of the server itself, go on."""

    def __init__(self) -> None:
        self.go_on, self.committed = trio.Event(), trio.Event()
        self._is_there: Callable[[], Awaitable[bool]] | None = None

    def hold(self, chat: Chat, query: str) -> None:
        """What finds something for *query*."""

        async def is_there() -> bool:
            return bool(await chat.appliance.app.store.read(lambda conn: conn.execute(query).fetchone()))

        self._is_there = is_there

    async def __call__(self, function: Any, *args: Any, limiter: trio.CapacityLimiter | None = None) -> Any:
        result = await in_thread(function, *args, limiter=limiter)
        if getattr(function, "__func__", None) is Store._commit and self._is_there and await self._is_there():
            self.committed.set()
            await self.go_on.wait()
        return result


@pytest.fixture
async def late() -> Late:
    return Late()


@pytest.fixture
async def chat(chat_folder: Path, late: Late) -> AsyncIterator[Chat]:
    async with open_chat(chat_folder, run_sync=late) as opened:
        yield opened


async def test_a_stream_that_comes_back_hears_it_once(chat: Chat, late: Late) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    async with ann.live() as stream:
        await ann.post(topic, "before")
        await stream.next("message_posted")
        place = stream.last_id
    late.hold(chat, MEANWHILE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ann.post, topic, "meanwhile")
        await late.committed.wait()
        async with ann.live(place) as stream:
            assert (await stream.next("message_posted"))["message"]["text"] == "meanwhile"
            late.go_on.set()
            await ann.post(topic, "after")
            assert (await stream.next("message_posted"))["message"]["text"] == "after"


async def test_a_new_stream_begins_after_it(chat: Chat, late: Late) -> None:
    """Its hello says where it begins; what it gets lies after that."""
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    late.hold(chat, MEANWHILE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ann.post, topic, "meanwhile")
        await late.committed.wait()
        async with ann.live() as stream:
            late.go_on.set()
            await ann.post(topic, "after")
            event = await stream.next("message_posted")
    assert event["message"]["text"] == "after"
    assert number(event["id"]) > number(stream.hello["at_id"])


async def test_whoever_is_taken_in_meanwhile_is_in(chat: Chat, late: Late) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    late.hold(chat, f"SELECT 1 FROM memberships WHERE user_id = {bob.id}")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bob.join, group["id"])
        await late.committed.wait()
        async with bob.live() as stream:
            late.go_on.set()
            await ann.post(group["default_topic_id"], "welcome")
            assert (await stream.next())["kind"] == "message_posted"


def number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])
