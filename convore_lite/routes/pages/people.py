"""Somebody's page, one's own settings, and who is online."""

from __future__ import annotations

import sqlite3
from collections.abc import Set
from typing import Any

import msgspec
from quart import Response, request

from ...actions import people
from ...store import groups as group_store
from ...store import people as people_store
from ...words.errors import BadInput
from .. import forms
from ..context import the_app
from .door import Found, blueprint, fields, go, online_now, problems_of, require_person, show, show_with

THEMES = ("system", "light", "dark")
# Of a group with more members than this only the count is told: the list would be longer than the page.
CROWD = 200


class GroupOnline(msgspec.Struct, frozen=True):
    """*members* are their ids, or null for a crowd; *online* is how many of them are."""

    id: int
    online: int
    members: list[int] | None


class WhoIsOnline(msgspec.Struct, frozen=True):
    """*online* are the ids of those among the members and the people asked for who are."""

    online: list[int]
    groups: list[GroupOnline]


@blueprint.get("/users/<who>/")
async def person(who: str) -> Response:
    return await show("person.html", _person, forms.which(who))


@blueprint.get("/people/online/")
async def online() -> Response:
    """Who is online in one's groups, for the page's script, which goes on from there with what the live stream tells."""
    asker = await require_person()
    asked = request.args.get("among", "").split(",")[:CROWD]
    among = {who for text in asked if text and isinstance(who := forms.which(text), int)}
    found = await the_app().store.read(_online, asker.id, online_now(asker), among)
    return Response(msgspec.json.encode(found), mimetype="application/json")


@blueprint.get("/settings/")
async def settings() -> Response:
    return await show("settings.html", _settings)


@blueprint.post("/settings/")
async def save_settings() -> Response:
    values = await fields("name", "email", "theme")
    theme = values["theme"] if values["theme"] in THEMES else "system"
    changes = {"name": values["name"], "email": values["email"].strip() or None, "settings": {"theme": theme}}
    try:
        await people.change_me(the_app(), await require_person(), **changes)
    except BadInput as error:
        return await _again(error, {"values": values})
    return go("/settings/?notice=saved")


@blueprint.post("/settings/password/")
async def change_password() -> Response:
    values = await fields("current", "new")
    try:
        await people.change_password(the_app(), await require_person(), current=values["current"], new=values["new"])
    except BadInput as error:
        return await _again(error, {})
    return go("/settings/?notice=password")


async def _again(error: BadInput, more: dict[str, Any]) -> Response:
    return await show_with({**more, "problems": problems_of(error), "status": 422}, "settings.html", _settings)


def _online(conn: sqlite3.Connection, user_id: int, here: Set[int], among: Set[int]) -> WhoIsOnline:
    mine = group_store.members_of_mine(conn, user_id)
    small = {group_id: members for group_id, members in mine.items() if len(members) <= CROWD}
    known = set[int]().union(*small.values(), *(members & among for members in mine.values()))
    groups = [
        GroupOnline(group_id, len(members & here), sorted(members) if group_id in small else None)
        for group_id, members in mine.items()
    ]
    return WhoIsOnline(sorted(known & here), groups)


def _settings(conn: sqlite3.Connection, user_id: int) -> Found:
    me = people_store.me(conn, user_id)
    theme = me.settings.get("theme", "system")
    return {"here": "settings", "values": {"name": me.name, "email": me.email or "", "theme": theme}}


def _person(conn: sqlite3.Connection, user_id: int, who: int | str) -> Found:
    """Raises NotFound. Of somebody's groups one sees those one is in too."""
    found = people_store.find_for(conn, user_id, who)
    mine = group_store.of_member(conn, user_id)
    return {
        "person": found,
        "shared": [group for group in mine if group_store.role_of(conn, group.id, found.id) is not None],
    }
