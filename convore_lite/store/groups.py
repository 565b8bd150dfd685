"""Groups, and who may read them.

Rule: look-up is permission. A group is found through what its asker may read, so what is not yours is not there.
A conversation (a direct group) has no name: each of its people sees the names of the others, as they are now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from ..words.errors import Conflict, NotFound
from ..words.models import Group, GroupCounts, GroupKind, MyGroup, User, time_text
from . import reading
from .people import USER_COLUMNS, user_from
from .permission import NO_GUEST, READABLE

SELECT = f"""
SELECT g.*, {USER_COLUMNS}, m.role AS my_role, m.level AS my_level,
    (SELECT count(*) FROM memberships WHERE group_id = g.id) AS members_count,
    (SELECT count(*) FROM topics WHERE group_id = g.id) AS topics_count
FROM groups g JOIN users u ON u.id = g.creator_id
LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = :me
"""
# What whoever looks after this place may know of: no conversation. A deleted group is hidden as one.
NO_CONVERSATION = "g.kind != 'direct'"
ORDERS = {
    "popular": "members_count DESC, g.slug",
    "recent": "g.created_at DESC, g.id DESC",
    "alphabetical": "g.name COLLATE NOCASE, g.slug",
}


def group_from(row: sqlite3.Row, people: list[User] | None = None, *, me: int = 0, my: MyGroup | None = None) -> Group:
    """The Group in a row of SELECT; of a conversation with its *people*, and the name that it has for *me*."""
    group = Group(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        description=row["description"],
        kind=row["kind"],
        creator=user_from(row),
        created_at=time_text(row["created_at"]),
        members_count=row["members_count"],
        topics_count=row["topics_count"],
        default_topic_id=row["default_topic_id"],
        mention_everyone=row["mention_everyone"],
        my=my or msgspec.UNSET,
    )
    if people is None:
        return group
    return msgspec.structs.replace(
        group, people=people, name=", ".join(person.name for person in people if person.id != me)
    )


def find_for(conn: sqlite3.Connection, user_id: int, which: int | str) -> Group:
    """A group that *user_id* may read, by id or slug, with what is theirs in it. Raises NotFound."""
    row = _row_for(conn, user_id, which)
    counts = reading.group_counts(conn, user_id, row["id"])
    people = _people(conn, [row]).get(row["id"])
    return group_from(row, people, me=user_id, my=_my(row, counts))


def id_for(conn: sqlite3.Connection, user_id: int, which: int | str) -> int:
    """The id of a group that *user_id* may read. Raises NotFound."""
    return int(_row_for(conn, user_id, which)["id"])


def find(conn: sqlite3.Connection, which: int | str) -> Group:
    """Any group but a conversation, for whoever owns the data folder. Raises NotFound."""
    query = f"{SELECT} WHERE g.{_column(which)} = :which AND {NO_CONVERSATION}"
    row = conn.execute(query, {"me": 0, "which": which}).fetchone()
    if row is None:
        raise NotFound("There is no such group.")
    return group_from(row)


def bare(conn: sqlite3.Connection, group_id: int) -> Group:
    """A group as everybody sees it, for events: nothing in it is anyone's own."""
    row = conn.execute(f"{SELECT} WHERE g.id = :id", {"me": 0, "id": group_id}).fetchone()
    return group_from(row, _people(conn, [row]).get(group_id))


def of_member(conn: sqlite3.Connection, user_id: int) -> list[Group]:
    """All groups of a member, by name, and then their conversations; with their counts."""
    return _of_member(conn, user_id, "1 ORDER BY g.kind = 'direct', g.name COLLATE NOCASE, g.id")


def direct_of(conn: sqlite3.Connection, user_id: int) -> list[Group]:
    """The conversations of somebody, the latest spoken in first."""
    latest = "(SELECT max(t.last_message_at) FROM topics t WHERE t.group_id = g.id)"
    return _of_member(conn, user_id, f"g.kind = 'direct' ORDER BY coalesce({latest}, g.created_at) DESC, g.id DESC")


def moved_from(conn: sqlite3.Connection, user_id: int, slug: str) -> Group | None:
    """The group that had this address before, where *user_id* may read it."""
    row = conn.execute("SELECT group_id FROM group_addresses WHERE slug = ?", (slug,)).fetchone()
    try:
        return find_for(conn, user_id, row["group_id"]) if row else None
    except NotFound:
        return None


def all_groups(conn: sqlite3.Connection) -> list[Group]:
    """Every group there is but conversations, for whoever owns the data folder."""
    query = f"{SELECT} WHERE {NO_CONVERSATION} ORDER BY g.name COLLATE NOCASE, g.id"
    return [group_from(row) for row in conn.execute(query, {"me": 0})]


