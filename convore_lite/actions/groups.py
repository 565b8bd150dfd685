"""Create, join and leave groups; put people in."""

from __future__ import annotations

from functools import partial

from ..store import Writer, groups, log, people
from ..words import slugs
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict, Forbidden, NotFound
from ..words.events import MemberJoined, MemberLeft
from ..words.models import Group, GroupKind, GroupRole, Member, User
from . import App
from .topics import insert_topic

MAX_DESCRIPTION = 500
# The topic that every new group starts with, so that nobody must choose one before they can say something.
FIRST_TOPIC = "General"


async def create_group(
    app: App, asker: Asker, *, name: str, kind: GroupKind, slug: str | None = None, description: str = ""
) -> Group:
    """Make a group, with its creator as admin and a first topic. Raises BadInput, Conflict, Forbidden (guests)."""
    if asker.role == "guest":
        raise Forbidden("Guests cannot create groups.")
    if kind == "direct":
        raise BadInput("kind", "a group for direct messages is made by writing to somebody")
    if len(description) > MAX_DESCRIPTION:
        raise BadInput("description", f"at most {MAX_DESCRIPTION} characters")
    shown = slugs.shown_name(name)
    chosen = slugs.checked_slug(slug, slugs.RESERVED_GROUPS) if slug is not None else None
    return await app.store.write(_create, asker, shown, chosen, kind, description, at=app.now())


async def join_group(app: App, asker: Asker, group: int | str) -> Group:
    """Join a public group; once is enough. Raises NotFound."""
    return await app.store.write(_join, asker.id, group, at=app.now())


async def leave_group(app: App, asker: Asker, group: int | str) -> None:
    """Leave a group. Raises NotFound, and Conflict for its only admin while others are in it."""
    await app.store.write(_leave, asker.id, group, at=app.now())


async def put_member(app: App, asker: Asker, group: int | str, who: int | str, role: GroupRole) -> Member:
    """Put somebody in, or change their role. Raises NotFound, Forbidden (not a group admin), Conflict (the last
    admin; somebody who is deactivated).
    """
    return await app.store.write(_put_member, asker, group, who, role, at=app.now())


async def remove_member(app: App, asker: Asker, group: int | str, who: int | str) -> None:
    """Take somebody out. Raises NotFound, Forbidden, Conflict (the last admin)."""
    await app.store.write(_remove_member, asker, group, who, at=app.now())


def add_member(conn: Writer, group_id: int, user: User, *, role: GroupRole, at: int) -> bool:
    """Put somebody in and tell the group; False where they were in already."""
    added = groups.add_member(conn, group_id, user.id, role=role, at=at)
    if added:
        log.tell(conn, MemberJoined(group_id, user), at=at, group_id=group_id, user_id=user.id, actor_id=None)
    return added


def find_to_manage(conn: Writer, asker: Asker, group: int | str) -> Group:
    """A group the asker may manage: its admins, and the console. Raises NotFound, Forbidden."""
    if asker.via == "console":
        return groups.find(conn, group)
    found = groups.find_for(conn, asker.id, group)
    if groups.role_of(conn, found.id, asker.id) != "admin":
        raise Forbidden("Only an admin of the group can do that.")
    return found


def _create(
    conn: Writer, asker: Asker, name: str, slug: str | None, kind: GroupKind, description: str, *, at: int
) -> Group:
    creator = people.owner(conn) if asker.via == "console" else asker.user
    if creator is None:
        raise Conflict("There is nobody here yet who could own a group. Make the owner first.")
    address = slug or slugs.free_slug(name, slugs.RESERVED_GROUPS, partial(groups.slugs_like, conn), "group")
    group_id = groups.insert(conn, address, name, kind=kind, description=description, creator_id=creator.id, at=at)
    add_member(conn, group_id, creator, role="admin", at=at)
    groups.set_default_topic(conn, group_id, insert_topic(conn, group_id, FIRST_TOPIC, creator_id=creator.id, at=at))
    return groups.find_for(conn, creator.id, group_id)


def _join(conn: Writer, user_id: int, which: int | str, *, at: int) -> Group:
    group = groups.find_for(conn, user_id, which)
    add_member(conn, group.id, people.find(conn, user_id), role="member", at=at)
    return groups.find_for(conn, user_id, group.id)


def _leave(conn: Writer, user_id: int, which: int | str, *, at: int) -> None:
    group = groups.find_for(conn, user_id, which)
    _take_out(conn, group.id, people.find(conn, user_id), at=at)


def _put_member(conn: Writer, asker: Asker, which: int | str, who: int | str, role: GroupRole, *, at: int) -> Member:
    group = find_to_manage(conn, asker, which)
    user = people.find(conn, who)
    if user.deactivated:
        raise Conflict(f"{user.username} is deactivated.")
    if not add_member(conn, group.id, user, role=role, at=at):
        if role != "admin":
            _check_admin_remains(conn, group.id, user.id)
        groups.set_role(conn, group.id, user.id, role)
    return groups.member(conn, group.id, user.id)


def _remove_member(conn: Writer, asker: Asker, which: int | str, who: int | str, *, at: int) -> None:
    group = find_to_manage(conn, asker, which)
    user = people.find(conn, who)
    if groups.role_of(conn, group.id, user.id) is None:
        raise NotFound("They are not in this group.")
    _take_out(conn, group.id, user, at=at)


def _take_out(conn: Writer, group_id: int, user: User, *, at: int) -> None:
    if groups.role_of(conn, group_id, user.id) is None:
        return
    _check_admin_remains(conn, group_id, user.id)
    groups.remove_member(conn, group_id, user.id)
    log.tell(conn, MemberLeft(group_id, user), at=at, group_id=group_id, user_id=user.id)


def _check_admin_remains(conn: Writer, group_id: int, user_id: int) -> None:
    """A group that others are in keeps somebody who can look after it."""
    if groups.role_of(conn, group_id, user_id) != "admin" or groups.other_admins(conn, group_id, user_id):
        return
    if groups.bare(conn, group_id).members_count > 1:
        raise Conflict("Make somebody else an admin of the group first.")
