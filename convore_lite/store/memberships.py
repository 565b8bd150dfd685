"""Memberships: who is in which group, and with which role.

Rule: a group is looked up with its asker's permission first (groups.find_for); nothing here asks again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from ..words.errors import Forbidden
from ..words.models import GroupRole, Member, User, time_text
from . import log, reading
from .people import USER_COLUMNS, user_from

# In a group of so many, everybody may call everybody: they all know each other. Above it, unless the group says otherwise, admins.
FEW = 50


def add(conn: sqlite3.Connection, group_id: int, user_id: int, *, role: GroupRole, at: int) -> bool:
    """Put somebody in, with everything said so far counting as read; False where they were in already."""
    latest = conn.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
    added = conn.execute(
        """INSERT OR IGNORE INTO memberships (user_id, group_id, role, read_up_to, joined_at, since)
           VALUES (?, ?, ?, ?, ?, ?)""",
        (user_id, group_id, role, latest, at, log.last_number(conn)),
    ).rowcount
    if added:  # how far they had come as an onlooker, or as a member before, is of no use any more; nor that they asked
        reading.forget(conn, user_id, group_id)
        conn.execute("DELETE FROM join_requests WHERE group_id = ? AND user_id = ?", (group_id, user_id))
    return added > 0


def set_role(conn: sqlite3.Connection, group_id: int, user_id: int, role: GroupRole) -> None:
    conn.execute("UPDATE memberships SET role = ? WHERE group_id = ? AND user_id = ?", (role, group_id, user_id))


def remove(conn: sqlite3.Connection, group_id: int, user_id: int) -> bool:
    return conn.execute("DELETE FROM memberships WHERE group_id = ? AND user_id = ?", (group_id, user_id)).rowcount > 0


def role_of(conn: sqlite3.Connection, group_id: int, user_id: int) -> GroupRole | None:
    row = conn.execute(
        "SELECT role FROM memberships WHERE group_id = ? AND user_id = ?", (group_id, user_id)
    ).fetchone()
    return row[0] if row else None


def require(conn: sqlite3.Connection, group_id: int, user_id: int) -> GroupRole:
    """Their role in a group they can see. Raises Forbidden for those who only look on."""
    role = role_of(conn, group_id, user_id)
    if role is None:
        raise Forbidden("Join the group first.")
    return role


def may_name_everyone(conn: sqlite3.Connection, group_id: int, user_id: int) -> bool:
    """May somebody write @group and @here in a group? In a conversation everybody may."""
    row = conn.execute(
        """SELECT m.role, g.kind, g.mention_everyone,
               (SELECT count(*) FROM (SELECT 1 FROM memberships WHERE group_id = g.id LIMIT ?)) AS members
           FROM groups g JOIN memberships m ON m.group_id = g.id AND m.user_id = ? WHERE g.id = ?""",
        (FEW + 1, user_id, group_id),
    ).fetchone()
    if row is None:
        return False
    few = row["mention_everyone"] == "auto" and row["members"] <= FEW
    return bool(few or row["role"] == "admin" or row["kind"] == "direct" or row["mention_everyone"] == "members")


def other_admins(conn: sqlite3.Connection, group_id: int, user_id: int) -> int:
    """How many admins of a group there are beside this user, not counting those who are deactivated."""
    query = """SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id
               WHERE m.group_id = ? AND m.role = 'admin' AND m.user_id != ? AND u.deactivated_at IS NULL"""
    return int(conn.execute(query, (group_id, user_id)).fetchone()[0])


def of_group(conn: sqlite3.Connection, group_id: int, *, after: str = "", limit: int) -> list[Member]:
    """Members by username, after the username *after*."""
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS}, m.role, m.joined_at FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.group_id = ? AND u.username > ? ORDER BY u.username LIMIT ?""",
        (group_id, after, limit),
    )
    return [Member(user_from(row), row["role"], time_text(row["joined_at"])) for row in rows]


def find(conn: sqlite3.Connection, group_id: int, user_id: int) -> Member:
    row = conn.execute(
        f"""SELECT {USER_COLUMNS}, m.role, m.joined_at FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.group_id = ? AND m.user_id = ?""",
        (group_id, user_id),
    ).fetchone()
    return Member(user_from(row), row["role"], time_text(row["joined_at"]))


def groups_of(conn: sqlite3.Connection, user_ids: Collection[int]) -> dict[int, set[int]]:
    """The groups in which some users are, by user."""
    marks = ",".join(str(int(number)) for number in user_ids)
    found: dict[int, set[int]] = {}
    for user_id, group_id in conn.execute(f"SELECT user_id, group_id FROM memberships WHERE user_id IN ({marks})"):
        found.setdefault(user_id, set()).add(group_id)
    return found


def people_of_mine(conn: sqlite3.Connection, user_id: int) -> dict[int, set[int]]:
    """Who is in each of somebody's groups."""
    found: dict[int, set[int]] = {}
    rows = conn.execute(
        """SELECT m.group_id, m.user_id FROM memberships mine JOIN memberships m ON m.group_id = mine.group_id
           WHERE mine.user_id = ?""",
        (user_id,),
    )
    for group_id, member_id in rows:
        found.setdefault(group_id, set()).add(member_id)
    return found


def ids_among(conn: sqlite3.Connection, group_id: int, user_ids: Collection[int]) -> list[int]:
    """Those of *user_ids* who are members."""
    query = "SELECT user_id FROM memberships WHERE group_id = ? AND user_id IN (SELECT value FROM json_each(?))"
    return [row[0] for row in conn.execute(query, (group_id, json.dumps(list(user_ids))))]


def users_among(conn: sqlite3.Connection, group_id: int, user_ids: Collection[int]) -> list[User]:
    """Those of *user_ids* who are members, by username."""
    marks = ",".join(str(int(number)) for number in user_ids)
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.group_id = ? AND u.id IN ({marks}) ORDER BY u.username""",
        (group_id,),
    )
    return [user_from(row) for row in rows]
