"""Followers of the event log: what the server does after something happened, and never in the way of it.

To add one, write a subclass of `Follower` that says which `kinds` of facts it wants and what it does with them, and name it in
`appliance.py`. It wakes when something is committed, reads the log after its own place, handles what it finds in batches, and
notes how far it has come. Killed at any moment it goes on where it was.

Rule: everything is handled at least once, in the order of the log. After a crash what came last comes again, so handling it twice
has to come to the same. An event tells that something happened, and by the time it is read more may have: look at what is there
now, and at who may see it now. (What was deleted meanwhile is blanked in the log and does not come at all.)
"""

from __future__ import annotations

import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar, Never, TypeVar

import trio

from ..store import cursors
from ..words.errors import DiskFull, Unavailable
from ..words.events import Event, Fact
from . import App

T = TypeVar("T")

# Events handled together: enough to share the cost of a commit, and few enough that a slow one does not hold up many.
BATCH = 64
# Passed over without anything to do, so many events are worth a commit to say so: else reading them again takes no time.
FAR = 1000
# Seconds until a full disk, or whatever else passes, is tried again.
PAUSE = 5
# What passes by itself, or by the hand of whoever looks after the machine: no fault of the event at hand.
PASSING = (DiskFull, Unavailable, sqlite3.OperationalError)

lines = logging.getLogger("convore_lite.followers")


class Follower(ABC):
    """One reader of the log. *name* is its row in the table `cursors`; *kinds* are the facts it wants to hear of.

    Once something was committed it begins after so many seconds of *pace*, with all that came meanwhile. Its place is kept after
    each batch; or, for one to whom it is all the same if more comes again after a crash, when nothing happened for a *lull*. So
    neither work nor a commit of its own stands between one message and the next.
    """

    name: ClassVar[str]
    kinds: tuple[type[Fact], ...]
    pace: ClassVar[float] = 0
    lull: ClassVar[float] = 0

    def __init__(self, app: App) -> None:
        self.app = app

    @abstractmethod
    async def take(self, events: Sequence[Event]) -> None:
        """Handle some events, at most BATCH, oldest first. Take your time, but not for ever: the next ones wait meanwhile.

        What it raises is not the end: the events are tried one by one then, and one that fails alone is passed over with a line
        in the server's log. A full disk and the like are waited for.
        """

    @abstractmethod
    async def start_over(self) -> None:
        """Do without the log: it was never followed before, or what comes next was trimmed away since.

        A follower that keeps a copy makes it anew from the tables; one that only reacts does nothing. Interrupted, it is
        done again.
        """

    async def find_place(self) -> int | None:
        """The number of the last event that is done; None to start over. Override it to keep it with a copy of one's own."""
        return await self.app.store.read(cursors.find, self.name)

    async def keep_place(self, number: int) -> None:
        """Everything up to *number* is done."""
        await self.app.store.write(cursors.put, self.name, number)


async def follow(follower: Follower) -> Never:
    """Read the log for as long as the server runs."""
    place = kept = await _patiently(follower, partial(_begin, follower))
    handled = False
    while True:
        # Taken before looking: what is committed from now on rings it.
        ring = follower.app.bell.next_ring()
        stretch = await _patiently(follower, partial(_read_on, follower, place))
        if not stretch.whole:
            place = kept = await _patiently(follower, partial(_start_over, follower))
            handled = False
            continue
        await _take(follower, stretch.events)
        place, handled, at_end = stretch.up_to, handled or bool(stretch.events), stretch.up_to >= stretch.last
        settled = handled and (not follower.lull or (at_end and await _is_quiet(ring, follower.lull)))
        if settled or place - kept >= FAR:
            await _patiently(follower, partial(follower.keep_place, place))
            kept, handled = place, False
        if at_end:
            await ring.wait()
            await trio.sleep(follower.pace)


async def _is_quiet(ring: trio.Event, seconds: float) -> bool:
    """Whether nothing is committed for so long."""
    with trio.move_on_after(seconds):
        await ring.wait()
        return False
    return True


async def _begin(follower: Follower) -> int:
    place = await follower.find_place()
    return await _start_over(follower) if place is None else place


async def _start_over(follower: Follower) -> int:
    """The place from which on the log is followed: taken before, so that nothing is missed between."""
    last = (await _read_on(follower, 0)).last
    await follower.start_over()
    await follower.keep_place(last)
    return last


async def _read_on(follower: Follower, place: int) -> cursors.Stretch:
    kinds = [fact.kind for fact in follower.kinds]
    return await follower.app.store.read(cursors.read_on, place, kinds, limit=BATCH)


async def _take(follower: Follower, events: Sequence[Event]) -> None:
    if not events:
        return
    try:
        await follower.take(events)
    except Exception:  # whichever of them it was: tried alone, it is told apart from the others
        for event in events:
            await _take_alone(follower, event)


async def _take_alone(follower: Follower, event: Event) -> None:
    while True:
        try:
            return await follower.take([event])
        except Exception as error:
            if not _passes(error):
                return _tell(f"passed over event {event.number}", follower, error)
        await trio.sleep(PAUSE)


async def _patiently(follower: Follower, step: Callable[[], Awaitable[T]]) -> T:
    """Do what has to be done, however often it takes."""
    while True:
        try:
            return await step()
        except Exception as error:
            if not _passes(error):
                _tell("tries again", follower, error)
        await trio.sleep(PAUSE)


def _passes(error: Exception) -> bool:
    """A nursery hands on what failed in it as a group."""
    if isinstance(error, ExceptionGroup):
        return all(_passes(one) for one in error.exceptions)
    return isinstance(error, PASSING)


def _tell(what: str, follower: Follower, error: Exception) -> None:
    """Name the kind of error only: what an error says may quote what people wrote."""
    lines.warning("The follower %s %s: %s.", follower.name, what, type(error).__name__)
