"""A disk that fails under the writer: from that moment nothing is acknowledged, and nothing more is done to the files.

The failure is real: the descriptor of the log is exchanged under SQLite for one that cannot be written to.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
import trio
import trio.testing

from convore_lite import store as store_module
from convore_lite.store import StorageFailed, Store, Writer
from convore_lite.testing import open_chat
from convore_lite.words.errors import Unavailable

from .conftest import Published, running
from .notes import notes, notes_told, write_note


def break_file(path: Path) -> None:
    """Let every write to an open file of this process fail from now on."""
    read_only = os.open(path, os.O_RDONLY)
    same = [number for number in range(1024) if number != read_only and is_file(number, path)]
    assert same, f"nobody has {path} open"
    for number in same:
        os.dup2(read_only, number, inheritable=False)
    os.close(read_only)


def is_file(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except OSError:
        return False


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def files_of(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (path, log_of(path))}


async def test_nothing_is_acknowledged_any_more(path: Path, published: Published) -> None:
    store = Store.open(path, publish=published)
    answers: list[str] = []

    async def write(text: str) -> None:
        try:
            answers.append(await store.write(write_note, text))
        except Unavailable:
            answers.append("turned away")

    with pytest.RaisesGroup(pytest.RaisesExc(StorageFailed, match="SQLITE_IOERR_WRITE")):
        async with trio.open_nursery() as committing:
            await committing.start(store.commit_jobs)
            await store.write(write_note, "good")
            break_file(log_of(path))
            before = files_of(path)
            with trio.CancelScope(shield=True):
                # One turn and the next: those in it, those in the queue, and those who come later.
                async with trio.open_nursery() as callers:
                    for number in range(20):
                        callers.start_soon(write, str(number))
                await write("too late")
                assert answers == ["turned away"] * 21
                assert await store.read(notes) == {"good"}, "reading goes on"
    store.close()
    assert published.notes == ["good"]
    assert files_of(path) == before, "a disk that failed was written to"
    async with running(path) as reopened:
        assert await reopened.read(notes) == {"good"}
        assert await reopened.read(notes_told) == ["good"]
        assert await reopened.write(write_note, "good too") == "good too"


async def test_callers_that_wait_for_room_are_answered_too(path: Path) -> None:
    store = Store.open(path, publish=lambda events: None)
    refused, may_go_on = [], threading.Event()

    def wait_and_break(conn: Writer) -> None:
        write_note(conn, "never")
        may_go_on.wait(60)
        break_file(log_of(path))

    async def write(job: object) -> None:
        with pytest.raises(Unavailable):
            await store.write(job)
        refused.append(job)

    with pytest.RaisesGroup(StorageFailed):
        async with trio.open_nursery() as committing:
            await committing.start(store.commit_jobs)
            with trio.CancelScope(shield=True):
                async with trio.open_nursery() as callers:
                    callers.start_soon(write, wait_and_break)
                    while not store._writer.in_transaction:
                        await trio.lowlevel.checkpoint()
                    for _ in range(store_module.QUEUE_LENGTH + 20):
                        callers.start_soon(write, lambda conn: None)
                    await trio.testing.wait_all_tasks_blocked()
                    may_go_on.set()
    store.close()
    assert len(refused) == store_module.QUEUE_LENGTH + 21


async def test_a_checkpoint_that_fails_is_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By SQLite's own hand it would not be: the automatic checkpoint keeps its errors to itself."""
    monkeypatch.setattr(store_module, "CHECKPOINT_AFTER", 1)
    store = Store.open(path, publish=lambda events: None)
    with pytest.RaisesGroup(pytest.RaisesExc(StorageFailed, match=r"checkpointing .*\(SQLITE_IOERR_WRITE\)")):
        async with trio.open_nursery() as committing:
            await committing.start(store.commit_jobs)
            break_file(path)
            assert await store.write(write_note, "in the log") == "in the log"
            await trio.sleep_forever()
    store.close()
    assert files_of(path)["convore.db-wal"], "the log is all there is of the last turn"
    async with running(path) as reopened:
        assert await reopened.read(notes) == {"in the log"}


async def test_the_automatic_checkpoint_would_not_have_noticed(path: Path) -> None:
    """The reason for our own."""
    store = Store.open(path, publish=lambda events: None)
    store._writer.execute("PRAGMA wal_autocheckpoint=1")
    async with trio.open_nursery() as committing:
        await committing.start(store.commit_jobs)
        break_file(path)
        for number in range(5):
            await store.write(write_note, str(number))
        committing.cancel_scope.cancel()
    store.close()


async def test_the_whole_appliance_ends(chat_folder: Path) -> None:
    with pytest.RaisesGroup(StorageFailed, flatten_subgroups=True):
        async with open_chat(chat_folder) as chat:
            await chat.member("ann")
            break_file(log_of(chat_folder / "convore.db"))
            async with chat.client(console=True) as console:
                answer = await console.post("/api/v1/users", json={"username": "bob"})
                assert answer.status_code == 503
                await trio.sleep_forever()
    async with open_chat(chat_folder) as chat, chat.client(console=True) as console:
        names = [user["username"] for user in (await console.get("/api/v1/users")).json()["items"]]
    assert names == ["ann"]


async def test_somebody_elses_lock_is_no_failure(path: Path, published: Published) -> None:
    """An owner who looks around with a sqlite3 shell and forgets a transaction: writing waits, then says so, and recovers."""
    async with running(path, publish=published) as store:
        store._writer.execute("PRAGMA busy_timeout=10")
        shell = sqlite3.connect(path, isolation_level=None)
        shell.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(Unavailable):
                await store.write(write_note, "refused")
        assert await store.read(notes) == set()
        shell.execute("ROLLBACK")
        shell.close()
        assert await store.write(write_note, "accepted") == "accepted"
    assert published.notes == ["accepted"]
