"""Leaving at every moment: an operation is begun again and again, and left before it begins, at its first, second, third … step.

A step is a point at which one of the operation's tasks waits for something: the moments at which a client that hangs up,
a timeout or a shutdown can reach it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import trio
import trio.abc

SWEPT: ContextVar[Any] = ContextVar("swept")
# No request of ours has nearly as many steps.
MOST = 500


class LeaveAt(trio.abc.Instrument):
    """Calls *leave* once the tasks of an operation have waited *step* times."""

    def __init__(self, step: int, leave: Callable[[], None]) -> None:
        self._step = step
        self._leave = leave
        self._steps = 0

    @property
    def left(self) -> bool:
        return self._steps >= self._step

    def begin(self) -> None:
        if not self._step:
            self._leave()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        # Tasks inherit the context of those that start them, so this finds all tasks of the operation and no others.
        if task.context.get(SWEPT) is self:
            self._steps += 1
            if self._steps == self._step:
                self._leave()


async def cancelled_at_every_step(operation: Callable[[int], Awaitable[object]]) -> AsyncIterator[int]:
    """Begin ``operation(n)`` for n = 0, 1, 2 … and cancel it at its n-th step; gives each n, until one comes to its end."""
    for step in range(MOST):
        with trio.CancelScope() as scope:
            leaving = LeaveAt(step, scope.cancel)
            await _run(leaving, lambda step=step: operation(step))
        yield step
        if not leaving.left:
            return
    raise AssertionError(f"still not done after {MOST} steps")


async def hung_up_at_every_step(operation: Callable[[int, trio.Event], Awaitable[object]]) -> AsyncIterator[int]:
    """The same for an operation that is told by an event that its client is gone."""
    for step in range(MOST):
        gone = trio.Event()
        leaving = LeaveAt(step, gone.set)
        await _run(leaving, lambda step=step, gone=gone: operation(step, gone))
        yield step
        if not leaving.left:
            return
    raise AssertionError(f"still not done after {MOST} steps")


async def _run(leaving: LeaveAt, operation: Callable[[], Awaitable[object]]) -> None:
    async def marked() -> None:
        SWEPT.set(leaving)
        leaving.begin()
        await operation()

    trio.lowlevel.add_instrument(leaving)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(marked)
    finally:
        trio.lowlevel.remove_instrument(leaving)
