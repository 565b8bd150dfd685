"""The schema: what SQLite itself keeps right, and how one version becomes the next."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trio
from sqlite_utils import Database

from convore_lite.store import Store, schema
from convore_lite.store.connections import Writer, open_writer
from convore_lite.words.errors import SetupError

from .conftest import running
from .notes import notes, write_note

OURS = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_sqlite_*'"


def second(db: Database) -> None:
    """The next schema, as some day there will be one: a new table, and every note is rewritten."""
    db.execute("CREATE TABLE bookmarks (id INTEGER PRIMARY KEY) STRICT")
    db.execute("UPDATE facts SET name = 'new ' || name WHERE value = 'a note'")


def third(db: Database) -> None:
    db.execute("DROP TABLE bookmarks")


def half_way(db: Database) -> None:
    second(db)
    raise sqlite3.OperationalError("disk I/O error")


NEXT = (*schema.STEPS, second)
VERSION = len(schema.STEPS)


@contextmanager
def writer(path: Path) -> Iterator[Writer]:
    with closing(open_writer(path)) as connection:
        yield connection


@pytest.fixture
def with_notes(path: Path) -> Path:
    """A database of today's schema with two notes in it."""

    async def write() -> None:
        async with running(path) as store:
            await store.write(write_note, "one")
            await store.write(write_note, "two")

    trio.run(write)
    return path


async def test_every_table_is_strict(store: Store) -> None:
    def lax_tables(conn: sqlite3.Connection) -> list[str]:
        return [row[0] for row in conn.execute(f"{OURS} AND sql NOT LIKE '%STRICT%'")]

    assert await store.read(lax_tables) == []
    assert len(await store.read(lambda conn: conn.execute(OURS).fetchall())) > 10
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
        await store.write(lambda conn: conn.execute("INSERT INTO cursors VALUES ('index', 'seven')"))


async def test_foreign_keys_are_kept(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        await store.write(lambda conn: conn.execute("INSERT INTO ignores VALUES (1, 2)"))


async def test_every_commit_is_synced(store: Store) -> None:
    settings = {}
    for pragma in ("journal_mode", "synchronous", "wal_autocheckpoint"):
        settings[pragma] = store._writer.execute(f"PRAGMA {pragma}").fetchone()[0]
    assert settings == {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}


def test_a_newer_database_is_refused_and_left_alone(with_notes: Path) -> None:
    with writer(with_notes) as connection:
        schema.prepare(connection, with_notes, NEXT)
    before = with_notes.read_bytes()
    sentence = f"was made by a newer convore-lite .schema {VERSION + 1}, this one knows {VERSION}.: install that one"
    with pytest.raises(SetupError, match=sentence):
        Store.open(with_notes, publish=lambda events: None)
    assert with_notes.read_bytes() == before


def test_an_upgrade_keeps_a_copy_that_the_old_program_can_use(with_notes: Path) -> None:
    with writer(with_notes) as connection:
        schema.prepare(connection, with_notes, NEXT)
        assert notes(connection) == {"new one", "new two"}
        assert schema_version(connection) == VERSION + 1
    copy = with_notes.with_name(f"convore-schema-{VERSION}.db")
    assert copy.stat().st_mode & 0o777 == 0o600
    with writer(copy) as connection:
        schema.prepare(connection, copy)
        assert notes(connection) == {"one", "two"}
        assert schema_version(connection) == VERSION


def test_an_up_to_date_database_is_not_copied(with_notes: Path) -> None:
    Store.open(with_notes, publish=lambda events: None).close()
    assert {file.name for file in with_notes.parent.iterdir()} == {"convore.db", "lock"}


def test_a_step_that_fails_changes_nothing(with_notes: Path) -> None:
    with writer(with_notes) as connection, pytest.raises(SetupError, match="cannot be brought up to date"):
        schema.prepare(connection, with_notes, (*schema.STEPS, half_way))
    with writer(with_notes) as connection:
        assert notes(connection) == {"one", "two"}
        assert schema_version(connection) == VERSION
        schema.prepare(connection, with_notes, NEXT)
        assert notes(connection) == {"new one", "new two"}


def test_all_steps_are_done_or_none(with_notes: Path) -> None:
    """The second of two steps fails: the database is as it was, and the next start begins with the first."""
    before = with_notes.with_name(f"convore-schema-{VERSION}.db")
    with writer(with_notes) as connection, pytest.raises(SetupError, match="as it was before"):
        schema.prepare(connection, with_notes, (*NEXT, half_way))
    with writer(with_notes) as connection:
        assert schema_version(connection) == VERSION
        assert notes(connection) == {"one", "two"}
        schema.prepare(connection, with_notes, (*NEXT, third))
        assert schema_version(connection) == VERSION + 2
        assert notes(connection) == {"new one", "new two"}
    with writer(before) as connection:
        assert notes(connection) == {"one", "two"}


KILLED = """
import os, signal, sys
from pathlib import Path
from convore_lite.store import schema
from convore_lite.store.connections import open_writer
from store.test_schema import second

def killed(db):
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    second(db)
    os.kill(os.getpid(), signal.SIGKILL)

path = Path(sys.argv[1])
schema.prepare(open_writer(path), path, (*schema.STEPS, killed))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_in_the_middle_it_is_the_old_schema(with_notes: Path, moment: str) -> None:
    tests = Path(__file__).parent.parent
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, with_notes, moment], env={"PYTHONPATH": f"{tests}:{tests.parent}"}, timeout=60
    )
    assert killed.returncode == -9
    with writer(with_notes) as connection:
        assert notes(connection) == {"one", "two"}
        assert schema_version(connection) == VERSION
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        schema.prepare(connection, with_notes, NEXT)
        assert notes(connection) == {"new one", "new two"}


def test_without_a_copy_there_is_no_upgrade(with_notes: Path) -> None:
    # Something that cannot be removed is where the copy would be made.
    with_notes.with_name(f"convore-schema-{VERSION}.db.unfinished").mkdir()
    with writer(with_notes) as connection, pytest.raises(SetupError, match="cannot be brought up to date"):
        schema.prepare(connection, with_notes, NEXT)
    with writer(with_notes) as connection:
        assert schema_version(connection) == VERSION


async def test_the_epoch_lasts(path: Path) -> None:
    async with running(path) as store:
        epoch = store.epoch
        await store.write(write_note, "one")
    async with running(path) as store:
        assert store.epoch == epoch
    async with running(path.with_name("another") / "convore.db") as store:
        assert store.epoch != epoch


def schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
