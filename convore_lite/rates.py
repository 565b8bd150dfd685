"""How often something was done of late: a bucket of tries for each key that fills up again with time."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable

import trio

from .words.errors import TooMany
from .words.limits import Rate

# Keys kept at once, some 3 MB of them: more than there are people and addresses on a busy day.
MOST_KEYS = 10_000
# Seconds until somebody is told that they are too quick: to say so is a millisecond of work, and whoever asks again as soon as they
# are answered would have us do little else. By chance in between, so that those refused together do not come back together.
BREATH = (0.5, 1.5)
# Those who wait for that at once. Each keeps a connection from others, so where there are more they are told at once.
MOST_HELD = 50
# Seconds that do not count: the sum of many fractions is not exact.
NOTHING = 1e-6


class Rates:
    """Generic cell rate algorithm (ITU-T I.371): for each key one number, the time at which its bucket is full again.

    *refused* counts the tries that came too early.
    """

    def __init__(self, *, on: bool = True, clock: Callable[[], float] = trio.current_time) -> None:
        self.refused = 0
        self._held = 0
        self._on = on
        self._clock = clock
        self._full_at: dict[Hashable, float] = {}

    def spend(self, rate: Rate, *key: Hashable, cost: float = 1) -> None:
        """Take *cost* tries from the bucket of *key*. Raises TooMany, which says when to come back.

        What costs more than fits into a bucket takes all of a full one.
        """
        if not self._on:
            return
        now = self._clock()
        full_at = max(self._full_at.get((rate.name, *key), now), now)
        taken = min(cost, rate.burst) * rate.every
        wait = full_at + taken - (now + rate.burst * rate.every) - NOTHING
        if wait > 0:
            self.refused += 1
            raise TooMany("That was tried too often. Wait a little.", retry_after=math.ceil(wait))
        if len(self._full_at) >= MOST_KEYS:
            self._forget(now)
        self._full_at[(rate.name, *key)] = full_at + taken

    def give_back(self, rate: Rate, *key: Hashable) -> None:
        """Fill the bucket of *key*: what it guards against did not happen."""
        self._full_at.pop((rate.name, *key), None)

    async def breathe(self) -> None:
        """Let a moment pass before somebody is told that they are too quick."""
        if self._held >= MOST_HELD:
            return
        self._held += 1
        try:
            await trio.sleep(random.uniform(*BREATH))
        finally:
            self._held -= 1

    def _forget(self, now: float) -> None:
        """Forget the keys whose buckets are full; they say nothing. Of the others at most half of what fits stays.

        Those stay that have the longest to wait, so a flood of new keys pushes out itself first. Half, so that this is done seldom.
        """
        owing = sorted((item for item in self._full_at.items() if item[1] > now), key=lambda item: item[1])
        self._full_at = dict(owing[-MOST_KEYS // 2 :])
