"""A reader with a hand on the tap: one live stream by either way out, which flows, stands still, or breaks at any byte.

The fast way out writes to a `Wire`, a connection made of memory: it takes as many bytes at a time as the test says, and so
everything happens in one deterministic run.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from math import inf
from types import SimpleNamespace
from typing import Any

import h11
import pytest
import trio

from convore_lite.routes.live import socket_outlet
from convore_lite.server import current_stream
from convore_lite.testing.streams import PATH
from convore_lite.words import sse

Doors = Callable[..., Awaitable[None]]
# As the server's own: a peer that leaves bytes unread for so long is given up.
WRITE_TIMEOUT = 30


class Tap:
    """One stream. What has left for its reader can be drained; while it stands still, nothing leaves."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.status = 0
        self.ended = False
        self._hung_up = trio.Event()

    async def run(self, doors: Doors) -> None:
        """Until the server ends the stream, or the reader hangs up."""
        scope = {
            "type": "http",
            "method": "GET",
            "http_version": "1.1",
            "path": PATH,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in self._headers.items()],
            "client": ("::1", 1),
        }
        await doors(scope, self._receive, self._send)
        self.ended = True

    def stall(self) -> None:
        raise NotImplementedError

    def go_on(self) -> None:
        raise NotImplementedError

    def drain(self, upto: int | None = None) -> bytes:
        """The body that came since the last time; with *upto* only so many bytes of it, the others are lost."""
        raise NotImplementedError

    @property
    def is_moving(self) -> bool:
        raise NotImplementedError

    def hang_up(self) -> None:
        self._hung_up.set()
        self.go_on()

    async def _receive(self) -> dict[str, Any]:
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        raise NotImplementedError


class PlainTap(Tap):
    """By ASGI's `send`: what it was given has left; while the tap stands still it does not return."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self._came = bytearray()
        self._moving = trio.Event()
        self._moving.set()

    def stall(self) -> None:
        if self._moving.is_set():
            self._moving = trio.Event()

    def go_on(self) -> None:
        self._moving.set()

    @property
    def is_moving(self) -> bool:
        return self._moving.is_set()

    def drain(self, upto: int | None = None) -> bytes:
        came = bytes(self._came[:upto])
        self._came.clear()
        return came

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self._came += message.get("body", b"")
        await self._moving.wait()


class Wire:
    """Stands for a connection, its socket and its descriptor. It takes *room* more bytes, in bites of these sizes."""

    family = socket.AF_INET

    def __init__(self, bites: Iterable[float] = (inf,), on_close: Callable[[], None] = lambda: None) -> None:
        self.socket = self
        self.left = bytearray()
        self.room: float = inf
        self.closed = False
        self.was_reset = False
        self.writes = 0
        self._on_close = on_close
        self._bites = itertools.cycle(bites)
        self._waiting = trio.lowlevel.ParkingLot()

    def fileno(self) -> Wire:
        return self

    def setsockopt(self, level: int, option: int, value: bytes) -> None:
        assert (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER)
        self.was_reset = True

    def close(self) -> None:
        self.closed = True
        self._on_close()
        self._waiting.unpark_all()

    def give_room(self, room: float) -> None:
        self.room = room
        self._waiting.unpark_all()

    def write(self, data: bytes) -> int:
        if self.closed:
            raise OSError(errno.EBADF, "closed")
        if not self.room:
            raise BlockingIOError
        taken = int(min(len(data), self.room, next(self._bites)))
        self.left += data[:taken]
        self.room -= taken
        self.writes += 1
        return taken

    async def wait_writable(self) -> None:
        await trio.lowlevel.checkpoint()
        while not self.room and not self.closed:
            await self._waiting.park()
        if self.closed:
            raise trio.ClosedResourceError


class WireTap(Tap):
    """Past the server, to a wire; the response's beginning and end go there as the server would write them."""

    def __init__(self, headers: Mapping[str, str], bites: Iterable[float] = (inf,)) -> None:
        super().__init__(headers)
        self.wire = Wire(bites, on_close=self._hung_up.set)
        self.body = ChunkedBody()
        self._is_whole = False

    async def run(self, doors: Doors) -> None:
        current_stream.set(self.wire)  # type: ignore[arg-type]
        await super().run(doors)
        if not self._is_whole:  # as the server does with an answer that has no end
            self.wire.close()

    def stall(self) -> None:
        self.wire.room = 0

    def go_on(self) -> None:
        self.wire.give_room(inf)

    @property
    def is_moving(self) -> bool:
        return self.wire.room > 0

    def drain(self, upto: int | None = None) -> bytes:
        came = bytes(self.wire.left[:upto])
        self.wire.left.clear()
        return self.body.feed(came)

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        if message["type"] == "http.response.body":
            more = message.get("more_body", False)
            data = sse.chunk(message["body"]) if message["body"] else b""
            await self._write(data + (b"" if more else b"0\r\n\r\n"))
            self._is_whole = not more

    async def _write(self, data: bytes) -> None:
        # Shielded and with its own end, as in the server.
        with trio.CancelScope(shield=True), trio.move_on_after(WRITE_TIMEOUT) as patience:
            try:
                while data:
                    await self.wire.wait_writable()
                    data = data[self.wire.write(data) :]
            except (OSError, trio.ClosedResourceError):
                return
        if patience.cancelled_caught:
            self.wire.close()


class ChunkedBody:
    """Takes the chunks of an HTTP/1.1 body apart, by h11's rules. Raises h11.RemoteProtocolError for a broken one."""

    def __init__(self) -> None:
        self.whole = False
        self._parser = h11.Connection(h11.CLIENT)
        self._parser.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
        self._parser.send(h11.EndOfMessage())
        self._parser.receive_data(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        assert isinstance(self._parser.next_event(), h11.Response)

    def feed(self, data: bytes) -> bytes:
        if data:
            assert not self.whole, "more after the end"
            self._parser.receive_data(data)
        body = b""
        while not self.whole:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                break
            if isinstance(event, h11.Data):
                body += event.data
            self.whole = isinstance(event, h11.EndOfMessage)
        return body


def allow_wires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fast way out write to wires as well as to sockets."""
    wait_writable = trio.lowlevel.wait_writable

    async def wait(where: Any) -> None:
        await (where.wait_writable() if isinstance(where, Wire) else wait_writable(where))

    def write(where: Any, data: bytes) -> int:
        return where.write(data) if isinstance(where, Wire) else os.write(where, data)

    def writev(where: Any, pieces: list[bytes]) -> int:
        assert len(pieces) <= 1024, "more than the system takes at once"
        return where.write(b"".join(pieces)) if isinstance(where, Wire) else os.writev(where, pieces)

    monkeypatch.setattr(socket_outlet, "os", SimpleNamespace(write=write, writev=writev))
    monkeypatch.setattr(trio.lowlevel, "wait_writable", wait)
