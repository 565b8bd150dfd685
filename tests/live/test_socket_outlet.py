"""The fast way out, on a real TCP connection with small buffers: whatever the peer takes, the body is whole and in order."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.hub import Hub
from convore_lite.routes.live import outlet, socket_outlet
from convore_lite.routes.live.pump import Pump
from convore_lite.routes.live.socket_outlet import SocketOutlet, writable_stream
from convore_lite.testing import SseParser
from convore_lite.words import sse
from convore_lite.words.events import Event, Revocation
from convore_lite.words.outgoing import Published, of_group

from .taps import ChunkedBody, WireTap, allow_wires

# The least that Linux lets a socket have.
TINY = 2048


def event(number: int, size: int = 200, *, group: int = 5) -> Event:
    payload = json.dumps({"number": number, "text": "x" * size}).encode()
    return Event(number, 0, "message_posted", payload, group)


def published(number: int, size: int = 200, *, group: int = 5) -> Published:
    return Published(event(number, size, group=group), "e")


@dataclass
class Line:
    """A stream on a connection, and the peer who reads it."""

    hub: Hub
    pump: Pump
    server: trio.SocketStream
    peer: trio.SocketStream
    outlet: SocketOutlet = field(init=False)
    gone: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    body: ChunkedBody = field(default_factory=ChunkedBody)
    parser: SseParser = field(default_factory=SseParser)
    heard: list[int] = field(default_factory=list)
    most_waiting: int = 0

    def __post_init__(self) -> None:
        self.outlet = SocketOutlet(self._send, self.server, self.pump)

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        with self.hub.subscribe(1, self.outlet, key=b"k") as subscription:
            self.hub.begin(subscription, groups={5, 6}, visiting=(), ignored=(), after=0)
            task_status.started()
            await self.outlet.run(self._receive)
        self.ended.set()

    def publish(self, *numbers: int, size: int = 200, group: int = 5) -> None:
        for number in numbers:
            self.hub.publish([event(number, size, group=group)])
            self.most_waiting = max(self.most_waiting, self.outlet.waiting)

    async def fill(self, size: int = 700) -> int:
        """Publish until the connection takes no more; the number of the last event."""
        number = 0
        while not self.outlet.blocked:
            number += 1
            self.publish(number, size=size)
            await trio.testing.wait_all_tasks_blocked(0.005)
        return number

    async def hear(self, until: int) -> None:
        """Read up to the event with this number."""
        with trio.fail_after(20):
            while until not in self.heard:
                data = await self.peer.receive_some(500)
                assert data, "the connection ended"
                self._understand(data)

    async def hear_all(self) -> bool:
        """Read to the end of the connection or of the response; was that end orderly?"""
        with trio.fail_after(20):
            try:
                while not self.body.whole and (data := await self.peer.receive_some(4096)):
                    self._understand(data)
            except trio.BrokenResourceError:
                return False
        return self.body.whole

    def _understand(self, data: bytes) -> None:
        for told in self.parser.feed(self.body.feed(data)):
            self.heard.append(json.loads(told.data)["number"])

    async def _receive(self) -> dict[str, Any]:
        """As the server does: who hangs up or is closed is noticed by reading."""
        try:
            while await self.server.receive_some(100):
                pass
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        self.gone.set()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        data = sse.chunk(message["body"]) if message["body"] else b""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self.server.send_all(data + (b"" if message["more_body"] else b"0\r\n\r\n"))


async def connected() -> tuple[trio.SocketStream, trio.SocketStream]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY)
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY)
        peer.connect(listener.getsockname())
        server, _ = listener.accept()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, TINY)
    return (
        trio.SocketStream(trio.socket.from_stdlib_socket(server)),
        trio.SocketStream(trio.socket.from_stdlib_socket(peer)),
    )


@asynccontextmanager
async def opened() -> AsyncIterator[Line]:
    """A line; at its end nothing is left of it: no subscription, no task."""
    hub, pump = Hub(), Pump()
    hub.epoch = "e"
    server, peer = await connected()
    async with trio.open_nursery() as nursery, server, peer:
        line = Line(hub, pump, server, peer)
        nursery.start_soon(pump.run)
        await nursery.start(line.run)
        tasks = trio.lowlevel.current_statistics().tasks_living
        yield line
        await peer.aclose()
        with trio.fail_after(20):
            await line.ended.wait()
            while trio.lowlevel.current_statistics().tasks_living >= tasks:
                await trio.testing.wait_all_tasks_blocked(0.005)
        statistics = hub.statistics()
        assert (statistics.streams, statistics.waiting_bytes) == (0, 0)
        assert not pump._ready
        nursery.cancel_scope.cancel()


async def test_events_come_as_chunks_in_order() -> None:
    async with opened() as line:
        for number in range(1, 50):
            line.publish(number, size=number * 7 % 300)
            await line.hear(number)
        assert line.heard == list(range(1, 50))
        assert line.outlet.waiting == 0


async def test_a_peer_who_reads_slowly_gets_everything_whole() -> None:
    """Of events larger than the connection's buffers, too."""
    for size in (10, 700, 30_000):
        async with opened() as line:
            last = await line.fill(size)
            line.publish(*range(last + 1, last + 5), size=size)
            assert line.outlet.waiting > 4 * size
            await line.hear(last + 4)
            assert line.heard == list(range(1, last + 5))
            await trio.testing.wait_all_tasks_blocked(0.005)
            assert (line.outlet.waiting, line.outlet.blocked) == (0, False)
            line.publish(last + 5)
            await line.hear(last + 5)


