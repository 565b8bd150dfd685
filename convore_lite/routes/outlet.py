"""Where a live stream's bytes leave: one small interface, so that a faster way out can take this one's place.

Rule: a reader costs at most LONGEST_QUEUE bytes. One that falls further behind is dropped, and comes back with the id of the
last event it has.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import trio

from ..hub import Published
from ..words import sse

# What may wait for one slow reader: some thousand events, and with 200 slow readers still only 50 MB.
LONGEST_QUEUE = 256 * 1024
# A reader that takes nothing for this long is gone.
STALLED = 30
# Milliseconds after which a reader comes back: some sooner, some later, so that after a restart not all knock at once.
PAUSE = (500, 5000)


class Outlet(Protocol):
    """A stream's way out. `take` and `end` are the hub's side and never wait; the rest is for the stream's own task."""

    def take(self, published: Published) -> None: ...

    def forget(self, group_id: int, before: int) -> None: ...

    def end(self) -> None: ...

    def cut(self) -> None: ...

    async def start(self, status: int, headers: Mapping[str, str]) -> None: ...

    async def send(self, chunk: bytes) -> None: ...

    async def run(self, *, heartbeat: float) -> None: ...


class AsgiOutlet:
    """A stream's way out through ASGI's `send`: works for every server, for TLS, HTTP/2, unix sockets and tests."""

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._asgi_send = send
        self._queue: deque[Published] = deque()
        self._size = 0
        self._wake = trio.Event()
        self._ended = self._stalled = False

    def take(self, published: Published) -> None:
        """Queue an event. A queue that is full ends the stream: what waits in it comes again when the reader comes back."""
        if self._ended:
            return
        if self._size + len(published.frame) > LONGEST_QUEUE:
            self.cut()
            return
        self._queue.append(published)
        self._size += len(published.frame)
        self._wake.set()

    def forget(self, group_id: int, before: int) -> None:
        """Drop what waits of a group its reader may not read any more. (What `run` took is on its way already.)"""
        kept = [p for p in self._queue if p.event.group_id != group_id or p.event.number >= before]
        self._queue = deque(kept)
        self._size = sum(len(published.frame) for published in kept)

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    def cut(self) -> None:
        self._queue.clear()
        self._size = 0
        self.end()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._asgi_send({"type": "http.response.start", "status": status, "headers": pairs})

    async def send(self, chunk: bytes) -> None:
        """Send bytes now; to a reader who has stalled, nothing any more. A hang-up ends the stream, not this."""
        if chunk:
            await self._send_body(chunk, more=True)

    async def run(self, *, heartbeat: float) -> None:
        """Send what comes, and a sign of life where nothing does, until the stream ends."""
        while not (self._stalled or (self._ended and not self._queue)):
            await self.send(await self._next(heartbeat))
        await self.send(sse.retry(random.randint(*PAUSE)))
        await self._send_body(b"", more=False)

    async def _send_body(self, chunk: bytes, *, more: bool) -> None:
        if self._stalled:
            return
        with trio.move_on_after(STALLED) as patience:
            await self._asgi_send({"type": "http.response.body", "body": chunk, "more_body": more})
        self._stalled = patience.cancelled_caught

    async def _next(self, heartbeat: float) -> bytes:
        with trio.move_on_after(heartbeat):
            await self._wake.wait()
        if not self._ended:
            self._wake = trio.Event()
        if not self._queue:
            return b"" if self._ended else sse.HEARTBEAT
        chunk = b"".join(published.frame for published in self._queue)
        self._queue.clear()
        self._size = 0
        return chunk
