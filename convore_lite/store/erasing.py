"""Erased accounts: what a person was and chose goes in one transaction, what the log and their messages say of them in steps.

Rule: the account stays as that of somebody who left, because what others wrote points to it; nothing tells any more who it was.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from typing import Any, Literal

import msgspec

from ..words.models import User
from . import files, log, people
from .connections import Writer

Messages = Literal["keep", "delete"]

NAME = "Somebody who left"
# What is nobody's but theirs, by the column user_id.
PERSONAL = (
    "avatars",
    "drafts",
    "ignores",
    "join_requests",
    "keywords",
    "mentions",
    "read_elsewhere",
    "readings",
    "saved_searches",
    "scheduled",
    "stars",
    "topic_levels",
)


def forget(conn: Writer, user_id: int, messages: Messages, *, at: int) -> User:
    """Take away who somebody was and all that they chose; who they are from now on. Their messages wait for `finish`."""
    for table in PERSONAL:
        conn.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
    files.remove_unposted_of(conn, user_id)
    if not people.is_gone(conn, user_id):
        conn.execute(
            """UPDATE users SET username = ?, name = ?, email = NULL, password_hash = NULL, settings = '{}', avatar = NULL,
               role = 'member', deactivated_at = coalesce(deactivated_at, ?) WHERE id = ?""",
            (_free_username(conn, user_id), NAME, at, user_id),
        )
    conn.execute("UPDATE users SET gone = ? WHERE id = ?", (messages, user_id))
    return people.find(conn, user_id)


def groups_of(conn: sqlite3.Connection, user_id: int) -> list[int]:
    """The groups they can leave. Who is in a conversation never changes: there they stay, as somebody who left."""
    query = """SELECT m.group_id FROM memberships m JOIN groups g ON g.id = m.group_id
               WHERE m.user_id = ? AND g.kind != 'direct' ORDER BY m.group_id"""
    return [row[0] for row in conn.execute(query, (user_id,))]


def unfinished(conn: sqlite3.Connection) -> list[int]:
    """The ids of erased accounts of which something is left to be taken away."""
    return [row[0] for row in conn.execute("SELECT id FROM users WHERE gone IN ('keep', 'delete') ORDER BY id")]


def messages_to_delete(conn: sqlite3.Connection, user_id: int) -> list[int]:
    """What they said and do not want to have said, in any group that is still there."""
    query = """SELECT x.id FROM messages x JOIN users u ON u.id = x.author_id
               WHERE u.id = ? AND u.gone = 'delete' AND x.deleted = 0 ORDER BY x.id"""
    return [row[0] for row in conn.execute(query, (user_id,))]


def not_deleted(conn: sqlite3.Connection, message_ids: list[int]) -> list[int]:
    """Those of some messages that are still there, and not tombstones."""
    query = "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND deleted = 0 ORDER BY id"
    return [row[0] for row in conn.execute(query, (json.dumps(message_ids),))]


def rewrite_events(conn: Writer, user_id: int, *, after: int, limit: int) -> int | None:
    """Take who they were out of so many events of the log after a place; the place to go on from, or None at the end.

    What only they were told goes altogether. Every event stays, so that every place in the log that somebody has is still one.
    """
    begin = max(after, log.first_number(conn) - 1)
    own = "number > ? AND number <= ? AND user_id = ? AND group_id IS NULL"
    blank = "kind = '', user_id = NULL, topic_id = NULL, actor_id = NULL, payload = x'7b7d'"
    conn.execute(f"UPDATE events SET {blank} WHERE {own}", (begin, begin + limit, user_id))
    user = msgspec.to_builtins(people.find(conn, user_id))
    # As every user begins in the payload of an event.
    mark = b'{"id":%d,"username":' % user_id
    query = "SELECT number, payload FROM events WHERE number > ? AND number <= ? AND instr(payload, ?)"
    for number, payload in conn.execute(query, (begin, begin + limit, mark)).fetchall():
        rewritten = msgspec.json.encode(_with_user(msgspec.json.decode(payload), user))
        conn.execute("UPDATE events SET payload = ? WHERE number = ?", (rewritten, number))
    return begin + limit if begin + limit < log.last_number(conn) else None


def finish(conn: Writer, user_id: int) -> None:
    """Nothing is left to be taken away."""
    conn.execute("UPDATE users SET gone = 'done' WHERE id = ?", (user_id,))


def _free_username(conn: sqlite3.Connection, user_id: int) -> str:
    """gone-ID; or, where somebody had the strange idea to call themselves that, one that is free."""
    plain = f"gone-{user_id}"
    return plain if people.looking_like(conn, plain) is None else f"{plain}-{secrets.token_hex(4)}"


def _with_user(value: Any, user: dict[str, Any]) -> Any:
    """The same JSON, in which whoever has that user's id is that user."""
    if isinstance(value, list):
        return [_with_user(item, user) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("id") == user["id"] and "username" in value:
        return user
    return {name: _with_user(item, user) for name, item in value.items()}
