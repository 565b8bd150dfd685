"""The index, as the server knows it: asks the process that holds it, and starts that again when it ends."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

import trio

from ..words.search.documents import Change, Scope
from ..words.search.query import Clause, Sort
from .wire import (
    LENGTH,
    Answer,
    Apply,
    Asked,
    Begin,
    Count,
    Failed,
    Fill,
    Finish,
    Found,
    Holds,
    Names,
    Open,
    Purpose,
    Request,
    Search,
    State,
    Verify,
    decode_answered,
    encode,
    frame,
)

# Seconds after the start of a server, at most, when the index is opened.
LATER = 2
# Seconds for a search. Whoever waits longer is better served by what the database alone can find.
PATIENCE = 3
# Searches in a row without an answer in time, after which nobody waits for the process any more.
MOST_SLOW = 3
# Requests that wait to be sent. Nobody waits for longer than the patience above, so more are of no use to anybody.
MOST_POSTED = 1_000
# What is put into a new index while something put in before is still worked on: the process never waits for the next messages.
AHEAD = 2
# Seconds for a change, for making an index whole and for looking through all its files on a slow disk.
LONG_PATIENCE = 300
# Seconds before the process is started again, each time it ends soon after its start; the last goes on for ever.
PAUSES = (0.0, 0.5, 2.0, 10.0, 30.0)
# Seconds after which a start counts as a good one.
HEALTHY = 60
RECEIVED = 64 * 1024


class IndexAway(Exception):
    """There is no answer from the index now: it is starting, broken, or does not get ready in time. *kind* says what it was."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Standing:
    """How the index stands: whether it is *whole*, up to which event, and how much of a new one is there.

    *progress* goes from 0 to 1; None where none is made.
    """

    whole: bool
    event: int
    progress: float | None


@dataclass(eq=False)
class Waiting:
    """Somebody who waits for an answer of a process."""

    process: trio.Process
    answer: Answer | None = None
    done: trio.Event = field(default_factory=trio.Event)


