"""What SQLite's errors mean for those who wait: try again later, or stop at once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..words.errors import DiskFull, Refusal, Unavailable

# The disk is full: everything is as before and may be tried again. The second is about the index of the log, a file that
# need not survive and has no room for its next page.
FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
# Kinds of answers after which what is on the disk is unknown. PostgreSQL's rule: stop, and recover from the log on restart.
FATAL = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)


class StorageFailed(Exception):
    """The disk failed under the writer. Nothing may be acknowledged any more; the process must end and start again."""


def failed(doing: str, path: Path, error: sqlite3.Error) -> StorageFailed:
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    return StorageFailed(f"{doing} {path} failed: {error} ({name})")


def is_full(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and _code(error) in FULL


def is_fatal(error: BaseException) -> bool:
    # The low byte of a result code is its kind.
    return isinstance(error, sqlite3.Error) and _code(error) & 0xFF in FATAL


def refusal_of(error: sqlite3.Error, *, begun: bool) -> type[Refusal] | None:
    """What everybody in a turn is told whose failure leaves the disk as it was; None where the disk is not to be trusted."""
    if is_full(error):
        return DiskFull
    # Somebody's sqlite3 shell held the database for so long that the turn could not begin.
    return Unavailable if _code(error) == sqlite3.SQLITE_BUSY and not begun else None


def _code(error: sqlite3.Error) -> int:
    """SQLite's extended result code (https://www.sqlite.org/rescode.html); 0 where the error is Python's own."""
    return getattr(error, "sqlite_errorcode", None) or 0
