"""A dry run: the real thing, done to a copy of the database that is thrown away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from ..store.folder_lock import FolderLock
from ..words.settings import Settings
from .console import is_served


@contextmanager
def rehearsal(settings: Settings) -> Iterator[Settings]:
    """The settings of a copy, which lives as long as the block. Needs as much disk again as the database. Raises SetupError."""
    exists = settings.database.exists()
    with TemporaryDirectory(prefix="dry-run-", dir=settings.data if exists else None) as folder:
        copied = replace(settings, data=Path(folder))
        if exists:
            copy(settings, copied.database)
        yield copied


def copy(settings: Settings, target: Path) -> None:
    """Copy the database, beside a running server or without one. Raises SetupError."""
    if is_served(settings.admin_socket):
        _copy(settings.database, target)
        return
    lock = FolderLock.take(settings.data)
    try:
        _copy(settings.database, target)
    finally:
        lock.release()


def _copy(source: Path, target: Path) -> None:
    # Without a write-ahead log beside it nobody writes; "immutable" then keeps SQLite from making one.
    rests = not source.with_name(f"{source.name}-wal").exists()
    uri = f"{source.absolute().as_uri()}?{'immutable=1' if rests else 'mode=ro'}"
    with closing(sqlite3.connect(uri, uri=True)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)
