"""What opens the door: sessions, API tokens and one-time links. Only their hashes are stored.

Rule: what takes a session or token away also tells so, in the same commit; the streams that it opened end there.
"""

from __future__ import annotations

import sqlite3

from ..words.asker import Asker
from ..words.errors import Conflict, Forbidden, NotFound, NotSignedIn
from ..words.events import Revocation
from ..words.models import Scope, Session, Token, time_text
from .connections import Writer
from .people import USER_COLUMNS, find, password_hash, user_from

# Long enough for somebody who is on holiday, and not for whoever finds an old mail.
LINK_DAYS = 7
DAY = 24 * 3600 * 1000


def insert_session(
    conn: Writer, key: bytes, user_id: int, *, password: str | None, agent: str, at: int, expires_at: int
) -> None:
    """*password* is the hash that was matched. Raises Conflict for somebody who is deactivated, or has another one by now."""
    _require_active(conn, user_id)
    if password is not None and password != password_hash(conn, user_id):
        raise Conflict("The password was changed.")
    conn.execute(
        "INSERT INTO sessions (hash, user_id, agent, created_at, expires_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)",
        (key, user_id, agent, at, expires_at, at),
    )


def asker_of_session(conn: sqlite3.Connection, key: bytes, *, at: int) -> Asker | None:
    row = conn.execute(
        f"""SELECT {USER_COLUMNS}, u.role FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.hash = ? AND s.expires_at > ? AND u.deactivated_at IS NULL""",
        (key, at),
    ).fetchone()
    return Asker(user_from(row), row["role"], "session", "write", key) if row else None


def session_use(conn: sqlite3.Connection, key: bytes, *, at: int) -> tuple[Asker | None, int]:
    """Whose session this is, and when it was last seen in use."""
    row = conn.execute("SELECT last_seen_at FROM sessions WHERE hash = ?", (key,)).fetchone()
    return asker_of_session(conn, key, at=at), row[0] if row else 0


def touch_session(conn: sqlite3.Connection, key: bytes, *, at: int) -> None:
    conn.execute("UPDATE sessions SET last_seen_at = ? WHERE hash = ?", (at, key))


def sessions_of(conn: sqlite3.Connection, user_id: int, current: bytes, *, at: int) -> list[Session]:
    """Where somebody is signed in, the latest seen first; *current* is the key of the session that asks."""
    rows = conn.execute(
        "SELECT * FROM sessions WHERE user_id = ? AND expires_at > ? ORDER BY last_seen_at DESC, created_at DESC, hash",
        (user_id, at),
    )
    return [
        Session(
            id=_session_id(row["hash"]),
            agent=row["agent"],
            created_at=time_text(row["created_at"]),
            last_seen_at=time_text(max(row["last_seen_at"], row["created_at"])),
            current=row["hash"] == current,
        )
        for row in rows
    ]


def session_key(conn: sqlite3.Connection, user_id: int, session_id: str) -> bytes:
    """The key of somebody's session. Raises NotFound."""
    rows = conn.execute("SELECT hash FROM sessions WHERE user_id = ?", (user_id,))
    for (key,) in rows.fetchall():
        if _session_id(key) == session_id:
            return bytes(key)
    raise NotFound("There is no such session.")


def asker_of_token(conn: sqlite3.Connection, key: bytes) -> Asker | None:
    row = conn.execute(
        f"""SELECT {USER_COLUMNS}, u.role, t.scope FROM tokens t JOIN users u ON u.id = t.user_id
            WHERE t.hash = ? AND u.deactivated_at IS NULL""",
        (key,),
    ).fetchone()
    return Asker(user_from(row), row["role"], "token", row["scope"], key) if row else None


def token_use(conn: sqlite3.Connection, key: bytes) -> tuple[Asker | None, int]:
    """Whose token this is, and when it was last seen in use; 0 for never."""
    row = conn.execute("SELECT coalesce(last_used_at, 0) FROM tokens WHERE hash = ?", (key,)).fetchone()
    return asker_of_token(conn, key), row[0] if row else 0


def check_still(conn: sqlite3.Connection, asker: Asker) -> None:
    """Is the asker still who they were found to be? Raises NotSignedIn (the key was taken away), Forbidden (another role)."""
    if asker.via == "console":
        return
    row = conn.execute(
        """SELECT role FROM users WHERE deactivated_at IS NULL AND id =
           coalesce((SELECT user_id FROM sessions WHERE hash = :key), (SELECT user_id FROM tokens WHERE hash = :key))""",
        {"key": asker.key},
    ).fetchone()
    if row is None:
        raise NotSignedIn()
    if row["role"] != asker.role:
        raise Forbidden("What you may do here has just changed. Look again.")


def opens(conn: sqlite3.Connection, key: bytes, *, at: int) -> bool:
    """Does this key of a session or token still open anything?"""
    return (asker_of_session(conn, key, at=at) or asker_of_token(conn, key)) is not None


