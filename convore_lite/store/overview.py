"""What admins of the server see of people and groups, to look after them.

Rule: nothing of what is said, no topic's name, and of conversations of a few people not even that they are there.
"""

from __future__ import annotations

import sqlite3

from ..words.errors import NotFound
from ..words.models import Account, GroupSummary, time_text
from .people import USER_COLUMNS, user_from

ACCOUNT = f"""
SELECT {USER_COLUMNS}, u.role, u.email, u.created_at, u.password_hash IS NOT NULL AS has_password, nullif(max(
    coalesce((SELECT max(max(last_seen_at, created_at)) FROM sessions WHERE user_id = u.id), 0),
    coalesce((SELECT max(last_used_at) FROM tokens WHERE user_id = u.id), 0)), 0) AS last_seen_at
FROM users u
"""
GROUP = f"""
SELECT g.id, g.slug, g.name, g.kind, g.created_at, {USER_COLUMNS},
    (SELECT count(*) FROM memberships WHERE group_id = g.id) AS members_count,
    (SELECT count(*) FROM topics WHERE group_id = g.id) AS topics_count,
    (SELECT coalesce(sum(message_count), 0) FROM topics WHERE group_id = g.id) AS message_count
FROM groups g JOIN users u ON u.id = g.creator_id
"""
# What an admin of the server may know of: a deleted group is none, whatever is left of it.
KNOWN = "g.kind != 'direct' AND g.deleted_at IS NULL"


def account(conn: sqlite3.Connection, who: int | str) -> Account:
    """Anybody's account, by id or username. Raises NotFound."""
    column = "id" if isinstance(who, int) else "username"
    row = conn.execute(f"{ACCOUNT} WHERE u.{column} = ?", (who,)).fetchone()
    if row is None:
        raise NotFound("There is no such user.")
    return _account_from(row)


def accounts(conn: sqlite3.Connection, words: str = "", *, after: str = "", limit: int) -> list[Account]:
    """Accounts whose username, name or e-mail address begins with *words*, by username, after one. An erased one is none."""
    rows = conn.execute(
        f"""{ACCOUNT} WHERE u.username > :after AND u.gone IS NULL
            AND (u.username LIKE :start ESCAPE '\\' OR u.name LIKE :start ESCAPE '\\' OR u.email LIKE :start ESCAPE '\\')
            ORDER BY u.username LIMIT :limit""",
        {"start": beginning(words), "after": after, "limit": limit},
    )
    return [_account_from(row) for row in rows]


def group(conn: sqlite3.Connection, which: int | str) -> GroupSummary:
    """A public or private group, by id or slug. Raises NotFound."""
    column = "id" if isinstance(which, int) else "slug"
    row = conn.execute(f"{GROUP} WHERE g.{column} = ? AND {KNOWN}", (which,)).fetchone()
    if row is None:
        raise NotFound()
    return _group_from(row)


def groups(conn: sqlite3.Connection, words: str = "", *, after: str = "", limit: int) -> list[GroupSummary]:
    """Public and private groups whose name or address begins with *words*, by address, after one."""
    rows = conn.execute(
        f"""{GROUP} WHERE {KNOWN} AND (g.name LIKE :start ESCAPE '\\' OR g.slug LIKE :start ESCAPE '\\') AND g.slug > :after
            ORDER BY g.slug LIMIT :limit""",
        {"start": beginning(words), "after": after, "limit": limit},
    )
    return [_group_from(row) for row in rows]


def largest_groups(conn: sqlite3.Connection, *, limit: int) -> list[GroupSummary]:
    """Those with most messages, most first."""
    rows = conn.execute(f"{GROUP} WHERE {KNOWN} ORDER BY message_count DESC, g.slug LIMIT ?", (limit,))
    return [_group_from(row) for row in rows]


def group_names(conn: sqlite3.Connection, ids: set[int]) -> dict[int, str]:
    """The names of those groups among *ids* that an admin of the server may know of."""
    found = {number: conn.execute(f"SELECT name FROM groups g WHERE g.id = ? AND {KNOWN}", (number,)) for number in ids}
    return {number: row[0] for number, cursor in found.items() if (row := cursor.fetchone())}


def beginning(words: str) -> str:
    """A LIKE pattern, with backslash as its escape, for what begins with *words*."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _account_from(row: sqlite3.Row) -> Account:
    return Account(
        user=user_from(row),
        role=row["role"],
        email=row["email"],
        created_at=time_text(row["created_at"]),
        last_seen_at=time_text(row["last_seen_at"]) if row["last_seen_at"] else None,
        has_password=bool(row["has_password"]),
    )


def _group_from(row: sqlite3.Row) -> GroupSummary:
    return GroupSummary(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        kind=row["kind"],
        creator=user_from(row),
        created_at=time_text(row["created_at"]),
        members_count=row["members_count"],
        topics_count=row["topics_count"],
        message_count=row["message_count"],
    )
