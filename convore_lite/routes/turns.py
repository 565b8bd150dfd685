"""Turns: a few requests of one person are worked on at once, and the next one waits; nobody else waits for a hundred of theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast
from weakref import WeakValueDictionary

import trio

# Of one person at once. A page asks for little more, and one loop works on all of them anyway: more would only keep others from it.
MOST = 4
# Where the scope of a request has its turn.
TURN = "convore_lite.turn"

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
Limits = WeakValueDictionary[int, trio.CapacityLimiter]


class Turns:
    """Gives each request to *app* a `Turn`, which is over when its answer begins: how slowly that is read is no work of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Forgotten with the last request of somebody.
        self._people: Limits = WeakValueDictionary()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        turn = scope[TURN] = Turn(self._people)

        async def answer(message: Any) -> None:
            turn.end()
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            turn.end()


class Turn:
    """The turn of one request. It has none, and needs none, until it is known whose it is."""

    def __init__(self, people: Limits) -> None:
        self._people = people
        self._mine: trio.CapacityLimiter | None = None

    async def wait(self, user_id: int) -> None:
        """Wait until few enough requests of this person are worked on; whoever came first goes first. Who has it has it."""
        if self._mine:
            return
        mine = self._people.setdefault(user_id, trio.CapacityLimiter(MOST))
        await mine.acquire_on_behalf_of(self)
        self._mine = mine

    def end(self) -> None:
        """Let the next one in. May be called again."""
        if self._mine:
            self._mine.release_on_behalf_of(self)
            self._mine = None


def turn_of(scope: Any) -> Turn:
    """The turn of a request that comes through `Turns`."""
    return cast(Turn, scope[TURN])
