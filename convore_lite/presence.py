"""Who is online: whoever has a live stream open, or had one a moment ago. Knows no SQL and no HTTP, and tells nobody itself.

Two things are kept apart: who is here, and of whom the others were told so. What differs is still to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

import trio

# Seconds for which somebody stays online without a stream: enough to change pages, to lose the network in a tunnel, and for
# the 30 seconds after which the server gives up a reader who has vanished.
GRACE = 45
# People told of at once. Each of them gets an event of their own, without themselves: so many take some 40 ms, twice as many four
# times that. Ten thousand who come back after a restart are told of in twenty seconds.
AT_ONCE = 500


class Presence:
    """*clock* gives seconds that only go forward. What is kept grows with the people who are here, and with nothing else."""

    def __init__(self, clock: Callable[[], float] = trio.current_time) -> None:
        self._clock = clock
        self._here: set[int] = set()
        # When the last stream of those ended who are here without one; the longest ago first.
        self._left_at: dict[int, float] = {}
        self._told: set[int] = set()
        # Of whom something may have to be told, the longest waiting first: a dict for a set that keeps its order.
        self._untold: dict[int, None] = {}
        self._stirred = trio.Event()

    @property
    def here(self) -> frozenset[int]:
        """Everybody who is online."""
        return frozenset(self._here)

    def streams_changed(self, user_id: int, *, any_open: bool) -> None:
        """Somebody's first stream has begun, or their last one ended."""
        if any_open:
            self._left_at.pop(user_id, None)
            self._here.add(user_id)
            self._untold[user_id] = None
        else:
            self._left_at[user_id] = self._clock()
        self._stirred.set()

    async def wait_for_something(self) -> None:
        """Return where somebody has come, or may soon have gone. While nobody does, nothing happens here."""
        if not self._untold and not self._left_at:
            self._stirred = trio.Event()
            await self._stirred.wait()

    def changes(self) -> dict[int, bool]:
        """Who has come (True) or gone (False) and was not told of, at most AT_ONCE."""
        self._let_go(self._clock() - GRACE)
        self._untold = {user_id: None for user_id in self._untold if self._is_news(user_id)}
        return {user_id: user_id in self._here for user_id in islice(self._untold, AT_ONCE)}

    def told(self, changes: Mapping[int, bool]) -> None:
        """The others know of these now. What has changed again since is still to be told."""
        for user_id, online in changes.items():
            (self._told.add if online else self._told.discard)(user_id)
            if not self._is_news(user_id):
                self._untold.pop(user_id, None)

    def _let_go(self, left_before: float) -> None:
        while self._left_at:
            user_id, left_at = next(iter(self._left_at.items()))
            if left_at > left_before:
                return
            del self._left_at[user_id]
            self._here.discard(user_id)
            self._untold[user_id] = None

    def _is_news(self, user_id: int) -> bool:
        return (user_id in self._here) != (user_id in self._told)
