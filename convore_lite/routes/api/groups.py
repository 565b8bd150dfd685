"""Groups in the API: find, create, change, join, leave; their members, who is here and who asks to be let in."""

from __future__ import annotations

import sqlite3
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from ...actions import App, deletion, groups, members
from ...store import groups as group_store
from ...store import memberships, requests
from ...words.asker import Asker
from ...words.models import Group, GroupKind, GroupRole, Id, JoinRequest, Member, MentionEveryone, User
from .door import Answer, Page, Paging, offset_of, operation, page, part


class GroupQuery(Paging, frozen=True):
    q: str = ""
    discover: Literal["popular", "recent", "alphabetical"] | None = None


class NewGroup(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    kind: GroupKind
    slug: str | None = None
    description: str = ""


class GroupChanges(Struct, frozen=True, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    kind: GroupKind | UnsetType = UNSET
    default_topic_id: Id | UnsetType = UNSET
    mention_everyone: MentionEveryone | UnsetType = UNSET


class RoleForm(Struct, frozen=True, forbid_unknown_fields=True):
    role: GroupRole


class Online(Struct, frozen=True):
    count: int
    items: list[User]


@operation("GET", "/groups", {200: Page[Group]}, query=GroupQuery, console=True)
async def list_groups(app: App, asker: Asker, query: GroupQuery) -> Page[Group]:
    """One's own groups; with discover, all public ones (and with q those of that name). To the console: all."""
    if asker.via == "console":
        return Page(await app.store.read(group_store.all_groups), None)
    if query.discover is None and not query.q:
        return part(await app.store.read(group_store.of_member, asker.id), query)
    offset = offset_of(query)
    found = await app.store.read(
        group_store.discover,
        asker.id,
        query.q,
        order=query.discover or "alphabetical",
        offset=offset,
        limit=query.limit + 1,
    )
    return page(found, query.limit, lambda group: str(offset + query.limit))


@operation("POST", "/groups", {201: Group}, body=NewGroup, console=True)
async def create_group(app: App, asker: Asker, body: NewGroup) -> Group:
    """Create a public or private group. Its creator is its admin."""
    return await groups.create_group(
        app, asker, name=body.name, kind=body.kind, slug=body.slug, description=body.description
    )


@operation("GET", "/groups/<which>", {200: Group})
async def get_group(app: App, asker: Asker, which: int | str) -> Group:
    """One group, by id or slug."""
    return await app.store.read(group_store.find_for, asker.id, which)


@operation("PATCH", "/groups/<which>", {200: Group}, body=GroupChanges, console=True)
async def change_group(app: App, asker: Asker, which: int | str, body: GroupChanges) -> Group:
    """Change a group's name, address, description, kind or default topic, and who may write @group. For its admins."""
    return await groups.change_group(
        app,
        asker,
        which,
        name=body.name,
        slug=body.slug,
        description=body.description,
        kind=body.kind,
        default_topic_id=body.default_topic_id,
        mention_everyone=body.mention_everyone,
    )


@operation("DELETE", "/groups/<which>", {204: None}, console=True)
async def delete_group(app: App, asker: Asker, which: int | str) -> None:
    """Delete a group with all that was said in it. For its admins, and for admins of this place."""
    await deletion.delete_group(app, asker, which)


@operation("POST", "/groups/<which>/join", {200: Group, 202: None})
async def join_group(app: App, asker: Asker, which: int | str) -> Group | Answer:
    """Join a group one can read. For any other the answer is 202, and if it is there, its admins are asked."""
    joined = await members.join_group(app, asker, which)
    return joined if joined is not None else Answer(None, 202)


@operation("POST", "/groups/<which>/leave", {204: None})
async def leave_group(app: App, asker: Asker, which: int | str) -> None:
    """Leave a group."""
    await members.leave_group(app, asker, which)


@operation("GET", "/groups/<which>/members", {200: Page[Member]}, query=Paging, console=True)
async def list_members(app: App, asker: Asker, which: int | str, query: Paging) -> Page[Member]:
    """The members of a group, by username."""
    found = await app.store.read(_members, asker, which, query.cursor, query.limit + 1)
    return page(found, query.limit, lambda member: member.user.username)


@operation("PUT", "/groups/<which>/members/<who>", {200: Member}, body=RoleForm, console=True)
async def put_member(app: App, asker: Asker, which: int | str, who: int | str, body: RoleForm) -> Member:
    """Put somebody into a group, or change their role in it. For its admins."""
    return await members.put_member(app, asker, which, who, body.role)


@operation("DELETE", "/groups/<which>/members/<who>", {204: None}, console=True)
async def remove_member(app: App, asker: Asker, which: int | str, who: int | str) -> None:
    """Take somebody out of a group. For its admins."""
    await members.remove_member(app, asker, which, who)


@operation("GET", "/groups/<which>/requests", {200: Page[JoinRequest]}, query=Paging)
async def list_requests(app: App, asker: Asker, which: int | str, query: Paging) -> Page[JoinRequest]:
    """Who asks to be let into a group, by username. For its admins."""
    found = await app.store.read(_requests, asker, which, query.cursor, query.limit + 1)
    return page(found, query.limit, lambda request: request.user.username)


@operation("POST", "/groups/<which>/requests/<who>/accept", {200: Member})
async def accept_request(app: App, asker: Asker, which: int | str, who: int | str) -> Member:
    """Let somebody in who asked. For the group's admins."""
    return await members.accept_request(app, asker, which, who)


@operation("POST", "/groups/<which>/requests/<who>/decline", {204: None})
async def decline_request(app: App, asker: Asker, which: int | str, who: int | str) -> None:
    """Do not let somebody in who asked. They are not told. For the group's admins."""
    await members.decline_request(app, asker, which, who)


@operation("GET", "/groups/<which>/online", {200: Online})
async def list_online(app: App, asker: Asker, which: int | str) -> Online:
    """The members of a group who are online: with a live stream open, or a moment ago."""
    group_id = await app.store.read(group_store.id_for, asker.id, which)
    here = await app.store.read(memberships.users_among, group_id, app.presence.here)
    return Online(len(here), here)


def _members(conn: sqlite3.Connection, asker: Asker, which: int | str, after: str, limit: int) -> list[Member]:
    by_console = asker.via == "console"
    group_id = group_store.find(conn, which).id if by_console else group_store.id_for(conn, asker.id, which)
    return memberships.of_group(conn, group_id, after=after, limit=limit)


def _requests(conn: sqlite3.Connection, asker: Asker, which: int | str, after: str, limit: int) -> list[JoinRequest]:
    return requests.of_group(conn, groups.find_to_manage(conn, asker, which).id, after=after, limit=limit)
