"""People and bots: who they are and what they chose."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from ..words.errors import Conflict, NotFound
from ..words.models import Me, ServerRole, User, UserKind
from ..words.slugs import LOOK_ALIKES
from .connections import Writer

# A username with every letter that passes for another replaced by that one: who looks alike is equal here.
LOOKS = functools.reduce(lambda sql, pair: f"replace({sql}, '{pair[0]}', '{pair[1]}')", LOOK_ALIKES, "{}")
# Guests know of nobody but themselves and those with whom they share a group.
VISIBLE = """(
    u.id = :me OR (SELECT role FROM users WHERE id = :me) != 'guest' OR EXISTS (
        SELECT 1 FROM memberships mine JOIN memberships theirs ON theirs.group_id = mine.group_id
        WHERE mine.user_id = :me AND theirs.user_id = u.id))"""
# What a User is made of, wherever a query joins the table users as u.
USER_COLUMNS = "u.id AS user_id, u.username, u.name AS user_name, u.kind AS user_kind, u.avatar, u.deactivated_at"


def user_from(row: sqlite3.Row | Mapping[str, Any]) -> User:
    """The User in a row that selected USER_COLUMNS, or in a mapping with their names."""
    return User(
        id=row["user_id"],
        username=row["username"],
        name=row["user_name"],
        kind=row["user_kind"],
        avatar_url=f"/avatars/{row['avatar']}" if row["avatar"] else None,
        deactivated=row["deactivated_at"] is not None,
    )


def insert(
    conn: sqlite3.Connection,
    username: str,
    name: str,
    *,
    at: int,
    role: ServerRole = "member",
    kind: UserKind = "person",
    email: str | None = None,
    password_hash: str | None = None,
) -> User:
    """Raises Conflict where the username is taken, or looks like one that is."""
    taken = looking_like(conn, username)
    if taken is not None:
        alike = f", and “{username}” looks too much like it" if taken != username else ""
        raise Conflict(f"The username “{taken}” is taken{alike}.")
    number = conn.execute(
        "INSERT INTO users (username, name, kind, role, email, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (username, name, kind, role, email, password_hash, at),
    ).lastrowid
    return find(conn, number or 0)


def claim(conn: Writer, username: str, name: str, *, at: int, password_hash: str) -> User:
    """Make the owner; under the name of somebody who was imported and never had a password, they are that one. Raises Conflict."""
    row = conn.execute(
        """UPDATE users SET name = ?, role = 'owner', password_hash = ?
           WHERE username = ? AND kind = 'person' AND password_hash IS NULL AND deactivated_at IS NULL RETURNING id""",
        (name, password_hash, username),
    ).fetchone()
    if row is not None:
        return find(conn, row[0])
    return insert(conn, username, name, at=at, role="owner", password_hash=password_hash)


def find(conn: sqlite3.Connection, who: int | str) -> User:
    """A user by id or username. Raises NotFound."""
    column = "id" if isinstance(who, int) else "username"
    row = conn.execute(f"SELECT {USER_COLUMNS} FROM users u WHERE u.{column} = ?", (who,)).fetchone()
    if row is None:
        raise NotFound("There is no such user.")
    return user_from(row)


def find_for(conn: sqlite3.Connection, user_id: int, who: int | str) -> User:
    """A user whom *user_id* may know of, by id or username. Raises NotFound."""
    column = "id" if isinstance(who, int) else "username"
    query = f"SELECT {USER_COLUMNS} FROM users u WHERE u.{column} = :who AND {VISIBLE}"
    row = conn.execute(query, {"me": user_id, "who": who}).fetchone()
    if row is None:
        raise NotFound()
    return user_from(row)


def role_of(conn: sqlite3.Connection, user_id: int) -> ServerRole:
    return conn.execute("SELECT role FROM users WHERE id = ?", (user_id,)).fetchone()[0]  # type: ignore[no-any-return]


def set_role(conn: Writer, user_id: int, role: ServerRole) -> None:
    conn.execute("UPDATE users SET role = ? WHERE id = ?", (role, user_id))


def is_gone(conn: sqlite3.Connection, user_id: int) -> bool:
    """Have they left for good?"""
    return conn.execute("SELECT gone FROM users WHERE id = ?", (user_id,)).fetchone()[0] is not None


def looking_like(conn: sqlite3.Connection, username: str) -> str | None:
    """The username that is this one, or could be read as it."""
    query = f"SELECT username FROM users WHERE {LOOKS.format('username')} = {LOOKS.format('?')}"
    row = conn.execute(query, (username,)).fetchone()
    return row[0] if row else None


def me(conn: sqlite3.Connection, user_id: int) -> Me:
    row = conn.execute(
        f"SELECT {USER_COLUMNS}, u.email, u.role, u.settings FROM users u WHERE u.id = ?", (user_id,)
    ).fetchone()
    user = user_from(row)
    return Me(
        id=user.id,
        username=user.username,
        name=user.name,
        kind=user.kind,
        avatar_url=user.avatar_url,
        deactivated=user.deactivated,
        email=row["email"],
        role=row["role"],
        settings=json.loads(row["settings"]),
    )


def credentials(conn: sqlite3.Connection, username: str) -> tuple[int, str] | None:
    """The id and password hash of an account that can sign in with a password."""
    row = conn.execute(
        """SELECT id, password_hash FROM users WHERE username = ?
           AND password_hash IS NOT NULL AND kind = 'person' AND deactivated_at IS NULL""",
        (username,),
    ).fetchone()
    return (row[0], row[1]) if row else None


def search_for(conn: sqlite3.Connection, user_id: int, words: str, *, after: str, limit: int) -> list[User]:
    """Those whom *user_id* may know of and whose username or name begins with *words*, by username, after one."""
    return _search(conn, VISIBLE, words, me=user_id, after=after, limit=limit)


def search(conn: sqlite3.Connection, words: str, *, after: str, limit: int) -> list[User]:
    """The same among everybody, for whoever looks after them."""
    return _search(conn, "1", words, me=0, after=after, limit=limit)


def mentionable_for(conn: sqlite3.Connection, user_id: int, group_id: int, words: str, *, limit: int) -> list[User]:
    """Others whom *user_id* may mention in a group: its members first, and in a public one whom they may know of and who reads it.

    Their username, or a word of their name, begins with *words*.
    """
    start = _pattern(words)
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM users u JOIN groups g ON g.id = :group
            LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = u.id
            WHERE u.id != :me AND u.gone IS NULL AND u.deactivated_at IS NULL
              AND (m.user_id IS NOT NULL OR (g.kind = 'public' AND u.role != 'guest')) AND {VISIBLE}
              AND (u.username LIKE :start ESCAPE '\\' OR u.name LIKE :start ESCAPE '\\' OR u.name LIKE '% ' || :start ESCAPE '\\')
            ORDER BY m.user_id IS NULL, u.username LIMIT :limit""",
        {"me": user_id, "group": group_id, "start": start, "limit": limit},
    )
    return [user_from(row) for row in rows]


