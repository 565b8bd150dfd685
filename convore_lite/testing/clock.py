"""Work in threads under a clock that jumps: time stands still while a thread works."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import trio
import trio.testing

T = TypeVar("T")


class HoldsClock:
    """Runs blocking work in threads and holds an autojumping clock meanwhile. Give it to `open_chat` as *run_sync*.

    Trio's autojump clock cannot see threads and runs away while one works (python-trio/trio#456). With this, hours of
    heartbeats pass in a moment, and not one while the database writes.
    """

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self._clock = clock
        self._working = 0

    async def __call__(self, function: Callable[..., T], *args: Any, limiter: trio.CapacityLimiter | None = None) -> T:
        self._working += 1
        self._clock.autojump_threshold = math.inf
        try:
            return await trio.to_thread.run_sync(function, *args, limiter=limiter)
        finally:
            self._working -= 1
            if not self._working:
                self._clock.autojump_threshold = 0