def delete_session(conn: Writer, key: bytes) -> None:
    _revoke(conn, "DELETE FROM sessions WHERE hash = ? RETURNING user_id, hash", key)


def delete_other_sessions(conn: Writer, user_id: int, *, keep: bytes) -> None:
    """Sign a user out everywhere else."""
    _revoke(conn, "DELETE FROM sessions WHERE user_id = ? AND hash != ? RETURNING user_id, hash", user_id, keep)


def delete_expired_sessions(conn: Writer, *, at: int) -> None:
    _revoke(conn, "DELETE FROM sessions WHERE expires_at <= ? RETURNING user_id, hash", at)


def insert_token(conn: sqlite3.Connection, key: bytes, user_id: int, *, name: str, scope: Scope, at: int) -> int:
    """Raises Conflict for somebody who is deactivated."""
    _require_active(conn, user_id)
    number = conn.execute(
        "INSERT INTO tokens (user_id, name, scope, hash, created_at) VALUES (?, ?, ?, ?, ?)",
        (user_id, name, scope, key, at),
    ).lastrowid
    return number or 0


def tokens_of(conn: sqlite3.Connection, user_id: int) -> list[Token]:
    rows = conn.execute("SELECT * FROM tokens WHERE user_id = ? ORDER BY id", (user_id,))
    return [
        Token(
            id=row["id"],
            name=row["name"],
            scope=row["scope"],
            created_at=time_text(row["created_at"]),
            last_used_at=time_text(row["last_used_at"]) if row["last_used_at"] else None,
        )
        for row in rows
    ]


def touch_token(conn: sqlite3.Connection, key: bytes, *, at: int) -> None:
    conn.execute("UPDATE tokens SET last_used_at = ? WHERE hash = ?", (at, key))


def delete_token(conn: Writer, token_id: int, user_id: int | None = None) -> int:
    """Revoke a token (of *user_id*, or anybody's); whose it was. Raises NotFound."""
    query = "DELETE FROM tokens WHERE id = ? AND (user_id = ? OR ? IS NULL) RETURNING user_id, hash"
    revoked = _revoke(conn, query, token_id, user_id, user_id)
    if not revoked:
        raise NotFound("There is no such token.")
    return revoked[0].user_id


def insert_link(conn: sqlite3.Connection, key: bytes, user_id: int | None, *, at: int) -> None:
    """A new link for somebody takes the place of their old ones. Raises Conflict for somebody who is deactivated."""
    _require_active(conn, user_id)
    conn.execute("DELETE FROM links WHERE user_id = ?", (user_id,))
    conn.execute("INSERT INTO links VALUES (?, ?, ?)", (key, user_id, at))


def find_link(conn: sqlite3.Connection, key: bytes, *, at: int) -> int | None:
    """Whose one-time link this is: a user's id, or None for the first person's, which does not expire. Raises NotFound."""
    row = conn.execute("SELECT user_id, created_at FROM links WHERE hash = ?", (key,)).fetchone()
    if row is None or (row["user_id"] is not None and row["created_at"] < at - LINK_DAYS * DAY):
        raise NotFound("This link does not work any more. Ask for a new one.")
    return row["user_id"]  # type: ignore[no-any-return]


def use_link(conn: sqlite3.Connection, key: bytes, *, at: int) -> int | None:
    """Use a link up. All links of the first person go together: there is one first person. Raises NotFound."""
    user_id = find_link(conn, key, at=at)
    conn.execute("DELETE FROM links WHERE hash = ? OR (? IS NULL AND user_id IS NULL)", (key, user_id))
    return user_id


def delete_links(conn: sqlite3.Connection, user_id: int) -> None:
    conn.execute("DELETE FROM links WHERE user_id = ?", (user_id,))


def delete_all(conn: Writer, user_id: int) -> None:
    """Nothing opens anything for a user any more, and all their streams end."""
    for table in ("sessions", "tokens", "links"):
        conn.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
    conn.told.append(Revocation(user_id))


def _session_id(key: bytes) -> str:
    """What a session is called where its user sees it: enough of its hash to tell it from their others, and of no use as a key."""
    return key.hex()[:16]


def _require_active(conn: sqlite3.Connection, user_id: int | None) -> None:
    """What is handed out is looked at here, in the same commit: a sign-in may be under way while somebody is deactivated."""
    if user_id is not None and find(conn, user_id).deactivated:
        raise Conflict("This account is deactivated.")


def _revoke(conn: Writer, query: str, *values: int | bytes | None) -> list[Revocation]:
    """Delete keys, and tell that they open nothing any more."""
    rows = conn.execute(query, values).fetchall()
    revoked = [Revocation(row["user_id"], row["hash"]) for row in rows]
    conn.told.extend(revoked)
    return revoked
