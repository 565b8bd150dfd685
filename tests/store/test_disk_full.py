"""A full disk: writing is refused, reading goes on, and when there is room again everything is as if nothing had been.

`PRAGMA max_page_count` makes SQLite itself answer SQLITE_FULL, on every machine. Where we may mount, a small file system
of its own gives the real thing.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite import store as store_module
from convore_lite.actions import upkeep
from convore_lite.store import Store, Writer
from convore_lite.testing import Chat
from convore_lite.words.errors import DiskFull

from .conftest import Published, running
from .notes import notes, notes_told, write_note

BIG = "x" * 10_000


def leave_room(conn: Writer, pages: int) -> None:
    """Let the database grow by so many pages and no more."""
    conn.execute(f"PRAGMA max_page_count={conn.execute('PRAGMA page_count').fetchone()[0] + pages}")


def make_room(conn: Writer) -> None:
    conn.execute(f"PRAGMA max_page_count={2**32 - 2}")


async def fill(store: Store, prefix: str) -> set[str]:
    """Write until the disk is full; the notes that were acknowledged."""
    written: set[str] = set()
    while True:
        try:
            written.add(await store.write(write_note, f"{prefix} {len(written)}"))
        except DiskFull:
            return written


async def test_it_recovers_by_itself(store: Store, published: Published) -> None:
    before = await store.write(write_note, "before")
    await store.write(leave_room, 20)
    written = await fill(store, BIG) | {before}
    for _ in range(5):
        with pytest.raises(DiskFull):
            await store.write(write_note, f"refused {BIG}")
        assert await store.read(notes) == written
    await store.write(make_room)
    written |= {await store.write(write_note, f"{number} {BIG}") for number in range(20)}
    assert await store.read(notes) == written
    assert await store.read(notes_told) == published.notes
    assert [event.number for event in published.events] == list(range(1, len(written) + 1))
    assert await store.read(integrity) == ["ok"]


async def test_everybody_in_the_turn_hears_of_it(path: Path, published: Published) -> None:
    """Also those whose own job had gone well: it was undone with the rest."""
    answers: list[str] = []

    async def write(text: str) -> None:
        try:
            answers.append(await store.write(write_note, text))
        except DiskFull:
            answers.append("full")

    async with running(path) as store:
        await store.write(leave_room, 5)
    store = Store.open(path, publish=published)
    leave_room(store._writer, 5)
    async with trio.open_nursery() as committing:
        async with trio.open_nursery() as callers:
            for text in ("small", f"{BIG * 10}", "small too"):
                callers.start_soon(write, text)
            await trio.testing.wait_all_tasks_blocked()
            await committing.start(store.commit_jobs)
        assert answers == ["full"] * 3
        assert published.events == []
        assert await store.read(notes) == set()
        assert await store.write(write_note, "small") == "small"
        committing.cancel_scope.cancel()
    store.close()


async def test_no_room_for_a_checkpoint_is_no_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when the log is to be folded into the database: the log has it all, and goes on being used."""
    monkeypatch.setattr(store_module, "CHECKPOINT_AFTER", 1)
    async with running(path) as store:
        met = trouble_at(store._writer, "PRAGMA wal_checkpoint", sqlite3.SQLITE_FULL)
        for number in range(5):
            await store.write(write_note, str(number))
        assert await store.read(notes) == {"0", "1", "2", "3", "4"}
    assert len(met) >= 4
    async with running(path) as store:
        assert await store.read(notes) == {"0", "1", "2", "3", "4"}


async def test_through_the_doors(chat: Chat) -> None:
    """507 with a time to try again; reading, signing in with a token and open streams go on."""
    store = chat.appliance.app.store
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join(group["id"])
    topic = group["default_topic_id"]
    async with bob.live() as stream:
        said = [(await ann.post(topic, "before"))["text"]]
        await store.write(leave_room, 3)
        answer = await ann.http.post(f"/api/v1/topics/{topic}/messages", json={"text": BIG, "client_id": "big"})
        while answer.status_code == 201:
            said.append(BIG)
            answer = await ann.http.post(f"/api/v1/topics/{topic}/messages", json={"text": BIG, "client_id": "last"})
        assert answer.status_code == 507
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["status"] == 507
        assert [message["text"] for message in await bob.messages(topic)] == said
        assert await bob.unread(topic) == len(said)
        assert (await bob.call("GET", "/me"))["username"] == "bob"
        await store.write(make_room)
        again = await ann.post(topic, BIG, client_id="last")
        assert again["seq"] == len(said) + 1
        events = [await stream.next("message_posted") for _ in range(len(said) + 1)]
    assert [event["message"]["seq"] for event in events] == list(range(1, len(said) + 2))


