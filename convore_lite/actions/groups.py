"""Create groups and change them; who may look after one."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import UNSET, UnsetType

from ..store import Writer, audit, groups, log, memberships, people
from ..words import slugs
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict, Forbidden
from ..words.events import GroupChanged, MemberJoined
from ..words.models import Group, GroupKind, GroupRole, MentionEveryone, User
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
    shown = slugs.shown_name(name)
    chosen = slugs.checked_slug(slug, slugs.RESERVED_GROUPS) if slug is not None else None
    return await app.write(
        asker, _create, asker, shown, chosen, _checked_kind(kind), _checked_description(description), at=app.now()
    )


async def change_group(
    app: App,
    asker: Asker,
    group: int | str,
    *,
    name: str | UnsetType = UNSET,
    slug: str | UnsetType = UNSET,
    description: str | UnsetType = UNSET,
    kind: GroupKind | UnsetType = UNSET,
    default_topic_id: int | UnsetType = UNSET,
    mention_everyone: MentionEveryone | UnsetType = UNSET,
) -> Group:
    """Change some of what a group is. Its old address goes on leading to it, until another group takes it.

    Raises NotFound, Forbidden (not a group admin), BadInput, and Conflict where the new address is taken.
    """
    columns: dict[str, str | int] = {}
    if name is not UNSET:
        columns["name"] = slugs.shown_name(name)
    if description is not UNSET:
        columns["description"] = _checked_description(description)
    if kind is not UNSET:
        columns["kind"] = _checked_kind(kind)
    if default_topic_id is not UNSET:
        columns["default_topic_id"] = default_topic_id
    if mention_everyone is not UNSET:
        columns["mention_everyone"] = mention_everyone
    if slug is not UNSET:
        columns["slug"] = slugs.checked_slug(slug, slugs.RESERVED_GROUPS)
    return await app.write(asker, _change, asker, group, columns, at=app.now())


def add_member(conn: Writer, group_id: int, user: User, *, role: GroupRole, at: int) -> bool:
    """Put somebody in and tell the group; False where they were in already."""
    added = memberships.add(conn, group_id, user.id, role=role, at=at)
    if added:
        log.tell(conn, MemberJoined(group_id, user), at=at, group_id=group_id, user_id=user.id, actor_id=None)
    return added


def find_to_manage(conn: sqlite3.Connection, asker: Asker, group: int | str) -> Group:
    """A group the asker may manage: its admins, and the console. Nobody does a conversation. Raises NotFound, Forbidden."""
    if asker.via == "console":
        return groups.find(conn, group)
    found = groups.find_for(conn, asker.id, group)
    if memberships.role_of(conn, found.id, asker.id) != "admin":
        raise Forbidden("Only an admin of the group can do that.")
    return found


def maker(conn: sqlite3.Connection, asker: Asker) -> User:
    """Whose it is what the asker makes: for the console, the owner. Raises Conflict where there is no owner yet."""
    creator = people.owner(conn) if asker.via == "console" else asker.user
    if creator is None:
        raise Conflict("There is nobody here yet who could own it. Make the owner first.")
    return creator


def _create(
    conn: Writer, asker: Asker, name: str, slug: str | None, kind: GroupKind, description: str, *, at: int
) -> Group:
    creator = maker(conn, asker)
    address = slug or slugs.free_slug(name, slugs.RESERVED_GROUPS, partial(groups.slugs_like, conn), "group")
    group_id = groups.insert(conn, address, name, kind=kind, description=description, creator_id=creator.id, at=at)
    add_member(conn, group_id, creator, role="admin", at=at)
    groups.set_default_topic(conn, group_id, insert_topic(conn, group_id, FIRST_TOPIC, creator_id=creator.id, at=at))
    if asker.via == "console":  # in the name of the owner
        audit.note(conn, asker, "create group", at=at, user_id=creator.id, group_id=group_id)
    return groups.find_for(conn, creator.id, group_id)


def _change(conn: Writer, asker: Asker, which: int | str, columns: dict[str, str | int], *, at: int) -> Group:
    group = find_to_manage(conn, asker, which)
    topic_id = columns.get("default_topic_id")
    if isinstance(topic_id, int) and not groups.holds_topic(conn, group.id, topic_id):
        raise BadInput("default_topic_id", "is no topic of this group")
    changed = {name: value for name, value in columns.items() if getattr(group, name) != value}
    if changed:
        _set(conn, group.id, changed, at=at)
        audit.note(
            conn, asker, "change group", at=at, group_id=group.id, changed=" ".join(changed), kind=columns.get("kind")
        )
    return groups.find(conn, group.id) if asker.via == "console" else groups.find_for(conn, asker.id, group.id)


def _set(conn: Writer, group_id: int, columns: dict[str, str | int], *, at: int) -> None:
    if columns.get("kind") == "private":
        # First and alone: those who only look on are told that they do so no more, and not what comes with it.
        groups.change(conn, group_id, kind="private")
        _tell_changed(conn, group_id, at=at)
        columns = {name: value for name, value in columns.items() if name != "kind"}
    if columns:
        groups.change(conn, group_id, **columns)
        _tell_changed(conn, group_id, at=at)


def _tell_changed(conn: Writer, group_id: int, *, at: int) -> None:
    log.tell(conn, GroupChanged(groups.bare(conn, group_id)), at=at, group_id=group_id)


def _checked_description(description: str) -> str:
    if len(description) > MAX_DESCRIPTION:
        raise BadInput("description", f"at most {MAX_DESCRIPTION} characters")
    slugs.check_no_controls("".join(description.split("\n")), "description")
    return description


def _checked_kind(kind: GroupKind) -> GroupKind:
    if kind == "direct":
        raise BadInput("kind", "a group for direct messages is made by writing to somebody")
    return kind
