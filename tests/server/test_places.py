"""When every place is taken: who only waits makes room, who has a request open stays, and a newcomer is told when to come back."""

from __future__ import annotations

import resource

import pytest
import trio

from convore_lite.server import places

from . import apps
from .hostile import get
from .peers import SOON, ask, in_use, is_back_at, read_until

FULL = 3


@pytest.fixture
def lines(caplog):
    """The messages logged so far."""
    return lambda: [record.getMessage() for record in caplog.records]


async def idle(server) -> trio.SocketStream:
    """A connection that has been answered and is kept."""
    stream = await server.connect()
    await stream.send_all(get())
    assert (await read_until(stream, b"hello")).startswith(b"HTTP/1.1 200")
    return stream


async def listening(server) -> trio.SocketStream:
    """A connection with a request that stays open."""
    stream = await server.connect()
    await stream.send_all(get(b"/beats"))
    assert (await read_until(stream, b":")).startswith(b"HTTP/1.1 200")
    return stream


async def is_closed(stream: trio.SocketStream) -> bool:
    with trio.fail_after(SOON):
        return await stream.receive_some() == b""


async def is_kept(stream: trio.SocketStream) -> bool:
    await stream.send_all(get())
    return (await read_until(stream, b"hello")).endswith(b"hello")


async def test_idle_connections_make_room_the_oldest_first(start, lines):
    server = await start(places=FULL)
    first, second, third = [await idle(server) for _ in range(FULL)]
    async with first, second, third, await idle(server) as fourth:
        assert await is_closed(first)
        async with await idle(server) as fifth:
            assert await is_closed(second)
            for kept in (third, fourth, fifth):
                assert await is_kept(kept)
    assert lines() == ["Idle connections are closed: all 3 places are taken."]


async def test_the_beginning_of_a_head_is_no_open_request(start):
    """Otherwise three who never finish theirs would keep everybody out."""
    server = await start(places=FULL)
    silent = [await server.connect() for _ in range(FULL)]
    for stream in silent:
        await stream.send_all(b"GET / HT")
    served = [await idle(server) for _ in range(FULL)]
    for stream in silent:
        assert await is_closed(stream)
    for stream in served:
        assert await is_kept(stream)
    for stream in (*silent, *served):
        await stream.aclose()


async def test_an_open_request_never_makes_room(start):
    server = await start(places=FULL)
    async with await listening(server) as oldest, await idle(server) as middle, await listening(server) as youngest:
        for _ in range(2 * FULL):
            assert await server.greets()
        assert await is_closed(middle)
        for stream in (oldest, youngest):
            assert await read_until(stream, b":")


async def test_a_newcomer_is_refused_while_all_are_busy(start, lines):
    server = await start(places=FULL)
    before = in_use()
    busy = [await listening(server) for _ in range(FULL)]
    for _ in range(20):
        async with await server.connect() as newcomer:
            answer = await ask(newcomer, get())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"\r\nRetry-After: 10" in head
        assert b"\r\nContent-Length: 0" in head
        assert body == b""
    assert lines() == ["New connections are refused: all 3 places are taken."]
    for stream in busy:
        assert await read_until(stream, b":")
        await stream.aclose()
    assert await is_back_at(before)
    for _ in range(2 * FULL):
        assert await server.greets()


async def test_a_newcomer_who_says_nothing_is_not_waited_for(start, monkeypatch):
    monkeypatch.setattr(places, "REFUSAL_TIME", 0.05)
    server = await start(places=1)
    async with await listening(server):
        before = in_use()
        async with await server.connect() as newcomer:
            assert await is_closed(newcomer)
        assert await is_back_at(before)


async def test_over_tls_a_newcomer_is_refused_without_a_handshake(start, certificate, tls_client):
    server = await start(places=1, tls=certificate)
    empty = in_use()
    busy = await tls_client(server)
    await busy.send_all(get(b"/beats"))
    await read_until(busy, b":")
    before = in_use()
    async with await server.connect() as newcomer:
        assert await is_closed(newcomer)
    assert await is_back_at(before)
    assert await read_until(busy, b":")
    await trio.aclose_forcefully(busy)
    assert await is_back_at(empty)
    assert await server.greets()


async def test_who_has_made_room_is_still_there_for_the_stop(start):
    """A connection that makes room is no longer counted, but it is waited for and cut off as the others are."""
    server = await start(apps.app, places=1)
    streams = [await idle(server) for _ in range(10)]
    server.stop.set()
    with trio.fail_after(SOON):
        await server.ended.wait()
    for stream in streams:
        assert await is_closed(stream)
        await stream.aclose()


@pytest.mark.parametrize(
    ("soft", "hard", "then"),
    [
        (1024, 4096, 4096),
        (4096, 4096, 4096),
        (1024, 1 << 30, places.MOST_DESCRIPTORS),
        (1024, resource.RLIM_INFINITY, places.MOST_DESCRIPTORS),
        (1 << 29, 1 << 30, 1 << 29),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_the_limit_of_descriptors_is_raised_as_far_as_is_allowed_and_useful(monkeypatch, soft, hard, then):
    limits = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda which, pair: limits.append(pair))
    assert places.raise_descriptor_limit() == (then or places.MOST_DESCRIPTORS)
    assert limits[-1] == (soft if then is None else then, hard)


def test_this_process_has_the_descriptors_it_was_told():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        raised = places.raise_descriptor_limit()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert raised == soft or soft == resource.RLIM_INFINITY
        assert hard == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
