"""The schema of a database, brought up to date. One that is newer than this program is refused."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..words.errors import SetupError
from .steps import STEPS

if TYPE_CHECKING:
    from sqlite_utils import Database


def prepare(connection: sqlite3.Connection, path: Path, steps: Sequence[Callable[[Database], None]] = STEPS) -> None:
    """Bring the schema up to date: a copy of the database first, then all steps in one transaction. Raises SetupError."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise SetupError(
            f"{path} was made by a newer convore-lite (schema {version}, this one knows {len(steps)}): install that one."
        )
    if version == len(steps):
        return
    try:
        if version:
            copy_aside(connection, path.with_name(f"{path.stem}-schema-{version}.db"))
        _migrate(connection, steps)
    except (sqlite3.Error, OSError) as error:
        raise SetupError(f"{path} cannot be brought up to date, and is as it was before: {error}.") from error


def _migrate(connection: sqlite3.Connection, steps: Sequence[Callable[[Database], None]]) -> None:
    # Imported only here: it costs a tenth of a second, and almost every start finds the schema as it should be.
    from sqlite_utils import Database, Migrations

    migrations = Migrations("convore-lite")
    for version, step in enumerate(steps, 1):
        migrations(name=step.__name__)(_numbered(step, version))
    database = Database(connection, strict=True)
    # All of it in one transaction: a new database is written once, not once for each step.
    with database.atomic():
        migrations.apply(database)


def _numbered(step: Callable[[Database], None], version: int) -> Callable[[Database], None]:
    """A step that notes its version together with what it changes: killed at any moment, the schema and its number agree."""

    def numbered(db: Database) -> None:
        step(db)
        db.execute(f"PRAGMA user_version = {version}")

    return numbered


def copy_aside(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the database to *target*, which is there whole or not at all."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        connection.execute("VACUUM INTO ?", [str(unfinished)])
        unfinished.chmod(0o600)
        os.replace(unfinished, target)
    finally:  # half a copy would only take the room that was missing for it
        unfinished.unlink(missing_ok=True)


def epoch(connection: sqlite3.Connection) -> str:
    """The name of this history. It is made with the database and changes when a copy is restored."""
    return str(connection.execute("SELECT value FROM facts WHERE name = 'epoch'").fetchone()[0])
