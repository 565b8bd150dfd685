"""SQLite connections: the one that writes, and those that only read."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from ..words.errors import SetupError
from ..words.events import Told


class Writer(sqlite3.Connection):
    """The one connection that writes. *told* collects the events of the turn that is under way."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.told: list[Told] = []


def open_writer(path: Path) -> Writer:
    """Open the database for writing, in WAL mode, every commit synced to the disk. Raises SetupError.

    synchronous=FULL: in a simulated power cut NORMAL lost every commit since the last checkpoint, FULL none.
    """
    try:
        connection = Writer(path, isolation_level=None, check_same_thread=False)
        _set_up(
            connection,
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "wal_autocheckpoint=0",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
        )
    except sqlite3.Error as error:
        raise SetupError(f"The database {path} cannot be opened: {error}.") from error
    path.chmod(0o600)
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the database for reading only; it never checkpoints."""
    name = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.Connection(name, uri=True, isolation_level=None, check_same_thread=False)
    _set_up(connection, "query_only=ON", "wal_autocheckpoint=0", "temp_store=MEMORY", "trusted_schema=OFF")
    return connection


def _set_up(connection: sqlite3.Connection, *pragmas: str) -> None:
    connection.row_factory = sqlite3.Row
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut. SQLite does so too, but would keep a failure to itself."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise SetupError(f"The data folder {folder} cannot be written to the disk: {error.strerror}.") from error
    finally:
        os.close(descriptor)
