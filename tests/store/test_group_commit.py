"""Jobs that wait commit together; each fails alone; and whoever is told of a commit is told of its events too."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from functools import partial
from math import ceil
from pathlib import Path

import pytest
import trio
import trio.testing

from convore_lite import store as store_module
from convore_lite.store import Store, Writer, in_thread, inline
from convore_lite.words.errors import NotFound
from convore_lite.words.events import Event

from .conftest import Published, running
from .notes import notes, notes_told, write_note


async def test_jobs_that_wait_share_one_commit(path: Path, published: Published) -> None:
    texts = [f"note {number}" for number in range(20)]
    store = Store.open(path, publish=published)
    async with trio.open_nursery() as committing:
        async with trio.open_nursery() as callers:
            for text in texts:
                callers.start_soon(store.write, write_note, text)
            await trio.testing.wait_all_tasks_blocked()
            await committing.start(store.commit_jobs)
        assert store.statistics().commits == 1
        assert store.statistics().jobs_done == 20
        assert await store.read(notes) == set(texts)
        committing.cancel_scope.cancel()
    store.close()


async def test_one_turn_takes_only_so_many(path: Path) -> None:
    count = 2 * store_module.BATCH_LENGTH + 1
    store = Store.open(path, publish=lambda events: None)
    async with trio.open_nursery() as committing:
        async with trio.open_nursery() as callers:
            for number in range(count):
                callers.start_soon(store.write, write_note, str(number))
            await trio.testing.wait_all_tasks_blocked()
            await committing.start(store.commit_jobs)
        assert store.statistics().commits == ceil(count / store_module.BATCH_LENGTH)
        committing.cancel_scope.cancel()
    store.close()


async def test_jobs_wait_while_a_commit_is_under_way(store: Store) -> None:
    may_go_on = threading.Event()

    def slow(conn: Writer) -> None:
        may_go_on.wait(60)

    async with trio.open_nursery() as callers:
        callers.start_soon(store.write, slow)
        while store.statistics().jobs_waiting or not store._writer.in_transaction:
            await trio.lowlevel.checkpoint()
        for number in range(30):
            callers.start_soon(store.write, write_note, str(number))
        await trio.testing.wait_all_tasks_blocked()
        assert store.statistics().jobs_waiting == 30
        may_go_on.set()
    assert store.statistics().commits == 2


async def test_a_job_that_fails_undoes_only_its_own(path: Path, published: Published) -> None:
    class Mistake(Exception):
        pass

    def write_and_fail(conn: Writer, error: Exception) -> None:
        write_note(conn, "never")
        raise error

    def break_a_rule(conn: Writer) -> None:
        write_note(conn, "never")
        conn.execute("INSERT INTO facts VALUES ('first', 'a note')")

    async def fails(kind: type[Exception], *job: object) -> None:
        with pytest.raises(kind):
            await store.write(*job)

    store = Store.open(path, publish=published)
    async with trio.open_nursery() as committing:
        async with trio.open_nursery() as callers:
            # One after the other, so that they stand in the queue in this order.
            for job in (
                partial(store.write, write_note, "first"),
                partial(fails, Mistake, write_and_fail, Mistake()),
                partial(store.write, write_note, "second"),
                partial(fails, NotFound, write_and_fail, NotFound()),
                partial(fails, sqlite3.IntegrityError, break_a_rule),
                partial(store.write, write_note, "third"),
            ):
                callers.start_soon(job)
                await trio.testing.wait_all_tasks_blocked()
            await committing.start(store.commit_jobs)
        assert store.statistics().commits == 1
        assert await store.read(notes) == {"first", "second", "third"}
        assert await store.read(notes_told) == published.notes == ["first", "second", "third"]
        committing.cancel_scope.cancel()
    store.close()


@pytest.mark.parametrize("run_sync", [in_thread, inline])
async def test_events_are_published_with_the_commit_and_before_any_answer(path: Path, run_sync: object) -> None:
    """Looks at every step of the scheduler: a caller that has its answer while its event is unpublished, or the other
    way round, would show in between."""
    committed: list[set[str]] = []
    told: list[Event] = []
    answered: list[str] = []
    seen: set[tuple[int, int]] = set()

    def publish(events: Sequence[Event]) -> None:
        with sqlite3.connect(path) as onlooker:
            committed.append(notes(onlooker))
        onlooker.close()
        assert not answered
        told.extend(events)

    async def write(text: str) -> None:
        answered.append(await store.write(write_note, text))

    async def look_at_every_step() -> None:
        while (len(told), len(answered)) != (10, 10):
            seen.add((len(told), store.statistics().jobs_done))
            await trio.lowlevel.checkpoint()
        seen.add((len(told), store.statistics().jobs_done))

    store = Store.open(path, publish=publish, run_sync=run_sync)
    async with trio.open_nursery() as committing:
        async with trio.open_nursery() as callers:
            for number in range(10):
                callers.start_soon(write, str(number))
            await trio.testing.wait_all_tasks_blocked()
            callers.start_soon(look_at_every_step)
            while not seen:
                await trio.lowlevel.checkpoint()
            await committing.start(store.commit_jobs)
        committing.cancel_scope.cancel()
    store.close()
    assert committed == [{str(number) for number in range(10)}], "published before it was committed"
    assert seen == {(0, 0), (10, 10)}, "somebody could run between the events and the answers"


async def test_events_come_in_the_order_of_their_numbers(store: Store, published: Published) -> None:
    async def write_some(name: str) -> None:
        for number in range(25):
            await store.write(write_note, f"{name}{number}")

    async with trio.open_nursery() as callers:
        for name in "abcdefgh":
            callers.start_soon(write_some, name)
    numbers = [event.number for event in published.events]
    assert numbers == list(range(1, 201))
    assert published.notes == await store.read(notes_told)
    assert store.statistics().commits < 200, "nobody ever shared a commit"


async def test_inline_everything_happens_in_this_thread(path: Path) -> None:
    here = threading.get_ident()
    async with running(path, run_sync=inline) as store:
        assert await store.write(lambda conn: threading.get_ident()) == here
        assert await store.read(lambda conn: threading.get_ident()) == here
    async with running(path) as store:
        assert await store.write(lambda conn: threading.get_ident()) != here
        assert await store.read(lambda conn: threading.get_ident()) != here


async def test_a_full_queue_makes_callers_wait(store: Store) -> None:
    may_go_on = threading.Event()

    def slow(conn: Writer) -> None:
        may_go_on.wait(60)

    beyond = store_module.QUEUE_LENGTH + 50
    async with trio.open_nursery() as callers:
        callers.start_soon(store.write, slow)
        while not store._writer.in_transaction:
            await trio.lowlevel.checkpoint()
        for number in range(beyond):
            callers.start_soon(store.write, write_note, f"{number:04}")
        with trio.CancelScope() as impatient:
            await trio.testing.wait_all_tasks_blocked()
            assert store.statistics().jobs_waiting == store_module.QUEUE_LENGTH
            # Whoever leaves while the queue is full has written nothing.
            impatient.cancel()
            await store.write(write_note, "left")
        assert impatient.cancelled_caught
        may_go_on.set()
    assert sorted(await store.read(notes_told)) == [f"{number:04}" for number in range(beyond)]
