"""Join and leave groups, ask to be let in, put people in and take them out.

Rule: whoever cannot read a group does not learn from asking for it whether it is there.
"""

from __future__ import annotations

import sqlite3

from ..store import Writer, audit, groups, log, memberships, people, requests
from ..words.asker import Asker
from ..words.errors import Conflict, NotFound
from ..words.events import JoinRequested, MemberLeft
from ..words.models import Group, GroupRole, Member, User
from . import App
from .groups import add_member, find_to_manage


async def join_group(app: App, asker: Asker, group: int | str) -> Group | None:
    """Join a group that one can read; once is enough.

    None for any other, whether it is there or not: where it is, its admins are told that somebody asks to be let in.
    """
    return await app.write(asker, _join, asker.id, group, at=app.now())


async def leave_group(app: App, asker: Asker, group: int | str) -> None:
    """Leave a group. Raises NotFound, and Conflict for a conversation, and for its only admin while others are in it."""
    await app.write(asker, _leave, asker.id, group, at=app.now())


async def put_member(app: App, asker: Asker, group: int | str, who: int | str, role: GroupRole) -> Member:
    """Put somebody in, or change their role. Raises NotFound, Forbidden (not a group admin), Conflict (the last
    admin; a guest as admin; somebody who is deactivated).
    """
    return await app.write(asker, _put_member, asker, group, who, role, at=app.now())


async def remove_member(app: App, asker: Asker, group: int | str, who: int | str) -> None:
    """Take somebody out. Raises NotFound, Forbidden, Conflict (the last admin)."""
    await app.write(asker, _remove_member, asker, group, who, at=app.now())


async def accept_request(app: App, asker: Asker, group: int | str, who: int | str) -> Member:
    """Let somebody in who asked. Raises NotFound, Forbidden (not a group admin), Conflict (they are deactivated)."""
    return await app.write(asker, _accept_request, asker, group, who, at=app.now())


async def decline_request(app: App, asker: Asker, group: int | str, who: int | str) -> None:
    """Do not let somebody in who asked. They are not told. Raises NotFound, Forbidden (not a group admin)."""
    await app.write(asker, _decline_request, asker, group, who, at=app.now())


def _join(conn: Writer, user_id: int, which: int | str, *, at: int) -> Group | None:
    try:
        group = groups.find_for(conn, user_id, which)
    except NotFound:
        requests.cover(conn, _ask(conn, user_id, which, at=at))
        return None
    user = people.find(conn, user_id)
    # A group that everybody has left is found again: whoever comes looks after it, as nobody else could.
    abandoned = group.members_count == 0 and user.kind == "person"
    add_member(conn, group.id, user, role="admin" if abandoned else "member", at=at)
    return groups.find_for(conn, user_id, group.id)


def _ask(conn: Writer, user_id: int, which: int | str, *, at: int) -> int:
    """Ask to be let in, where there is something to be let into; how many were told."""
    group_id = requests.group_to_ask(conn, which)
    if group_id is None or not requests.insert(conn, group_id, user_id, at=at):
        return 0
    fact = JoinRequested(group_id, people.find(conn, user_id))
    admins = requests.admins_of(conn, group_id)
    for admin_id in admins:
        log.tell(conn, fact, at=at, user_id=admin_id)
    return len(admins)


def _leave(conn: Writer, user_id: int, which: int | str, *, at: int) -> None:
    group = groups.find_for(conn, user_id, which)
    if group.kind == "direct":
        raise Conflict("A conversation keeps the people it was begun with.")
    _take_out(conn, group.id, people.find(conn, user_id), at=at)


def _put_member(conn: Writer, asker: Asker, which: int | str, who: int | str, role: GroupRole, *, at: int) -> Member:
    group = find_to_manage(conn, asker, which)
    user = _known(conn, asker, who)
    if role == "admin" and people.role_of(conn, user.id) == "guest":
        raise Conflict(f"{user.username} is a guest. Guests do not look after groups.")
    before = memberships.role_of(conn, group.id, user.id)
    if before is None:
        _let_in(conn, group.id, user, role=role, at=at)
        audit.note(conn, asker, "put member", at=at, user_id=user.id, group_id=group.id, role=role)
    elif before != role:
        _change_role(conn, group.id, user, role)
        audit.note(conn, asker, "change role", at=at, user_id=user.id, group_id=group.id, role=role)
    return memberships.find(conn, group.id, user.id)


def _remove_member(conn: Writer, asker: Asker, which: int | str, who: int | str, *, at: int) -> None:
    group = find_to_manage(conn, asker, which)
    user = _known(conn, asker, who)
    if memberships.role_of(conn, group.id, user.id) is None:
        raise NotFound()
    _take_out(conn, group.id, user, at=at)
    audit.note(conn, asker, "remove member", at=at, user_id=user.id, group_id=group.id)


def _accept_request(conn: Writer, asker: Asker, which: int | str, who: int | str, *, at: int) -> Member:
    group = find_to_manage(conn, asker, which)
    user = requests.take(conn, group.id, who)
    _let_in(conn, group.id, user, role="member", at=at)
    audit.note(conn, asker, "accept request", at=at, user_id=user.id, group_id=group.id)
    return memberships.find(conn, group.id, user.id)


def _decline_request(conn: Writer, asker: Asker, which: int | str, who: int | str, *, at: int) -> None:
    group = find_to_manage(conn, asker, which)
    user = requests.take(conn, group.id, who)
    audit.note(conn, asker, "decline request", at=at, user_id=user.id, group_id=group.id)


def _known(conn: sqlite3.Connection, asker: Asker, who: int | str) -> User:
    """Somebody of whom the asker may know. Raises NotFound."""
    return people.find(conn, who) if asker.via == "console" else people.find_for(conn, asker.id, who)


def _let_in(conn: Writer, group_id: int, user: User, *, role: GroupRole, at: int) -> None:
    if user.deactivated:
        raise Conflict(f"{user.username} is deactivated.")
    add_member(conn, group_id, user, role=role, at=at)


def _change_role(conn: Writer, group_id: int, user: User, role: GroupRole) -> None:
    if user.deactivated:
        raise Conflict(f"{user.username} is deactivated.")
    if role != "admin":
        _check_admin_remains(conn, group_id, user.id)
    memberships.set_role(conn, group_id, user.id, role)


def _take_out(conn: Writer, group_id: int, user: User, *, at: int) -> None:
    if memberships.role_of(conn, group_id, user.id) is None:
        return
    _check_admin_remains(conn, group_id, user.id)
    memberships.remove(conn, group_id, user.id)
    log.tell(conn, MemberLeft(group_id, user), at=at, group_id=group_id, user_id=user.id)


def _check_admin_remains(conn: Writer, group_id: int, user_id: int) -> None:
    """A group that others are in keeps somebody who can look after it."""
    if memberships.role_of(conn, group_id, user_id) != "admin" or memberships.other_admins(conn, group_id, user_id):
        return
    if groups.bare(conn, group_id).members_count > 1:
        raise Conflict("Make somebody else an admin of the group first.")
