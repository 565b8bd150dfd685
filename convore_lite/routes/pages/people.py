"""Somebody's page, and who is online."""

from __future__ import annotations

import sqlite3
from collections.abc import Set
from urllib.parse import quote

import msgspec
from quart import Response, request

from ...actions import reading
from ...store import groups as group_store
from ...store import memberships
from ...store import people as people_store
from .. import forms
from ..context import the_app
from .door import Found, blueprint, fields, go, online_now, own_path, require_person, show

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


@blueprint.post("/users/<who>/ignore/")
async def ignore(who: str) -> Response:
    """Hear no more of somebody, or hear of them again (the field *on* is empty then)."""
    values, asker = await fields("on", "next"), await require_person()
    change = reading.ignore if values["on"] else reading.stop_ignoring
    await change(the_app(), asker, forms.which(who))
    return go(own_path(values["next"], f"/users/{quote(who)}/"))


def _online(conn: sqlite3.Connection, user_id: int, here: Set[int], among: Set[int]) -> WhoIsOnline:
    mine = memberships.people_of_mine(conn, user_id)
    small = {group_id: members for group_id, members in mine.items() if len(members) <= CROWD}
    known = set[int]().union(*small.values(), *(members & among for members in mine.values()))
    groups = [
        GroupOnline(group_id, len(members & here), sorted(members) if group_id in small else None)
        for group_id, members in mine.items()
    ]
    return WhoIsOnline(sorted(known & here), groups)


def _person(conn: sqlite3.Connection, user_id: int, who: int | str) -> Found:
    """Raises NotFound. Of somebody's groups one sees those one is in too."""
    found = people_store.find_for(conn, user_id, who)
    mine = [group for group in group_store.of_member(conn, user_id) if group.kind != "direct"]
    return {
        "person": found,
        "is_ignored": found.id in people_store.ignored_by(conn, user_id),
        "shared": [group for group in mine if memberships.role_of(conn, group.id, found.id) is not None],
    }
