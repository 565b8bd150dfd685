"""Notes: the smallest thing to write into a store and to tell of, for tests that care about how and not about what."""

from __future__ import annotations

import sqlite3

from convore_lite.store import Writer, log
from convore_lite.words.events import SettingsChanged


def write_note(conn: Writer, text: str) -> str:
    """Write a note down and tell of it."""
    conn.execute("INSERT INTO facts VALUES (?, 'a note')", (text,))
    log.tell(conn, SettingsChanged({"note": text}), at=1, user_id=1)
    return text


def notes(conn: sqlite3.Connection) -> set[str]:
    return {row[0] for row in conn.execute("SELECT name FROM facts WHERE value = 'a note'")}


def notes_told(conn: sqlite3.Connection) -> list[str]:
    """The notes in the event log, in its order."""
    rows = conn.execute("SELECT json_extract(CAST(payload AS TEXT), '$.settings.note') FROM events ORDER BY number")
    return [row[0] for row in rows]
