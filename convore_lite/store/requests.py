"""Who asks to be let into which group."""

from __future__ import annotations

import sqlite3

from ..words.errors import NotFound
from ..words.models import JoinRequest, User, time_text
from .connections import Writer
from .people import USER_COLUMNS, user_from

# Numbers of the event log that asking takes, whatever came of it. So many admins of a group are told, by an event each; the
# others of a group that has more see it on their pages.
NUMBERS = 10


def group_to_ask(conn: sqlite3.Connection, which: int | str) -> int | None:
    """The group somebody means who cannot read it. Nobody is let into a conversation, or a group that is deleted."""
    column = "id" if isinstance(which, int) else "slug"
    row = conn.execute(f"SELECT id FROM groups WHERE {column} = ? AND kind != 'direct'", (which,)).fetchone()
    return row[0] if row else None


def insert(conn: sqlite3.Connection, group_id: int, user_id: int, *, at: int) -> bool:
    """Ask; False for who has asked already."""
    query = "INSERT OR IGNORE INTO join_requests (group_id, user_id, created_at) VALUES (?, ?, ?)"
    return conn.execute(query, (group_id, user_id, at)).rowcount > 0


def cover(conn: Writer, told: int) -> None:
    """Let the event log go on as far as it always does when somebody asks, after *told* events.

    Where the log stands is told to everybody, and a write that changes nothing is quicker. Either would tell somebody who asks
    for a group that they cannot see whether it is there.
    """
    conn.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'events'", (NUMBERS - told,))


def of_group(conn: sqlite3.Connection, group_id: int, *, after: str = "", limit: int) -> list[JoinRequest]:
    """Who asks to be let in, by username, after the username *after*."""
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS}, r.created_at FROM join_requests r JOIN users u ON u.id = r.user_id
            WHERE r.group_id = ? AND u.username > ? ORDER BY u.username LIMIT ?""",
        (group_id, after, limit),
    )
    return [JoinRequest(user_from(row), time_text(row["created_at"])) for row in rows]


def take(conn: sqlite3.Connection, group_id: int, who: int | str) -> User:
    """Take somebody's request away, to be answered; who it is. Raises NotFound where they did not ask."""
    column = "id" if isinstance(who, int) else "username"
    row = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM join_requests r JOIN users u ON u.id = r.user_id
            WHERE r.group_id = ? AND u.{column} = ?""",
        (group_id, who),
    ).fetchone()
    if row is None:
        raise NotFound()
    conn.execute("DELETE FROM join_requests WHERE group_id = ? AND user_id = ?", (group_id, row["user_id"]))
    return user_from(row)


def admins_of(conn: sqlite3.Connection, group_id: int) -> list[int]:
    """The ids of those who are told that somebody asks: of the admins who can come in, those who are in it longest."""
    rows = conn.execute(
        """SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
           WHERE m.group_id = ? AND m.role = 'admin' AND u.deactivated_at IS NULL ORDER BY m.joined_at, m.user_id LIMIT ?""",
        (group_id, NUMBERS),
    )
    return [row[0] for row in rows]
