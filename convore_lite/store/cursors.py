"""How far each follower of the event log has come, and what it has to read next."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from ..words.events import Event
from . import log
from .connections import Writer


@dataclass(frozen=True)
class Stretch:
    """A piece of the log: the *events* of some kinds in it, oldest first, and the number it goes *up_to*.

    *last* is the number of the newest event of all. *whole* says that nothing between its beginning and the log's is missing:
    not trimmed away, and not from a future that this log does not have.
    """

    events: list[Event]
    up_to: int
    last: int
    whole: bool


def find(conn: sqlite3.Connection, name: str) -> int | None:
    """The number of the last event a follower is done with; None for one that has never followed."""
    row = conn.execute("SELECT number FROM cursors WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def put(conn: Writer, name: str, number: int) -> None:
    conn.execute(
        "INSERT INTO cursors VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = excluded.number", (name, number)
    )


def read_on(conn: sqlite3.Connection, number: int, kinds: Collection[str], *, limit: int) -> Stretch:
    """What follows *number* in the log: at most *limit* events of these kinds."""
    rows = conn.execute(
        """SELECT * FROM events WHERE number > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?""",
        (number, msgspec.json.encode(sorted(kinds)).decode(), limit),
    )
    events = [log.from_row(row) for row in rows]
    last = log.last_number(conn)
    whole = log.first_number(conn) - 1 <= number <= last
    return Stretch(events, events[-1].number if len(events) == limit else last, last, whole)
