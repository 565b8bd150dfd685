"""Connections leave no cycles behind, so that Python's full garbage collections can wait for a quiet hour."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from convore_lite import garbage
from convore_lite.hub import Subscription
from convore_lite.routes.live.outlet import AsgiOutlet
from convore_lite.routes.live.socket_outlet import SocketOutlet
from convore_lite.routes.live.stream import Stream
from convore_lite.server.connection import Connection
from convore_lite.server.http1 import Http1
from convore_lite.server.requests import Request
from convore_lite.testing import Chat

from .conftest import open_served

OURS = (Connection, Http1, Request, Stream, SocketOutlet, AsgiOutlet, Subscription)
STREAMS = 20


@pytest.fixture
def settled() -> Iterator[None]:
    """The collector as the server has it, and afterwards as it was."""
    thresholds, debug, enabled = gc.get_threshold(), gc.get_debug(), gc.isenabled()
    garbage.settle()
    yield
    gc.set_debug(debug)
    gc.set_threshold(*thresholds)
    gc.garbage.clear()
    (gc.enable if enabled else gc.disable)()
    gc.unfreeze()


# By their type: isinstance asks the thing itself, which may be a proxy of something that is gone.
def left_behind() -> list[str]:
    """What of ours only a collection can free: found by one that keeps everything it would have freed."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    found = [type(thing).__name__ for thing in gc.garbage if issubclass(type(thing), OURS)]
    gc.set_debug(0)
    gc.garbage.clear()
    return found


def in_use() -> list[object]:
    return [thing for thing in gc.get_objects() if type(thing) is Connection]


async def open_and_close(chat: Chat) -> None:
    """Streams that end on both sides: half of them are left by their readers, and then the server ends the others."""
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    hub = chat.appliance.app.hub

    async def read(number: int, opened: trio.Event, task_status: trio.TaskStatus[None]) -> None:
        async with ann.live() as stream:
            task_status.started()
            await stream.next("message_posted")
            if number % 2:
                await opened.wait()

    ended = trio.Event()
    async with trio.open_nursery() as nursery:
        for number in range(STREAMS):
            await nursery.start(read, number, ended)
        assert hub.statistics().streams == STREAMS
        assert len(in_use()) >= STREAMS
        await ann.post(group["default_topic_id"], "hello")
        with trio.fail_after(20):
            while hub.statistics().streams > STREAMS // 2:
                await trio.testing.wait_all_tasks_blocked(0.005)
        hub.end_all()
        ended.set()
    await chat.close()


def test_cycles_are_found() -> None:
    """By this module's way of looking."""
    left_behind()  # of the tests before this one
    gc.disable()
    try:
        connection = object.__new__(Connection)
        connection._finished = connection  # type: ignore[assignment]
        del connection
        assert left_behind() == ["Connection"]
    finally:
        gc.enable()


async def test_connections_leave_none(settled: None, chat_folder, chat_settings) -> None:
    async with open_served(chat_folder, **chat_settings) as chat:
        left_behind()
        gc.disable()
        tasks = trio.lowlevel.current_statistics().tasks_living
        await open_and_close(chat)
        with trio.fail_after(20):
            while trio.lowlevel.current_statistics().tasks_living > tasks:
                await trio.testing.wait_all_tasks_blocked(0.005)
        assert in_use() == []
        assert left_behind() == []


def test_nothing_is_looked_at_before_it_settles(settled: None) -> None:
    garbage.hold_off()
    assert not gc.isenabled()
    garbage.settle()
    assert gc.isenabled()


def test_settling_makes_full_collections_rare(settled: None) -> None:
    assert gc.get_threshold() == (garbage.YOUNG, garbage.MIDDLE, garbage.OLD)
    assert gc.get_freeze_count() > 0


async def test_everything_is_looked_at_each_hour(settled: None, autojump_clock: trio.testing.MockClock) -> None:
    connection = object.__new__(Connection)
    connection._finished = connection  # type: ignore[assignment]
    del connection
    gc.disable()
    with trio.move_on_after(garbage.HOUR - 1):
        await garbage.collect_hourly()
    assert in_use() != []
    with trio.move_on_after(garbage.HOUR + 1):
        await garbage.collect_hourly()
    assert in_use() == []
