"""The process that holds the index: reads requests from its standard input, and writes the answers to its standard output.

The thread that reads also searches, one writes and one makes new indexes, so that nobody who searches waits for a commit, and
nobody at all for a new index. It ends when its input ends: with the server.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Never

from .engine import Engine, IndexTrouble
from .wire import (
    Answer,
    Answered,
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
    decode_asked,
    encode,
    frame,
    read_frame,
)

Asks = queue.SimpleQueue[Asked]

# Seconds that a thread may hold the interpreter while another one waits: analysing a batch must not hold up a search.
SWITCH = 0.0005
# How much the thread that makes a new index, and those of Tantivy that it starts, stand back behind everything else on the machine.
NICE = 10
# Messages of a new index after which it is committed for the first time, so that it can answer in part; then each time when there
# are four times as many. Each commit makes a file more to look through, for as long as the index lives.
FIRST_COMMIT = 5_000
GROWN = 4


class Worker:
    """The index that answers, and the new one that is being made."""

    def __init__(self) -> None:
        self._root = Path()
        self._purpose = Purpose("", [])
        self._answering: Engine | None = None
        self._coming: Engine | None = None
        self._filled = self._seen = 0
        # Which index answers is changed, and that one written to, by one thread at a time.
        self._turn = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Never raises but for what nobody foresaw."""
        try:
            return self._answer(request)
        except IndexTrouble as trouble:
            return Failed(trouble.kind)
        except OSError as error:
            return Failed(type(error).__name__)

    def close(self) -> None:
        if self._answering is not None:
            self._answering.close()

    def _answer(self, request: Request) -> Answer:
        match request:
            case Search():
                return self._search(request)
            case Count():
                return self._there().count(request.clauses, request.scope)
            case Names():
                return self._there().names(request.text, request.groups, limit=request.limit)
            case Holds():
                return self._there().holds(request.messages, request.newest)
            case Open():
                return self._open(request)
            case Apply():
                return self._apply(request)
            case Begin():
                return self._begin(request)
            case Fill():
                return self._fill(request)
            case Finish():
                return self._finish(request)
            case Verify():
                return self._verify()

    def _search(self, request: Search) -> Found:
        engine = self._there()
        return engine.search(request.clauses, request.scope, request.sort, offset=request.offset, limit=request.limit)

    def _there(self) -> Engine:
        """The index that can be asked: the one that is whole, else what is there of the new one."""
        engine = self._answering or (self._coming if self._seen else None)
        if engine is None:
            raise IndexTrouble("NoIndex")
        return engine

    def _whole(self) -> Engine:
        if self._answering is None:
            raise IndexTrouble("NoIndex")
        return self._answering

    def _open(self, request: Open) -> State:
        self._root, self._purpose = Path(request.folder), request.purpose
        for folder in self._generations():
            engine = None if self._answering else Engine.open(folder, self._purpose)
            if engine is None:
                remove(folder)
            self._answering = self._answering or engine
        return self._answering.state() if self._answering else State(False)

    def _apply(self, request: Apply) -> State:
        with self._turn:
            engine = self._whole()
            engine.add(request.change)
            engine.commit(request.change.event, request.change.newest)
            return engine.state()

    def _begin(self, request: Begin) -> State:
        self._drop_coming()
        latest = next((int(folder.name) for folder in self._generations()), 0)
        self._coming = Engine.make(self._root / str(latest + 1), self._purpose, now=request.now)
        return State(False)

    def _fill(self, request: Fill) -> State:
        engine = self._made()
        engine.add(request.change)
        self._filled += len(request.change.docs)
        if self._answering is None and self._filled >= max(FIRST_COMMIT, GROWN * self._seen):
            engine.commit(0, 0)
            self._seen = self._filled
        return State(False)

    def _finish(self, request: Finish) -> State:
        engine = self._made()
        engine.finish(request.event, request.newest)
        with self._turn:
            old, self._answering = self._answering, engine
            self._coming, self._filled, self._seen = None, 0, 0
        if old is not None:
            remove(old.folder)
        return engine.state()

    def _made(self) -> Engine:
        if self._coming is None:
            raise IndexTrouble("NoIndex")
        return self._coming

    def _verify(self) -> State:
        with self._turn:
            engine = self._whole()
            if engine.damage() is None:
                return engine.state()
            self._answering = None
        remove(engine.folder)
        return State(False)

    def _drop_coming(self) -> None:
        coming, self._coming, self._filled, self._seen = self._coming, None, 0, 0
        if coming is not None:
            remove(coming.folder)

    def _generations(self) -> list[Path]:
        """The folders of indexes, the latest first. Raises OSError."""
        self._root.mkdir(mode=0o700, exist_ok=True)
        return sorted(
            (path for path in self._root.iterdir() if path.name.isdecimal()),
            key=lambda path: int(path.name),
            reverse=True,
        )


def remove(folder: Path) -> None:
    """Whatever is in the way: what cannot be removed is passed over the next time too."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_file():
        with suppress(OSError):
            folder.unlink()


def main() -> Never:
    # The server says when it is over, also to those who press Ctrl+C in its terminal.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH)
    worker, source, target = Worker(), sys.stdin.buffer, sys.stdout.buffer
    changes, making = Asks(), Asks()
    answer = answering(worker, target)
    threading.Thread(target=work_off, args=(changes, answer), daemon=True).start()
    threading.Thread(target=work_off_gently, args=(making, answer), daemon=True).start()
    try:
        while (content := read_frame(source)) is not None:
            asked = decode_asked(content)
            match asked.request:
                case Search() | Count() | Names() | Holds():
                    answer(asked)
                case Begin() | Fill() | Finish():
                    making.put(asked)
                case Open() | Apply() | Verify():
                    changes.put(asked)
    finally:
        # Not the usual way out: it would wait for the threads of Tantivy, which merge for as long as it takes.
        os._exit(0)


def answering(worker: Worker, target: BinaryIO) -> Callable[[Asked], None]:
    turn = threading.Lock()

    def answer(asked: Asked) -> None:
        content = frame(encode(Answered(asked.number, worker.answer(asked.request))))
        with turn:
            target.write(content)
            target.flush()

    return answer


def work_off(asks: Asks, answer: Callable[[Asked], None]) -> Never:
    try:
        while True:
            answer(asks.get())
    finally:
        # Half a process would leave everybody waiting: better none, and the server starts another one.
        os._exit(70)


def work_off_gently(asks: Asks, answer: Callable[[Asked], None]) -> Never:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
    work_off(asks, answer)
