"""Conversations: groups of a few people for good, with one topic, that nobody else knows of."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

from ..store import Writer, direct, groups, people
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict, NotFound
from ..words.models import Group, User
from . import App
from .groups import FIRST_TOPIC, add_member
from .topics import insert_topic

# With oneself. More people than these talk better in a group, where others can come and go.
MOST_PEOPLE = 20


async def open_direct(app: App, asker: Asker, usernames: Sequence[str]) -> tuple[Group, bool]:
    """The conversation of oneself and these people, and whether it is new. The same people have one, whoever begins it.

    Raises BadInput for too many, and for somebody of whom the asker does not know; Conflict for a new conversation with
    somebody who is deactivated.
    """
    if len(usernames) > MOST_PEOPLE:
        raise BadInput("usernames", f"at most {MOST_PEOPLE} people, with yourself")
    return await app.write(asker, _open, asker.id, [name.lower() for name in usernames], at=app.now())


def _open(conn: Writer, user_id: int, usernames: Sequence[str], *, at: int) -> tuple[Group, bool]:
    persons = _people(conn, user_id, usernames)
    known = direct.find(conn, [person.id for person in persons])
    if known is not None:
        return groups.find_for(conn, user_id, known), False
    return groups.find_for(conn, user_id, _begin(conn, user_id, persons, at=at)), True


def _people(conn: sqlite3.Connection, user_id: int, usernames: Sequence[str]) -> list[User]:
    found = {user_id: people.find(conn, user_id)}
    for place, name in enumerate(usernames):
        try:
            person = people.find_for(conn, user_id, name)
        except NotFound:
            raise BadInput(f"usernames.{place}", "is nobody here") from None
        found[person.id] = person
    if not 2 <= len(found) <= MOST_PEOPLE:
        raise BadInput("usernames", f"1 to {MOST_PEOPLE - 1} other people")
    return list(found.values())


def _begin(conn: Writer, creator_id: int, persons: Sequence[User], *, at: int) -> int:
    for person in persons:
        if person.deactivated:
            raise Conflict(f"{person.username} is deactivated.")
    slug = f"direct-{secrets.token_hex(8)}"
    group_id = direct.insert(conn, slug, [person.id for person in persons], creator_id=creator_id, at=at)
    for person in persons:
        add_member(conn, group_id, person, role="member", at=at)
    groups.set_default_topic(conn, group_id, insert_topic(conn, group_id, FIRST_TOPIC, creator_id=creator_id, at=at))
    return group_id
