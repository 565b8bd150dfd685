"""A sign of life on each stream that is quiet: one task for all of them, no timer for each."""

from __future__ import annotations

from typing import Never, Protocol

import trio

# Home routers forget a quiet connection after 30 to 60 seconds; a comment every 25 keeps it.
HEARTBEAT = 25
# Looking at ten thousand streams takes a millisecond; so often, a sign is at most a second early.
EVERY = 1


class Beating(Protocol):
    quiet_since: float

    def beat(self) -> None: ...


class Heart:
    def __init__(self) -> None:
        self._streams: set[Beating] = set()
        self._somebody = trio.Event()

    def add(self, stream: Beating) -> None:
        """Give *stream* a sign of life whenever it has been quiet for HEARTBEAT seconds, until it is discarded."""
        self._streams.add(stream)
        self._somebody.set()

    def discard(self, stream: Beating) -> None:
        self._streams.discard(stream)

    async def run(self) -> Never:
        while True:
            await self._somebody.wait()
            self._somebody = trio.Event()
            while self._streams:
                await trio.sleep(EVERY)
                self._beat(trio.current_time() - HEARTBEAT + EVERY)

    def _beat(self, quiet_before: float) -> None:
        for stream in self._streams:
            if stream.quiet_since <= quiet_before:
                stream.beat()