async def test_more_events_than_one_write_takes() -> None:
    async with opened() as line:
        last = await line.fill()
        many = last + socket_outlet.MOST_PIECES + 400
        line.publish(*range(last + 1, many + 1), size=0)
        assert len(line.outlet._queue) > socket_outlet.MOST_PIECES
        await line.hear(many)
        assert line.heard == list(range(1, many + 1))


async def test_one_who_falls_too_far_behind_is_cut_off() -> None:
    async with opened() as line:
        last = await line.fill()
        number = last
        while not line.outlet.dropped:
            number += 1
            line.publish(number, size=1000)
        assert 150_000 < line.most_waiting <= outlet.LONGEST_QUEUE
        assert line.outlet.waiting < 5000
        with trio.fail_after(20):
            await line.ended.wait()
        assert line.hub.statistics().dropped == 1
        assert not await line.hear_all()
        assert line.heard == list(range(1, len(line.heard) + 1))
        assert len(line.heard) <= last


async def test_one_who_takes_nothing_is_cut_off(patient: trio.testing.MockClock) -> None:
    async with opened() as line:
        await line.fill()
        patient.jump(outlet.STALLED - 1)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not line.ended.is_set()
        patient.jump(1)
        await line.ended.wait()
        assert line.hub.statistics().dropped == 1
        assert not await line.hear_all()


async def test_one_who_takes_a_little_is_not(patient: trio.testing.MockClock) -> None:
    async with opened() as line:
        last = await line.fill()
        for _ in range(4):
            line.publish(last + 1, last + 2, last + 3)
            last += 3
            patient.jump(outlet.STALLED - 1)
            await trio.testing.wait_all_tasks_blocked(0.01)
            await line.hear(last)
        assert not line.outlet.dropped
        assert line.heard == list(range(1, last + 1))


@pytest.fixture
def patient() -> trio.testing.MockClock:
    return trio.testing.MockClock()


@pytest.mark.parametrize("lawful", [True, False])
async def test_a_torn_event_of_a_group_that_was_left(lawful: bool) -> None:
    """Its other half never comes; and would, if nobody had left."""
    async with opened() as line:
        last = await line.fill(50_000)
        assert line.outlet._torn
        await trio.testing.wait_all_tasks_blocked(0.01)
        line.outlet.forget(of_group(6 if lawful else 5, before=last + 1))
        if lawful:
            await line.hear(last)
            assert line.heard == list(range(1, last + 1))
        else:
            with trio.fail_after(20):
                await line.ended.wait()
            assert not await line.hear_all()
            assert last not in line.heard


