"""Where a live stream's bytes leave: what waits for one reader, and two ways out.

Rule: a reader costs at most LONGEST_QUEUE bytes, and takes something every STALLED seconds. One that falls further behind is
dropped, and comes back with the id of the last event it has.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import trio

from ...hub import Reader
from ...words import sse
from ...words.outgoing import HEARTBEAT, Gone, Outgoing

# What may wait for one slow reader: some thousand events, and with 200 slow readers still only 50 MB.
LONGEST_QUEUE = 256 * 1024
# Who is typing is not worth telling to a reader for whom such a part of that waits already.
FAR_BEHIND = 1 / 4
# Bytes sent in one go. They can not be taken back from a reader who is cut off meanwhile.
PIECE = 64 * 1024
# A reader that takes nothing for this many seconds is gone.
STALLED = 30
# Milliseconds after which a reader comes back: some sooner, some later, so that after a restart not all knock at once.
PAUSE = (500, 5000)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


class Outlet(Reader, Protocol):
    """A stream's way out: a reader to the hub, and for the stream's own task a beginning and an end."""

    quiet_since: float

    def beat(self) -> None:
        """Say that the stream is still there. Never waits."""

    async def start(self, headers: Headers) -> None:
        """Begin the response, with 200."""

    async def send(self, chunk: bytes) -> None:
        """Send bytes before everything that is taken later."""

    async def run(self, receive: Receive) -> None:
        """Send what was taken, until the stream ends or its reader leaves."""


class Waiting:
    """What waits for one reader, oldest first; the part that both ways out have in common.

    `_stir` is called when there is something to do: bytes to send, or an end.
    """

    __slots__ = ("_ended", "_gone", "_queue", "_send", "dropped", "quiet_since", "waiting")

    def __init__(self, send: Send) -> None:
        self.waiting = 0
        self.dropped = False
        self.quiet_since = trio.current_time()
        self._send = send
        self._queue: list[Outgoing] = []
        self._ended = False
        # Takes nothing any more, not even a goodbye.
        self._gone = False

    def take(self, outgoing: Outgoing) -> None:
        """Queue something. A queue that is full ends the stream: what waits in it comes again when the reader comes back."""
        if self._ended:
            return
        waiting = self.waiting + len(outgoing.frame)
        if self.waiting and waiting > LONGEST_QUEUE * FAR_BEHIND and not self._has_room(outgoing, waiting):
            return
        self.waiting = waiting
        self._queue.append(outgoing)
        self._stir()

    def beat(self) -> None:
        if not self.waiting:
            self.take(HEARTBEAT)

    def forget(self, gone: Gone) -> None:
        """Drop what waits and its reader may not read any more. (What has left is on its way already.)"""
        if not self._queue:
            return
        self._queue = [out for out in self._queue if not gone(out)]
        self.waiting = sum(len(out.frame) for out in self._queue)

    def end(self) -> None:
        self._ended = True
        self._stir()

    def cut(self) -> None:
        self._queue.clear()
        self.waiting = 0
        self.end()

    async def start(self, headers: Headers) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send(self, chunk: bytes) -> None:
        """Send bytes now; to a reader who has stalled, nothing any more. A hang-up ends the stream, not this."""
        if chunk:
            await self._send_body(chunk, more=True)

    def _has_room(self, outgoing: Outgoing, waiting: int) -> bool:
        if outgoing.number and waiting > LONGEST_QUEUE:
            self._drop()
        return outgoing.number > 0 and not self._ended

    def _drop(self) -> None:
        if not self._ended:
            self.dropped = True
            self.cut()

    def _stir(self) -> None:
        raise NotImplementedError

    async def _say_goodbye(self) -> None:
        await self.send(goodbye_frame())
        await self._send_body(b"", more=False)

    async def _send_body(self, chunk: bytes, *, more: bool) -> None:
        if self._gone:
            return
        with trio.move_on_after(STALLED) as patience:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        self.quiet_since = trio.current_time()
        if patience.cancelled_caught:
            self._gone = True
            self._drop()


class AsgiOutlet(Waiting):
    """A stream's way out through ASGI's `send`: works for every server, for TLS, HTTP/2, unix sockets and tests."""

    __slots__ = ("_wake",)

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        self._wake = trio.Event()

    async def run(self, receive: Receive) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._send_all, nursery.cancel_scope)
            await until_disconnect(receive)
            nursery.cancel_scope.cancel()

    def _stir(self) -> None:
        self._wake.set()

    def _take_piece(self) -> bytes:
        """What is sent in one go, and can not be taken back."""
        piece, count = b"", 0
        for out in self._queue:
            if piece and len(piece) + len(out.frame) > PIECE:
                break
            piece += out.frame
            count += 1
        del self._queue[:count]
        self.waiting -= len(piece)
        return piece

    async def _send_all(self, stream: trio.CancelScope) -> None:
        while self._queue or not self._ended:
            await self._wake.wait()
            self._wake = trio.Event()
            while self._queue:
                await self.send(self._take_piece())
        await self._say_goodbye()
        stream.cancel()


def goodbye_frame() -> bytes:
    """Tells a reader when to come back."""
    return sse.retry(random.randint(*PAUSE))


async def until_disconnect(receive: Receive) -> None:
    """Return when the reader hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass
