"""Passwords as argon2id hashes, worked out in threads of their own so that nobody waits for them but the one who signs in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import argon2
import trio

from .words.errors import TooMany

# OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. 40 ms here.
COST = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashes worked out at once: two cores stay free for chatting, and the memory for them is bounded.
WORKERS = 2
# Those who may wait for that, some two seconds: who comes in beyond is told to come back, and nothing piles up.
MOST_WAITING = 100
# A hash of some text, checked for an unknown account so that it answers as slowly as a known one;
# even that text would not sign in.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$HVvg6/KO9apQo96/rP/4oA$GXyy+rH2I7YmdV/dPK/hkYUBWYfAieY8iquhMErK1xs"


class Passwords:
    """*refused* counts those that did not match. Another *hasher* makes hashes that cost less, or more."""

    def __init__(
        self, run_sync: Callable[..., Awaitable[object]] = trio.to_thread.run_sync, hasher: argon2.PasswordHasher = COST
    ) -> None:
        self.refused = 0
        self._hasher = hasher
        self._run_sync = run_sync
        self._workers = trio.CapacityLimiter(WORKERS)

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password, in PHC string form. Raises TooMany where too many wait already."""
        return str(await self._work(self._hasher.hash, password))

    async def match(self, password: str, stored: str | None) -> bool:
        """Is it the password of *stored*? None, an account without one, takes as long and is never right. Raises TooMany."""
        right = bool(await self._work(_verify, password, stored or NOBODY))
        matched = right and stored is not None
        self.refused += not matched
        return matched

    async def _work(self, function: Callable[..., object], *args: object) -> object:
        if self._workers.statistics().tasks_waiting >= MOST_WAITING:
            raise TooMany("Many people are signing in at this moment. Try again in a few seconds.", retry_after=3)
        return await self._run_sync(function, *args, limiter=self._workers)


def _verify(password: str, stored: str) -> bool:
    try:
        return COST.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
