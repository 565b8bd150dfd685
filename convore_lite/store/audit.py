"""The audit log: what was done with a privilege, by whom, to whom. Written in the transaction of the act.

Rule: it is read by admins of the server, who do not read private groups: no line holds what somebody said, or a topic's name.
"""

from __future__ import annotations

import json
import sqlite3

from ..words.asker import Asker
from ..words.models import AuditEntry, time_text
from . import people
from .connections import Writer

# Milliseconds after which a step is of another act of the same kind.
PAUSE = 60_000


def note(
    conn: Writer,
    asker: Asker,
    act: str,
    *,
    at: int,
    user_id: int | None = None,
    group_id: int | None = None,
    topic_id: int | None = None,
    **detail: str | int | bool | None,
) -> None:
    """Write down that *asker* did *act* (a verb and its noun, "remove member"), to whom or what."""
    actor_id = None if asker.via == "console" else asker.id
    conn.execute(
        "INSERT INTO audit (at, actor_id, via, act, user_id, group_id, topic_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (at, actor_id, asker.via, act, user_id, group_id, topic_id, json.dumps(detail, ensure_ascii=False)),
    )


def note_step(conn: Writer, asker: Asker, act: str, *, at: int, lines: int) -> None:
    """Write down a step of something long, such as an import: all its steps are one line, as long as nothing else comes between."""
    newest = conn.execute(
        "SELECT id, via, act, detail FROM audit WHERE at > ? ORDER BY id DESC LIMIT 1", (at - PAUSE,)
    ).fetchone()
    if newest is None or (newest["via"], newest["act"]) != (asker.via, act):
        note(conn, asker, act, at=at, lines=lines)
        return
    detail = json.dumps({"lines": json.loads(newest["detail"])["lines"] + lines})
    conn.execute("UPDATE audit SET at = ?, detail = ? WHERE id = ?", (at, detail, newest["id"]))


def entries(conn: sqlite3.Connection, *, before: int | None = None, limit: int) -> list[AuditEntry]:
    """The newest first, before an entry."""
    rows = conn.execute(
        "SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", (before if before is not None else 2**53, limit)
    ).fetchall()
    return [_entry(conn, row) for row in rows]


def _entry(conn: sqlite3.Connection, row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at=time_text(row["at"]),
        actor=people.find(conn, row["actor_id"]) if row["actor_id"] is not None else None,
        via=row["via"],
        act=row["act"],
        user=people.find(conn, row["user_id"]) if row["user_id"] is not None else None,
        group_id=row["group_id"],
        topic_id=row["topic_id"],
        detail=json.loads(row["detail"]),
    )