class Index:
    """Ask for what is needed; `run` in a nursery keeps the process going from the moment on that somebody wants it."""

    def __init__(self, folder: Path, purpose: Purpose, lost: Callable[[], None]) -> None:
        """*lost* is called whenever there is something to mend."""
        self._folder, self._purpose, self._lost = folder, purpose, lost
        self._begun, self._wanted = trio.Event(), trio.Event()
        self._served = False
        self._process: trio.Process | None = None
        self._open = trio.Event()
        self._outbox, _ = trio.open_memory_channel[bytes](0)
        self._number = 0
        self._waiting: dict[int, Waiting] = {}
        self._slow = 0
        self.state = State(False)
        self.progress: float | None = None
        self.anew = False
        # What went wrong when it was last to be brought up to date.
        self.trouble: str | None = None
        # Held by who looks through the messages instead: one at a time, so that others find a thread to read in.
        self.instead = trio.Lock()
        self._filling: deque[Waiting] = deque()
        self._change = trio.Event()

    @property
    def standing(self) -> Standing:
        return Standing(self.state.ready and self._open.is_set(), self.state.event, self.progress)

    @property
    def process_id(self) -> int | None:
        """Of the process that holds the index, while there is one."""
        return self._process.pid if self._process is not None else None

    def want(self) -> None:
        """From now on the index is needed: not before, since most commands never search."""
        self._begun.set()
        self._wanted.set()

    def serve(self) -> None:
        """It will be needed in a moment, or as soon as somebody searches: first those are served who come back after a restart."""
        self._served = True
        self._begun.set()

    def make_anew(self) -> None:
        """Let a new one be made, while this one answers."""
        self.anew = True
        self.want()
        self._lost()

    async def wait_wanted(self) -> None:
        await self._wanted.wait()

    async def wait_changed(self) -> None:
        """Until it stands in another way than now."""
        await self._change.wait()

    async def wait_open(self) -> State:
        """What there is of an index, once the process is there and has looked."""
        await self._open.wait()
        return self.state

    async def run(self) -> Never:
        """Start the process, and start it again whenever it ends."""
        await self._begun.wait()
        with trio.move_on_after(LATER):
            await self._wanted.wait()
        self.want()
        failures = 0
        while True:
            began = trio.current_time()
            with suppress(OSError):  # no memory, no more processes: perhaps later
                await self._run_process()
            failures = 0 if trio.current_time() - began > HEALTHY else failures + 1
            await trio.sleep(PAUSES[min(failures, len(PAUSES)) - 1] if failures else 0)

    async def search(self, clauses: Sequence[Clause], scope: Scope, sort: Sort, *, offset: int, limit: int) -> Found:
        """Messages that meet all clauses. Raises IndexAway."""
        return await self._found(Search(list(clauses), scope, sort, offset, limit))

    async def count(self, clauses: Sequence[Clause], scope: Scope) -> int:
        """How many messages meet all clauses as they were typed. Raises IndexAway, also where the index is not whole."""
        found = await self._found(Count(list(clauses), scope))
        if not found.whole:
            raise IndexAway("Partial")
        return found.total

    async def names(self, text: str, groups: Sequence[int], *, limit: int) -> Found:
        """Topics of some groups by their name. Raises IndexAway."""
        return await self._found(Names(text, list(groups), limit))

    async def holds(self, messages: Sequence[int], *, newest: int) -> Found:
        """Which of these messages it has, and how many up to the *newest*. Raises IndexAway."""
        return await self._found(Holds(list(messages), newest))

    async def apply(self, change: Change) -> None:
        """Raises IndexAway."""
        self._stand(await self._stated(Apply(change)))

    async def begin(self, now: int) -> None:
        """Begin a new one. Raises IndexAway."""
        self._filling.clear()
        await self._stated(Begin(now))
        self.anew, self.progress = False, 0.0

    async def fill(self, change: Change, progress: float) -> None:
        """Put more into the new one, of which so much is there then (0 to 1). Raises IndexAway.

        It returns when what was put in before is there, but for the last AHEAD: while that process works, this one gets the next
        messages ready.
        """
        self._filling.append(self._post(Fill(change)))
        while len(self._filling) > AHEAD:
            await self._answer_to(self._filling.popleft(), LONG_PATIENCE)
        self.progress = progress

    async def finish(self, event: int, newest: int) -> None:
        """The new one is whole and takes the place of the old one. Raises IndexAway."""
        try:
            while self._filling:
                await self._answer_to(self._filling.popleft(), LONG_PATIENCE)
            self._stand(await self._stated(Finish(event, newest)))
        finally:  # not before: until it has taken the place, the old one answers, and the new one is still being made
            self.progress = None
            self._filling.clear()

    async def verify(self) -> bool:
        """Is every file as it was written? Where one is not, the index is gone then. Raises IndexAway."""
        self._stand(await self._stated(Verify()))
        if not self.state.ready:
            self._lost()
        return self.state.ready

    def _stand(self, state: State) -> None:
        self.state = state
        self._change.set()
        self._change = trio.Event()

    async def _found(self, request: Request) -> Found:
        answer = await self._ask(request, PATIENCE)
        if not isinstance(answer, Found):
            raise IndexAway("Strange")
        return answer

    async def _stated(self, request: Request) -> State:
        answer = await self._ask(request, LONG_PATIENCE)
        if not isinstance(answer, State):
            raise IndexAway("Strange")
        return answer

    async def _ask(self, request: Request, patience: float, *, opening: bool = False) -> Answer:
        return await self._answer_to(self._post(request, opening=opening), patience)

    def _post(self, request: Request, *, opening: bool = False) -> Waiting:
        """Have a request sent, whose answer may come later. Raises IndexAway."""
        process = self._process
        if self._served:
            self.want()
        if process is None or not (opening or self._open.is_set()):
            raise IndexAway("Starting")
        self._number += 1
        try:
            self._outbox.send_nowait(frame(encode(Asked(self._number, request))))
        except trio.WouldBlock:
            raise IndexAway("Busy") from None
        waiting = self._waiting[self._number] = Waiting(process)
        return waiting

    async def _answer_to(self, waiting: Waiting, patience: float) -> Answer:
        with trio.move_on_after(patience):
            await waiting.done.wait()
        if not waiting.done.is_set():
            self._slow += 1
            if patience == LONG_PATIENCE or self._slow >= MOST_SLOW:
                waiting.process.kill()  # whatever it is busy with, it does not come back from it
            raise IndexAway("Slow")
        self._slow = 0
        if waiting.answer is None:
            raise IndexAway("Ended")
        if isinstance(waiting.answer, Failed):
            raise IndexAway(waiting.answer.kind)
        return waiting.answer

    async def _send(self, process: trio.Process, frames: trio.MemoryReceiveChannel[bytes]) -> None:
        """Send what was posted. Whoever asks does not send it: they may go away, and half a frame spoils all that follow."""
        assert process.stdin is not None
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # it ended, as whoever receives sees, too
            async for content in frames:
                await process.stdin.send_all(content)

    async def _run_process(self) -> None:
        """One life of the process, from its start to its end. Raises OSError."""
        # In the folder above the package, and away from whatever Python finds in the folder that the server was started in.
        command = [sys.executable, "-P", "-m", "convore_lite.index"]
        process = await trio.lowlevel.open_process(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._outbox, frames = trio.open_memory_channel[bytes](MOST_POSTED)
        self._process = process
        self._slow = 0
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send, process, frames)
                nursery.start_soon(self._begin_life)
                await self._receive(process)
                nursery.cancel_scope.cancel()
        finally:
            self._process, self.progress = None, None
            if self._open.is_set():
                self._open = trio.Event()
            self._end_waiting()
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None:
                        await pipe.aclose()

    async def _begin_life(self) -> None:
        try:
            answer = await self._ask(Open(str(self._folder), self._purpose), LONG_PATIENCE, opening=True)
        except IndexAway:  # it ended, or cannot use its folder: no index then, and whoever makes one is told why
            answer = State(False)
        assert isinstance(answer, State)
        self._open.set()
        self._stand(answer)

    async def _receive(self, process: trio.Process) -> None:
        """Hand out the answers, until there are no more."""
        assert process.stdout is not None
        buffer = bytearray()
        while received := await process.stdout.receive_some(RECEIVED):
            buffer += received
            while (content := _next_frame(buffer)) is not None:
                answered = decode_answered(content)
                waiting = self._waiting.pop(answered.number, None)
                if waiting is not None:
                    waiting.answer = answered.answer
                    waiting.done.set()

    def _end_waiting(self) -> None:
        for waiting in self._waiting.values():
            waiting.done.set()
        self._waiting.clear()
        self._lost()


def _next_frame(buffer: bytearray) -> bytes | None:
    """Take the first whole frame out of what was received."""
    if len(buffer) < LENGTH.size:
        return None
    end = LENGTH.size + LENGTH.unpack_from(buffer)[0]
    if len(buffer) < end:
        return None
    content = bytes(buffer[LENGTH.size : end])
    del buffer[:end]
    return content
