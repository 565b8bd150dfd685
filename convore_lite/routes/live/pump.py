"""The one task that writes to all sockets: what was published goes to each reader, some at a time.

A post to ten thousand readers takes a fifth of a second of writing. Done where it is published it would hold up everybody else.
"""

from __future__ import annotations

from collections import deque
from typing import Never, Protocol

import trio

# Readers written to before others get their turn: with some 20 microseconds each, that is after two milliseconds.
TURN = 100


class Socket(Protocol):
    """What the pump writes to. *blocked* says that it took not everything, and that its rest needs a task of its own."""

    blocked: bool

    def flush(self, now: float) -> None: ...

    async def send_rest(self) -> None: ...


class Pump:
    def __init__(self) -> None:
        self._ready: deque[Socket] = deque()
        self._wake = trio.Event()

    def add(self, socket: Socket) -> None:
        """Something waits for this one. To be added once, until it is flushed."""
        if not self._ready:
            self._wake.set()
        self._ready.append(socket)

    async def run(self) -> Never:
        async with trio.open_nursery() as slow:
            while True:
                await self._wake.wait()
                self._wake = trio.Event()
                while self._ready:
                    self._write_some(slow)
                    await trio.lowlevel.checkpoint()

    def _write_some(self, slow: trio.Nursery) -> None:
        now = trio.current_time()
        for _ in range(min(TURN, len(self._ready))):
            socket = self._ready.popleft()
            socket.flush(now)
            if socket.blocked:
                slow.start_soon(socket.send_rest)
