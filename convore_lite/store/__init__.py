"""The database of one data folder: one writer, a few readers, and jobs that commit together.

Rule: exactly one connection writes and checkpoints (SQLite before 3.51.3 can corrupt a WAL that two connections checkpoint
and write), every commit is synced to the disk before anybody is told, and after an I/O error nothing is acknowledged any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, Never, ParamSpec, Protocol, TypeVar

import trio

from ..words.errors import Unavailable
from ..words.events import Told
from . import failures, schema
from .connections import Writer, open_reader, open_writer, sync_folder
from .failures import StorageFailed
from .folder_lock import FolderLock

P = ParamSpec("P")
T = TypeVar("T")

# Jobs that may wait for the writer. A full queue makes posters wait, it never grows.
QUEUE_LENGTH = 1024
# Jobs in one commit. Beyond a hundred the cost of fsync is already shared so well that more only makes the first one wait.
BATCH_LENGTH = 128
# Reads that run at the same time: more than two cores can use, so that one slow read does not hold up the others.
READERS = 4

# Changed rows after which the write-ahead log is folded into the database: some megabytes of log, read again in a moment.
CHECKPOINT_AFTER = 1000
# Pages of log (of 4 KiB) from which on a checkpoint waits for readers, which could otherwise keep it growing for ever.
LONG_LOG = 16 * 1024


class RunSync(Protocol):
    """How work that blocks is run: `in_thread`, or `inline` in a deterministic test."""

    def __call__(
        self, function: Callable[..., T], *args: Any, limiter: trio.CapacityLimiter | None = None
    ) -> Awaitable[T]: ...


async def in_thread(function: Callable[..., T], *args: Any, limiter: trio.CapacityLimiter | None = None) -> T:
    """Run blocking work in a thread, as Trio does; a cancelled caller waits for its end."""
    return await trio.to_thread.run_sync(function, *args, limiter=limiter)


async def inline(function: Callable[..., T], *args: Any, limiter: trio.CapacityLimiter | None = None) -> T:
    """Run blocking work where we are: one thread, so that a test is deterministic."""
    await trio.lowlevel.checkpoint()
    return function(*args)


@dataclass(frozen=True)
class StoreStatistics:
    jobs_waiting: int
    commits: int
    jobs_done: int


@dataclass(eq=False)
class Job:
    """One piece of writing that waits for its turn, and what came of it."""

    work: Callable[[Writer], Any]
    done: trio.Event = field(default_factory=trio.Event)
    result: Any = None
    error: BaseException | None = None


class Store:
    """Reads and writes as functions of a connection. Open it with `Store.open`; run `commit_jobs` in a nursery."""

    def __init__(
        self,
        path: Path,
        lock: FolderLock,
        writer: Writer,
        publish: Callable[[Sequence[Told]], None],
        run_sync: RunSync,
    ) -> None:
        self.path = path
        self.epoch = schema.epoch(writer)
        self._lock = lock
        self._writer = writer
        self._publish = publish
        self._run_sync = run_sync
        self._jobs_in, self._jobs_out = trio.open_memory_channel[Job](QUEUE_LENGTH)
        self._writer_turn = trio.CapacityLimiter(1)
        self._reader_turns = trio.CapacityLimiter(READERS)
        self._idle_readers: list[sqlite3.Connection] = []
        self._commits = self._jobs_done = 0
        self._changes_checkpointed = 0
        self._failed = False

    @classmethod
    def open(cls, path: Path, *, publish: Callable[[Sequence[Told]], None], run_sync: RunSync = in_thread) -> Store:
        """Open (or make) the database at *path* and bring its schema up to date.

        *publish* is called with the events of each commit, in order, in the same breath as the commit. Raises SetupError
        where another process has the folder, the folder cannot be used, or the database is newer than this program.
        """
        with ExitStack() as undo:
            lock = FolderLock.take(path.parent)
            undo.callback(lock.release)
            writer = open_writer(path)
            undo.callback(writer.close)
            schema.prepare(writer, path)
            store = cls(path, lock, writer, publish, run_sync)
            # The log is there from the first look at the database on, and stays until the last connection is closed.
            sync_folder(path.parent)
            undo.pop_all()
        return store

    async def read(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **options: P.kwargs
    ) -> T:
        """Call *function* with a read-only connection, all of it on one snapshot."""
        return await self._run_sync(lambda: self._read(function, *args, **options), limiter=self._reader_turns)

    def look(self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **options: P.kwargs) -> T:
        """Like `read`, at once and where we are: for a row or two that are found by an index, such as who is asking.

        Such a look takes some 20 microseconds, the way to a thread and back 200; and while thousands come back after a restart,
        a thread waits for its turn to run at each of its steps.
        """
        return self._read(function, *args, **options)

    async def write(self, function: Callable[Concatenate[Writer, P], T], *args: P.args, **options: P.kwargs) -> T:
        """Call *function* in a transaction, and return once it is on the disk and its events are published.

        What it raises undoes what it did, and nothing of its neighbours in the same commit. Raises DiskFull, and Unavailable
        while the server stops.
        """
        job = Job(lambda connection: function(connection, *args, **options))
        try:
            await self._jobs_in.send(job)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise Unavailable() from None
        await job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]

    async def commit_jobs(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> Never:
        """The one committer: takes all jobs that wait, commits them together, publishes, answers. Raises StorageFailed.

        The turn is shielded: a client that hangs up, or a shutdown, never leaves a transaction open.
        """
        task_status.started()
        batch: list[Job] = []
        try:
            while True:
                batch = [await self._jobs_out.receive()]
                while len(batch) < BATCH_LENGTH:
                    try:
                        batch.append(self._jobs_out.receive_nowait())
                    except trio.WouldBlock:
                        break
                with trio.CancelScope(shield=True):
                    events = await self._run_sync(self._commit, batch, limiter=self._writer_turn)
                # From here to the last answer nothing awaits: whoever is told of the commit is told of its events too.
                self._publish(events)
                self._answer(batch)
                if self._writer.total_changes - self._changes_checkpointed >= CHECKPOINT_AFTER:
                    with trio.CancelScope(shield=True):
                        await self._run_sync(self._checkpoint, limiter=self._writer_turn)
        finally:
            self._turn_away(batch)

    def statistics(self) -> StoreStatistics:
        waiting = self._jobs_out.statistics().current_buffer_used
        return StoreStatistics(jobs_waiting=waiting, commits=self._commits, jobs_done=self._jobs_done)

    def close(self) -> None:
        """Close every connection. A sound database is left without a write-ahead log; a failed one is left as it is."""
        self._jobs_in.close()
        if self._failed:
            # The last connection to close checkpoints and removes the log. A reader cannot, so here it is the last.
            with suppress(sqlite3.Error):
                self._idle_readers.append(open_reader(self.path))
                self._idle_readers[-1].execute("SELECT 1 FROM facts").fetchone()
            self._writer.close()
        for reader in self._idle_readers:
            reader.close()
        self._idle_readers.clear()
        self._writer.close()
        self._lock.release()

    def _answer(self, batch: list[Job]) -> None:
        self._commits += 1
        self._jobs_done += len(batch)
        for job in batch:
            job.done.set()

    def _turn_away(self, batch: list[Job]) -> None:
        """Answer whoever still waits when the committer ends: their writing was not acknowledged."""
        while self._jobs_out.statistics().current_buffer_used:
            batch.append(self._jobs_out.receive_nowait())
        self._jobs_out.close()
        for job in batch:
            if not job.done.is_set():
                job.error = Unavailable()
                job.done.set()

    def _read(self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **options: P.kwargs) -> T:
        try:
            connection = self._idle_readers.pop()
        except IndexError:  # asked first and popped then, the last one could be gone: readers run in several threads
            connection = open_reader(self.path)
        try:
            connection.execute("BEGIN")
            return function(connection, *args, **options)
        finally:
            _roll_back(connection)
            self._idle_readers.append(connection)

    def _commit(self, batch: list[Job]) -> list[Told]:
        """Run the jobs of one turn in one transaction, in the writer's thread."""
        connection = self._writer
        connection.told.clear()
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._run_job(connection, job)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(connection, batch, error)
        except BaseException:
            _roll_back(connection)
            raise
        return list(connection.told)

    def _run_job(self, connection: Writer, job: Job) -> None:
        told = len(connection.told)
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(connection)
        except Exception as error:
            if failures.is_full(error) or failures.is_fatal(error):
                raise  # the disk's failure rather than this job's: the transaction may be gone already
            job.error = error
            del connection.told[told:]
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def _give_up(self, connection: Writer, batch: list[Job], error: sqlite3.Error) -> None:
        """The whole turn failed, and every job with it, also those that had been refused for a reason of their own."""
        refusal = failures.refusal_of(error, begun=connection.in_transaction)
        if refusal is None:
            raise self._failure("writing to", error) from error
        _roll_back(connection)
        connection.told.clear()
        for job in batch:
            job.error = refusal()

    def _checkpoint(self) -> None:
        """Fold the log into the database. By SQLite's own hand a failed sync would go unnoticed here, and it must not."""
        try:
            _, pages, _ = self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages >= LONG_LOG:
                self._writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            if not failures.is_full(error):
                raise self._failure("checkpointing", error) from error
        self._changes_checkpointed = self._writer.total_changes

    def _failure(self, doing: str, error: sqlite3.Error) -> StorageFailed:
        """No rollback: the connection is left as it is, and the next start recovers from the log."""
        self._failed = True
        return failures.failed(doing, self.path, error)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


__all__ = ["Job", "RunSync", "StorageFailed", "Store", "StoreStatistics", "Writer", "in_thread", "inline"]