def ids_of(conn: sqlite3.Connection, usernames: Iterable[str]) -> dict[str, int]:
    """The ids of those usernames that exist."""
    names = json.dumps(sorted(usernames))
    return dict(
        conn.execute("SELECT username, id FROM users WHERE username IN (SELECT value FROM json_each(?))", (names,))
    )


def ids_for(conn: sqlite3.Connection, user_id: int, usernames: Iterable[str]) -> dict[str, int]:
    """The ids of those usernames that *user_id* may know of."""
    query = (
        f"SELECT u.username, u.id FROM users u WHERE u.username IN (SELECT value FROM json_each(:names)) AND {VISIBLE}"
    )
    return dict(conn.execute(query, {"me": user_id, "names": json.dumps(sorted(usernames))}))


def owner(conn: sqlite3.Connection) -> User | None:
    """The (first) owner of this server who is not deactivated."""
    row = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM users u WHERE u.role = 'owner' AND u.deactivated_at IS NULL
            ORDER BY u.id LIMIT 1"""
    ).fetchone()
    return user_from(row) if row else None


def other_owners(conn: sqlite3.Connection, user_id: int) -> int:
    """How many owners there are beside this user, not counting those who are deactivated."""
    query = "SELECT count(*) FROM users WHERE role = 'owner' AND deactivated_at IS NULL AND id != ?"
    return int(conn.execute(query, (user_id,)).fetchone()[0])


def set_deactivated(conn: sqlite3.Connection, user_id: int, at: int | None) -> None:
    """Since when somebody is deactivated; None: they are not."""
    conn.execute("UPDATE users SET deactivated_at = ? WHERE id = ?", (at, user_id))


def set_password(conn: sqlite3.Connection, user_id: int, password_hash: str) -> None:
    conn.execute("UPDATE users SET password_hash = ? WHERE id = ?", (password_hash, user_id))


def password_hash(conn: sqlite3.Connection, user_id: int) -> str | None:
    row = conn.execute("SELECT password_hash FROM users WHERE id = ?", (user_id,)).fetchone()
    return row[0] if row else None


def change(conn: sqlite3.Connection, user_id: int, **columns: Any) -> None:
    """Set some of name, email, settings."""
    for column in columns:
        assert column in {"name", "email", "settings"}
        conn.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (columns[column], user_id))


def _search(conn: sqlite3.Connection, who: str, words: str, *, me: int, after: str, limit: int) -> list[User]:
    start = _pattern(words)
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM users u
            WHERE (u.username LIKE :start ESCAPE '\\' OR u.name LIKE :start ESCAPE '\\') AND u.username > :after AND u.gone IS NULL
              AND {who}
            ORDER BY u.username LIMIT :limit""",
        {"me": me, "start": start, "after": after, "limit": limit},
    )
    return [user_from(row) for row in rows]


def _pattern(words: str) -> str:
    """A pattern of LIKE, with the escape \\, for what begins with these."""
    return words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def ignored_by(conn: sqlite3.Connection, user_id: int) -> list[int]:
    return [
        row[0]
        for row in conn.execute("SELECT ignored_id FROM ignores WHERE user_id = ? ORDER BY ignored_id", (user_id,))
    ]


def users_ignored_by(conn: sqlite3.Connection, user_id: int) -> list[User]:
    """The same as users, by username."""
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM ignores i JOIN users u ON u.id = i.ignored_id
            WHERE i.user_id = ? ORDER BY u.username""",
        (user_id,),
    )
    return [user_from(row) for row in rows]


def ignore(conn: sqlite3.Connection, user_id: int, ignored_id: int) -> None:
    conn.execute("INSERT OR IGNORE INTO ignores VALUES (?, ?)", (user_id, ignored_id))


def stop_ignoring(conn: sqlite3.Connection, user_id: int, ignored_id: int) -> None:
    conn.execute("DELETE FROM ignores WHERE user_id = ? AND ignored_id = ?", (user_id, ignored_id))