@pytest.mark.parametrize("trouble", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY], ids=["full", "held by somebody"])
async def test_upkeep_waits_for_better_times(chat: Chat, trouble: int) -> None:
    """What the server does for itself meets the full disk too, and must not end it."""
    store = chat.appliance.app.store
    met = trouble_at(store._writer, "BEGIN IMMEDIATE", trouble)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(upkeep.keep_up, chat.appliance.app)
        while not met:
            await trio.lowlevel.checkpoint()
        await store.read(notes)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()


def trouble_at(connection: Writer, statement: str, code: int) -> list[str]:
    """Let one statement of a connection fail with a result code of SQLite's; the list tells how often it did."""
    met: list[str] = []
    original = connection.execute

    def execute(sql: str, *values: Any) -> sqlite3.Cursor:
        if sql.startswith(statement):
            met.append(sql)
            error = sqlite3.OperationalError("trouble")
            error.sqlite_errorcode = code
            raise error
        return original(sql, *values)

    connection.execute = execute  # type: ignore[method-assign]
    return met


def integrity(conn: sqlite3.Connection) -> list[str]:
    return [row[0] for row in conn.execute("PRAGMA integrity_check")]


def load(ballast: Path, *, but: int) -> None:
    """Fill the disk, but for so many bytes."""
    status = os.statvfs(ballast.parent)
    ballast.write_bytes(b"x" * max(0, status.f_bavail * status.f_frsize - but))


def unload(ballast: Path) -> None:
    ballast.unlink()


def frames(log_file: Path) -> int:
    """The pages in SQLite's log, each with its head of 24 bytes."""
    return log_file.stat().st_size // (4096 + 24)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


async def test_a_disk_that_is_really_full(small_disk: Path, published: Published) -> None:
    """Again and again, with a little more room each time, so that it strikes in other places: the log, its index, the database."""
    ballast = small_disk / "ballast"
    written: set[str] = set()
    async with running(small_disk / "chat" / "convore.db", publish=published) as store:
        for room in range(0, 60_000, 4096):
            load(ballast, but=room)
            written |= await fill(store, f"{room} {BIG}")
            assert await store.read(notes) == written
            unload(ballast)
            written.add(await store.write(write_note, f"room again after {room}"))
        assert await store.read(integrity) == ["ok"]
    assert len(written) > 20
    async with running(small_disk / "chat" / "convore.db") as store:
        assert await store.read(notes) == written
        assert await store.read(notes_told) == published.notes
        assert await store.read(integrity) == ["ok"]


async def test_no_room_for_the_index_of_the_log(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite reports that as an I/O error. It is none: once there is room, everything goes on."""
    monkeypatch.setattr(store_module, "CHECKPOINT_AFTER", 10**9)
    ballast, written = small_disk / "ballast", set[str]()
    log_file = small_disk / "chat" / "convore.db-wal"
    # The index of the log gets its second page with the log's 4063rd.
    async with running(small_disk / "chat" / "convore.db") as store:
        while frames(log_file) < 4000:
            written.add(await store.write(write_note, f"{len(written)} {BIG * 10}"))
        while frames(log_file) < 4055:
            await store.write(lambda conn: conn.execute("UPDATE facts SET value = value || '.' WHERE name = 'epoch'"))
        for room in range(0, 80_000, 8192):
            load(ballast, but=room)
            written |= await fill(store, f"after {room}")
            unload(ballast)
            assert await store.read(notes) == written
    async with running(small_disk / "chat" / "convore.db") as store:
        assert await store.read(notes) == written
