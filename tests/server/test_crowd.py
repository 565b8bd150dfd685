"""Many who ask for the same at once: everybody else is answered meanwhile, and nothing is kept of those who do not wait."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from convore_lite.server import crowd
from convore_lite.server.crowd import AT_ONCE, Crowd

from . import apps
from .hostile import get
from .peers import SOON, ask, in_use, is_back_at, read_until, reset

HEAD = b"GET /live"
ONE_OF_MANY = get(b"/live", b"Connection: close")
MANY = 30


class Gate:
    """Whoever has a turn keeps it until the gate opens."""

    def __init__(self) -> None:
        self.at_it = 0
        self.opened = trio.Event()

    async def wait(self) -> None:
        self.at_it += 1
        await self.opened.wait()


@pytest.fixture
def gate(monkeypatch):
    """Stands in the way of every crowd; until it opens nobody but the first few has a turn."""
    gate = Gate()

    async def turn(self):
        async with self._turns:
            await gate.wait()

    monkeypatch.setattr(crowd.Crowd, "turn", turn)
    return gate


@pytest.fixture
def asked():
    return []


@pytest.fixture
def app(asked):
    async def app(scope, receive, send):
        asked.append(scope["path"])
        await apps.answer(send, b"hello")

    return app


async def come(server, number=MANY):
    """So many connections that have asked for what the crowd wants."""
    streams = [await server.connect() for _ in range(number)]
    for stream in streams:
        await stream.send_all(ONE_OF_MANY)
    return streams


async def at_the_gate(gate):
    with trio.fail_after(SOON):
        while gate.at_it < AT_ONCE:
            await trio.testing.wait_all_tasks_blocked(0.005)


async def test_others_are_answered_while_a_crowd_waits(start, app, asked, gate):
    server = await start(app, crowd=HEAD)
    streams = await come(server)
    await at_the_gate(gate)
    for path in (b"/", b"/liv", b"/news/live"):
        async with await server.connect() as stream:
            assert (await ask(stream, get(path, b"Connection: close"))).endswith(b"hello")
    assert asked == ["/", "/liv", "/news/live"]
    gate.opened.set()
    for stream in streams:
        assert (await read_until(stream, b"hello")).startswith(b"HTTP/1.1 200")
        await stream.aclose()
    assert asked[3:] == ["/live"] * MANY
    assert gate.at_it == MANY


async def test_without_a_head_there_is_no_crowd(start, app, gate):
    server = await start(app)
    for stream in await come(server, 2):
        assert (await read_until(stream, b"hello")).startswith(b"HTTP/1.1 200")
        await stream.aclose()
    assert gate.at_it == 0


async def test_a_stop_while_they_wait(start, app, gate):
    """None of them is waited for; the server need not cut anybody off."""
    server = await start(app, crowd=HEAD)
    before = in_use()
    streams = await come(server)
    await at_the_gate(gate)
    server.stop.set()
    with trio.fail_after(SOON):
        await server.ended.wait()
    for stream in streams:
        await stream.aclose()
    assert await is_back_at(before)


@pytest.mark.parametrize("leave", [trio.aclose_forcefully, reset], ids=["closes", "resets"])
async def test_those_who_leave_while_they_wait_leave_nothing(start, app, gate, leave):
    server = await start(app, crowd=HEAD)
    before = in_use()
    streams = await come(server)
    await at_the_gate(gate)
    for stream in streams:
        if leave is reset:
            reset(stream)
        else:
            await leave(stream)
    gate.opened.set()
    assert await is_back_at(before)
    assert await server.greets()


async def test_whoever_makes_room_while_they_wait_is_not_served(start, app, asked, gate):
    """They are no longer counted: served all the same, there would be more than there are places."""
    server = await start(app, crowd=HEAD, places=3)
    streams = await come(server, 3)
    await trio.testing.wait_all_tasks_blocked(0.005)
    async with await server.connect() as newcomer:
        await newcomer.send_all(get())
        await read_until(newcomer, b"hello")
        gate.opened.set()
        assert [await read_until(stream, b"hello") for stream in streams][0] == b""
    for stream in streams:
        await stream.aclose()
    assert asked == ["/", "/live", "/live"]


async def test_others_have_their_turn_between_those_of_a_crowd():
    many, order = Crowd(HEAD), []

    async def one():
        await many.turn()
        order.append("crowd")

    async def somebody_else():
        for _ in range(5):
            await trio.lowlevel.checkpoint()
        order.append("somebody else")

    async with trio.open_nursery() as nursery:
        for _ in range(20 * AT_ONCE):
            nursery.start_soon(one)
        nursery.start_soon(somebody_else)
    assert order.count("crowd") == 20 * AT_ONCE
    assert order.index("somebody else") <= 10 * AT_ONCE


async def test_all_of_a_crowd_are_answered(start, app, asked):
    server = await start(app, crowd=HEAD)
    for stream in await come(server):
        assert (await read_until(stream, b"hello")).startswith(b"HTTP/1.1 200")
        await stream.aclose()
    assert asked == ["/live"] * MANY