def discover(conn: sqlite3.Connection, user_id: int, words: str, *, order: str, offset: int, limit: int) -> list[Group]:
    """Public groups whose name or slug holds *words*."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = conn.execute(
        f"""{SELECT} WHERE g.kind = 'public' AND {READABLE} AND (g.name LIKE :words ESCAPE '\\' OR g.slug LIKE :words ESCAPE '\\')
            ORDER BY {ORDERS[order]} LIMIT :limit OFFSET :offset""",
        {"me": user_id, "words": pattern, "limit": limit, "offset": offset},
    ).fetchall()
    counts = {group.id: group for group in reading.unread(conn, user_id).groups}
    return [group_from(row, my=_my(row, counts.get(row["id"]))) for row in rows]


def insert(
    conn: sqlite3.Connection, slug: str, name: str, *, kind: GroupKind, description: str, creator_id: int, at: int
) -> int:
    """Raises Conflict where the slug is taken. One that a group had before is given up to the new one."""
    _take_address(conn, slug)
    number = conn.execute(
        "INSERT INTO groups (slug, name, description, kind, creator_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (slug, name, description, kind, creator_id, at),
    ).lastrowid
    return number or 0


def change(conn: sqlite3.Connection, group_id: int, **columns: str | int) -> None:
    """Set some of slug, name, description, kind, default_topic_id, mention_everyone. Raises Conflict where the slug is taken.

    The old slug is kept for whoever has a link, until another group takes it.
    """
    for column, value in columns.items():
        assert column in {"slug", "name", "description", "kind", "default_topic_id", "mention_everyone"}
        if column == "slug":
            _take_address(conn, str(value))
            conn.execute("INSERT INTO group_addresses SELECT slug, id FROM groups WHERE id = ?", (group_id,))
        conn.execute(f"UPDATE groups SET {column} = ? WHERE id = ?", (value, group_id))


def holds_topic(conn: sqlite3.Connection, group_id: int, topic_id: int) -> bool:
    row = conn.execute("SELECT 1 FROM topics WHERE id = ? AND group_id = ?", (topic_id, group_id)).fetchone()
    return row is not None


def slugs_like(conn: sqlite3.Connection, start: str) -> set[str]:
    """The slugs that begin with *start*."""
    return {row[0] for row in conn.execute("SELECT slug FROM groups WHERE slug GLOB ?", (glob_start(start),))}


def glob_start(text: str) -> str:
    """A GLOB pattern for what begins with *text*; a slug holds no character that GLOB reads as its own."""
    return text + "*"


def set_default_topic(conn: sqlite3.Connection, group_id: int, topic_id: int) -> None:
    conn.execute("UPDATE groups SET default_topic_id = ? WHERE id = ?", (topic_id, group_id))


def readable_ids(conn: sqlite3.Connection, user_id: int, among: frozenset[int]) -> tuple[set[int], set[int]]:
    """The groups of a member, and those *among* some that are public and not theirs."""
    own = {row[0] for row in conn.execute("SELECT group_id FROM memberships WHERE user_id = ?", (user_id,))}
    marks = ",".join(str(int(number)) for number in among - own)
    query = f"SELECT id FROM groups WHERE kind = 'public' AND id IN ({marks}) AND {NO_GUEST}"
    public = {row[0] for row in conn.execute(query, {"me": user_id})}
    return own, public


def _row_for(conn: sqlite3.Connection, user_id: int, which: int | str) -> sqlite3.Row:
    query = f"{SELECT} WHERE g.{_column(which)} = :which AND {READABLE}"
    row = conn.execute(query, {"me": user_id, "which": which}).fetchone()
    if row is None:
        raise NotFound()
    return row  # type: ignore[no-any-return]


def _column(which: int | str) -> str:
    return "id" if isinstance(which, int) else "slug"


def _of_member(conn: sqlite3.Connection, user_id: int, which: str) -> list[Group]:
    counts = {group.id: group for group in reading.unread(conn, user_id).groups}
    rows = conn.execute(f"{SELECT} WHERE m.user_id IS NOT NULL AND {which}", {"me": user_id}).fetchall()
    people = _people(conn, rows)
    return [group_from(row, people.get(row["id"]), me=user_id, my=_my(row, counts.get(row["id"]))) for row in rows]


def _people(conn: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> dict[int, list[User]]:
    """Who is in each of those groups that are conversations, by username."""
    marks = ",".join(str(row["id"]) for row in rows if row["kind"] == "direct")
    found: dict[int, list[User]] = {}
    query = f"""SELECT m.group_id, {USER_COLUMNS} FROM memberships m JOIN users u ON u.id = m.user_id
                WHERE m.group_id IN ({marks}) ORDER BY u.username"""
    for row in conn.execute(query) if marks else ():
        found.setdefault(row["group_id"], []).append(user_from(row))
    return found


def _take_address(conn: sqlite3.Connection, slug: str) -> None:
    if conn.execute("SELECT 1 FROM groups WHERE slug = ?", (slug,)).fetchone():
        raise Conflict(f"The address “{slug}” is taken.")
    conn.execute("DELETE FROM group_addresses WHERE slug = ?", (slug,))


def _my(row: sqlite3.Row, counts: GroupCounts | None) -> MyGroup:
    return MyGroup(
        row["my_role"], counts.unread if counts else 0, counts.mentions if counts else 0, row["my_level"] or "normal"
    )
