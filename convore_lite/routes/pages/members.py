"""Who is in a group; for its admins, adding people, changing their role, taking them out, and answering those who ask."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct
from quart import Response, request

from ...actions import members
from ...store import groups as group_store
from ...store import memberships
from ...words.errors import BadInput, Conflict, Forbidden, NotFound
from ...words.models import GroupRole
from .. import forms
from ..context import the_app
from .door import Found, blueprint, fields, go, own_path, require_person, show, show_with
from .groups import PAGE, wrong


class RoleForm(Struct, frozen=True):
    role: GroupRole


@blueprint.get("/<which>/members/")
async def members_page(which: str) -> Response:
    return await show("members.html", read_members, forms.which(which), request.args.get("after", ""))


@blueprint.post("/<which>/members/")
async def add_member(which: str) -> Response:
    values = await fields("username")
    name = values["username"].strip().removeprefix("@")
    asker, group = await require_person(), forms.which(which)
    found = await the_app().store.read(group_store.find_for, asker.id, group)
    try:
        await members.put_member(the_app(), asker, found.id, forms.which(name), "member")
    except NotFound:  # the group is there: so it is the one to add
        nobody = BadInput("username", f"“{name}” is nobody here" if name else "write somebody's user name")
        return await _again(nobody, which, values)
    except (Conflict, Forbidden) as error:
        return await _again(error, which, values)
    return go(f"/{which}/members/")


@blueprint.post("/<which>/members/<who>/")
async def change_role(which: str, who: str) -> Response:
    values = await fields("role", "next")
    role = forms.convert(values, RoleForm).role
    try:
        await members.put_member(the_app(), await require_person(), forms.which(which), forms.which(who), role)
    except Conflict as error:
        return await _again(error, which)
    return _back(which, values["next"])


@blueprint.post("/<which>/members/<who>/remove/")
async def remove_member(which: str, who: str) -> Response:
    try:
        await members.remove_member(the_app(), await require_person(), forms.which(which), forms.which(who))
    except Conflict as error:
        return await _again(error, which)
    return _back(which, (await fields("next"))["next"])


@blueprint.post("/<which>/requests/<who>/accept/")
async def accept_request(which: str, who: str) -> Response:
    try:
        await members.accept_request(the_app(), await require_person(), forms.which(which), forms.which(who))
    except Conflict as error:
        return await _again(error, which)
    return go(f"/{which}/settings/")


@blueprint.post("/<which>/requests/<who>/decline/")
async def decline_request(which: str, who: str) -> Response:
    await members.decline_request(the_app(), await require_person(), forms.which(which), forms.which(who))
    return go(f"/{which}/settings/")


def read_members(conn: sqlite3.Connection, user_id: int, which: int | str, after: str = "") -> Found:
    """Raises NotFound."""
    group = group_store.find_for(conn, user_id, which)
    found = memberships.of_group(conn, group.id, after=after, limit=PAGE + 1)
    return {
        "group": group,
        "members": found[:PAGE],
        "more": found[PAGE - 1].user.username if len(found) > PAGE else None,
    }


async def _again(error: BadInput | Forbidden | Conflict, which: str, values: dict[str, Any] | None = None) -> Response:
    return await show_with(wrong(error, values or {}), "members.html", read_members, forms.which(which))


def _back(which: str, address: str) -> Response:
    """To the page from where somebody was changed: these forms stand on two."""
    return go(own_path(address, f"/{which}/members/"))
