"""Readers: they cannot write, see one moment, and nothing that goes wrong in one is left to the next."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import trio

from convore_lite import store as store_module
from convore_lite.store import Store
from convore_lite.words.errors import NotFound

from .conftest import running
from .notes import notes, write_note


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(lambda conn: conn.execute("INSERT INTO facts VALUES ('x', 'a note')"))
    with pytest.raises(sqlite3.OperationalError):
        await store.read(lambda conn: conn.execute("PRAGMA journal_mode=DELETE"))
    assert await store.read(notes) == set()


async def test_a_reader_does_not_checkpoint(store: Store, path: Path) -> None:
    await store.write(write_note, "one")
    before = content(path)
    with pytest.raises(sqlite3.OperationalError):
        await store.read(lambda conn: conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
    assert content(path) == before
    assert await store.read(lambda conn: conn.execute("PRAGMA wal_autocheckpoint").fetchone()[0]) == 0


async def test_a_read_sees_one_moment(store: Store) -> None:
    """A note that is committed while a read goes on is seen by the next read, not by this one."""

    def look_twice(conn: sqlite3.Connection) -> tuple[set[str], set[str]]:
        first = notes(conn)
        trio.from_thread.run(store.write, write_note, "meanwhile")
        return first, notes(conn)

    await store.write(write_note, "before")
    assert await store.read(look_twice) == ({"before"}, {"before"})
    assert await store.read(notes) == {"before", "meanwhile"}


async def test_reads_go_on_while_a_commit_is_under_way(store: Store) -> None:
    may_go_on = threading.Event()

    def slow(conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO facts VALUES ('slow', 'a note')")
        may_go_on.wait(60)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.write, slow)
        while not store._writer.in_transaction:
            await trio.lowlevel.checkpoint()
        assert await store.read(notes) == set()
        may_go_on.set()
    assert await store.read(notes) == {"slow"}


async def test_reads_that_fail_are_no_loss(store: Store) -> None:
    """More failures than there are readers, of three kinds, and still everybody is served."""

    def refuse(conn: sqlite3.Connection) -> None:
        conn.execute("SELECT 1 FROM facts")  # a cursor that nobody finishes
        raise NotFound()

    for _ in range(3 * store_module.READERS):
        with pytest.raises(NotFound):
            await store.read(refuse)
        with pytest.raises(sqlite3.OperationalError):
            await store.read(lambda conn: conn.execute("SELECT nonsense"))
        with pytest.raises(ZeroDivisionError):
            await store.read(lambda conn: 1 // 0)
    await store.write(write_note, "one")
    async with trio.open_nursery() as readers:
        for _ in range(3 * store_module.READERS):
            readers.start_soon(store.read, notes)
    assert await store.read(notes) == {"one"}
    assert len(store._idle_readers) <= store_module.READERS
    assert not any(reader.in_transaction for reader in store._idle_readers)


async def test_only_so_many_read_at_a_time(store: Store) -> None:
    running_now, most = 0, 0
    lock, all_there = threading.Lock(), threading.Barrier(store_module.READERS)

    def read(conn: sqlite3.Connection) -> None:
        nonlocal running_now, most
        with lock:
            running_now += 1
            most = max(most, running_now)
        all_there.wait(60)
        with lock:
            running_now -= 1

    async with trio.open_nursery() as nursery:
        for _ in range(3 * store_module.READERS):
            nursery.start_soon(store.read, read)
    assert most == store_module.READERS


async def test_the_log_stays_short_while_readers_come_and_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlapping readers can keep SQLite's log growing for ever; ours waits for them now and then."""
    monkeypatch.setattr(store_module, "CHECKPOINT_AFTER", 10)
    monkeypatch.setattr(store_module, "LONG_LOG", 100)
    written = trio.Event()

    def read_slowly(conn: sqlite3.Connection) -> None:
        """A read that ends only after the next one has begun, so that never nobody reads."""
        conn.execute("SELECT count(*) FROM facts").fetchone()
        baton.wait()

    async def keep_reading(store: Store) -> None:
        while not written.is_set():
            await store.read(read_slowly)

    baton = Baton()
    async with running(path) as store:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_reading, store)
            nursery.start_soon(keep_reading, store)
            for number in range(600):
                await store.write(write_note, f"{number} {'x' * 2000}")
            written.set()
            baton.drop()
        longest = path.with_name("convore.db-wal").stat().st_size
    assert baton.handed_on > 10, "the readers never overlapped"
    assert longest < 250 * 4120, f"{longest // 4120} pages of log"


def content(path: Path) -> bytes:
    return path.read_bytes()


class Baton:
    """Whoever waits is let go by the next one who comes."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._arrived = 0
        self._dropped = False
        self.handed_on = 0

    def wait(self) -> None:
        with self._condition:
            self._arrived += 1
            mine = self._arrived
            self._condition.notify_all()
            # A reader whose successor waits for something that waits for this reader must not wait for ever.
            came = self._condition.wait_for(lambda: self._arrived > mine or self._dropped, timeout=0.05)
            self.handed_on += came

    def drop(self) -> None:
        with self._condition:
            self._dropped = True
            self._condition.notify_all()