async def test_what_waits_of_another_group_is_not_forgotten() -> None:
    async with opened() as line:
        last = await line.fill()
        line.publish(last + 1, group=6)
        line.publish(last + 2, group=5)
        line.publish(last + 3, group=6)
        waiting = line.outlet.waiting
        line.outlet.forget(of_group(6, before=last + 3))
        assert line.outlet.waiting == waiting - len(published(last + 1, group=6).frame)
        await line.hear(last + 3)
        assert line.heard == [*range(1, last + 1), last + 2, last + 3]


async def test_signed_out_while_nothing_is_taken() -> None:
    async with opened() as line:
        last = await line.fill()
        line.publish(last + 1, last + 2)
        line.hub.publish([Revocation(1, b"k"), event(last + 3)])
        with trio.fail_after(20):
            await line.ended.wait()
        assert not await line.hear_all()
        assert set(line.heard) <= set(range(1, last + 1))


async def test_signed_out_while_all_is_taken() -> None:
    async with opened() as line:
        line.publish(1)
        await line.hear(1)
        line.hub.publish([event(2), Revocation(1), event(3)])
        assert await line.hear_all()
        assert line.heard == [1], "what is told in the same breath as the end does not come"
        assert line.parser.retry is not None


async def test_the_end_gives_what_waits() -> None:
    async with opened() as line:
        last = await line.fill()
        line.publish(last + 1, last + 2)
        line.hub.end_all()
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not line.ended.is_set()
        assert await line.hear_all()
        assert line.heard == list(range(1, last + 3))
        assert line.parser.retry is not None
        await line.ended.wait()
        await line.server.send_all(b"the next answer")
        assert await line.peer.receive_some(100) == b"the next answer"


@pytest.mark.parametrize("blocked", [True, False])
async def test_the_peer_leaves_in_the_middle(blocked: bool) -> None:
    async with opened() as line:
        last = await line.fill() if blocked else 0
        await line.peer.aclose()
        for number in range(last + 1, last + 4):
            line.publish(number)
            await trio.testing.wait_all_tasks_blocked(0.005)
        with trio.fail_after(20):
            await line.ended.wait()
        assert line.hub.statistics().dropped == 0


@pytest.mark.parametrize("blocked", [True, False])
async def test_the_server_closes_the_connection(blocked: bool) -> None:
    async with opened() as line:
        last = await line.fill() if blocked else 0
        line.publish(last + 1)
        line.server.socket.close()
        with trio.fail_after(20):
            await line.ended.wait()
        line.publish(last + 2)


@pytest.mark.parametrize("bite", range(1, 60))
async def test_a_short_write_at_any_byte(bite: int, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_wires(monkeypatch)
    tap, pump, hub = WireTap({}, [bite]), Pump(), Hub()
    outlet = SocketOutlet(tap._send, tap.wire, pump)  # type: ignore[arg-type]
    parser, heard = SseParser(), []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump.run)
        with hub.subscribe(1, outlet) as subscription:
            hub.begin(subscription, groups={5}, visiting=(), ignored=(), after=0)
            for number in range(1, 9):
                hub.publish([event(number, 3)])
                if number % 3 == 0:
                    await trio.testing.wait_all_tasks_blocked()
                    heard += parser.feed(tap.drain())
            hub.end_all()
            await outlet.run(tap._receive)
        nursery.cancel_scope.cancel()
    heard += parser.feed(tap.drain())
    assert [json.loads(told.data)["number"] for told in heard] == list(range(1, 9))
    assert tap.body.whole
    assert parser.retry is not None


async def test_only_http_1_1_on_plain_tcp_goes_past_the_server() -> None:
    server, peer = await connected()
    left, right = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
    async with server, peer, left, right:
        assert writable_stream({"http_version": "1.1"}, lambda: server) is server
        for version in ("1.0", "2"):
            assert writable_stream({"http_version": version}, lambda: server) is None
        assert writable_stream({"http_version": "1.1"}, lambda: left) is None, "a unix socket"
        assert writable_stream({"http_version": "1.1"}, lambda: None) is None, "TLS"
