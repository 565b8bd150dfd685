"""Invitations: links for many, to this place or into a group. Only the hashes of their codes are stored.

Rule: an invitation can do what whoever made it still may. It is looked at again each time it is used.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ..words.errors import NotFound
from ..words.models import Invitation, InvitedRole, User, time_text
from .people import USER_COLUMNS, user_from

# Does its maker look after this place, so that new accounts come of it? Into a group, do they look after that as well?
ADMINISTERS = "u.deactivated_at IS NULL AND u.role IN ('owner', 'admin')"
LOOKS_AFTER_GROUP = """u.deactivated_at IS NULL AND u.role != 'guest' AND EXISTS (
    SELECT 1 FROM memberships m JOIN groups g ON g.id = m.group_id
    WHERE m.group_id = i.group_id AND m.user_id = i.creator_id AND m.role = 'admin' AND g.deleted_at IS NULL)"""
WORKS = f"""(i.revoked_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > :at) AND (i.max_uses IS NULL OR i.uses < i.max_uses)
    AND CASE WHEN i.group_id IS NULL THEN {ADMINISTERS} ELSE {LOOKS_AFTER_GROUP} END)"""
SELECT = f"""
SELECT i.*, {USER_COLUMNS}, {ADMINISTERS} AS administers, {WORKS} AS works
FROM invitations i JOIN users u ON u.id = i.creator_id
"""


@dataclass(frozen=True)
class Found:
    """An invitation that works. *administers*: its maker may make accounts."""

    id: int
    creator: User
    group_id: int | None
    role: InvitedRole
    administers: bool


def insert(
    conn: sqlite3.Connection,
    key: bytes,
    *,
    creator_id: int,
    group_id: int | None,
    role: InvitedRole,
    at: int,
    expires_at: int | None,
    max_uses: int | None,
) -> int:
    number = conn.execute(
        """INSERT INTO invitations (hash, creator_id, group_id, role, created_at, expires_at, max_uses)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (key, creator_id, group_id, role, at, expires_at, max_uses),
    ).lastrowid
    return number or 0


def find(conn: sqlite3.Connection, invitation_id: int, *, at: int) -> Invitation:
    """Raises NotFound."""
    row = conn.execute(f"{SELECT} WHERE i.id = :id", {"id": invitation_id, "at": at}).fetchone()
    if row is None:
        raise NotFound("There is no such invitation.")
    return _invitation(row)


def find_working(conn: sqlite3.Connection, key: bytes, *, at: int) -> Found:
    """The invitation of a code. Raises NotFound where it does not work, for whatever reason."""
    row = conn.execute(f"{SELECT} WHERE i.hash = :key AND {WORKS}", {"key": key, "at": at}).fetchone()
    if row is None:
        raise NotFound()
    return Found(row["id"], user_from(row), row["group_id"], row["role"], bool(row["administers"]))


def count_use(conn: sqlite3.Connection, invitation_id: int) -> None:
    conn.execute("UPDATE invitations SET uses = uses + 1 WHERE id = ?", (invitation_id,))


def revoke(conn: sqlite3.Connection, invitation_id: int, *, at: int) -> None:
    conn.execute("UPDATE invitations SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (at, invitation_id))


def of_server(conn: sqlite3.Connection, *, at: int) -> list[Invitation]:
    """The invitations to this place that were not revoked, the newest first."""
    return _listed(conn, "i.group_id IS NULL", at=at)


def of_group(conn: sqlite3.Connection, group_id: int, *, at: int) -> list[Invitation]:
    """The invitations into a group that were not revoked, the newest first."""
    return _listed(conn, "i.group_id = :group", at=at, group=group_id)


def _listed(conn: sqlite3.Connection, which: str, **values: int) -> list[Invitation]:
    rows = conn.execute(f"{SELECT} WHERE {which} AND i.revoked_at IS NULL ORDER BY i.id DESC", values)
    return [_invitation(row) for row in rows]


def _invitation(row: sqlite3.Row) -> Invitation:
    return Invitation(
        id=row["id"],
        creator=user_from(row),
        group_id=row["group_id"],
        role=row["role"],
        created_at=time_text(row["created_at"]),
        expires_at=time_text(row["expires_at"]) if row["expires_at"] is not None else None,
        max_uses=row["max_uses"],
        uses=row["uses"],
        works=bool(row["works"]),
    )
