"""How often something may be done: a bucket of tries for each key that fills up again with time."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import trio

from .words.errors import TooMany

# Keys kept at once. Beyond that the ones that are full again are forgotten; they say nothing.
MOST_KEYS = 10_000


@dataclass(frozen=True)
class Rate:
    """*burst* tries at once, then one every *every* seconds."""

    burst: int
    every: float


class Rates:
    """Generic cell rate algorithm (ITU-T I.371): for each key one number, the time at which its bucket is full again.

    *refused* counts the tries that came too early.
    """

    def __init__(self, *, on: bool = True, clock: Callable[[], float] = trio.current_time) -> None:
        self.refused = 0
        self._on = on
        self._clock = clock
        self._full_at: dict[Hashable, float] = {}

    def spend(self, rate: Rate, *key: Hashable) -> None:
        """Take one try from the bucket of *key*. Raises TooMany, which says when to come back."""
        if not self._on:
            return
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at + rate.every - (now + rate.burst * rate.every)
        if wait > 0:
            self.refused += 1
            raise TooMany("That was tried too often. Wait a little.", retry_after=math.ceil(wait))
        if len(self._full_at) >= MOST_KEYS:
            self._full_at = {known: at for known, at in self._full_at.items() if at > now}
        self._full_at[key] = full_at + rate.every

    def give_back(self, *key: Hashable) -> None:
        """Fill the bucket of *key*: what it guards against did not happen."""
        self._full_at.pop(key, None)
