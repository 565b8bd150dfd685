"""The groups, from outside: which there are, and the end of one."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct
from quart import Response, request

from ....actions import deletion
from ....store import overview
from ....words.errors import BadInput
from ... import forms
from ...context import the_app
from ..door import Found, blueprint, fields, go
from ..groups import wrong
from .door import require_administrator, show

SHOWN = 50
GROUP = "/admin/groups/<id:group_id>/"


class Search(Struct, frozen=True):
    q: str = ""
    after: str = ""


@blueprint.get("/admin/groups/")
async def admin_groups() -> Response:
    return await show("groups", {}, _groups, forms.convert(request.args, Search))


@blueprint.get(GROUP)
async def admin_group(group_id: int) -> Response:
    return await _page(group_id, {})


@blueprint.post(f"{GROUP}delete/")
async def delete_any_group(group_id: int) -> Response:
    """Whoever means it writes the group's name."""
    asker, values = await require_administrator(), await fields("confirmation")
    group = await the_app().store.read(overview.group, group_id)
    if values["confirmation"].strip() != group.name:
        return await _page(group_id, wrong(BadInput("confirmation", f"Write “{group.name}” to delete it"), values))
    await deletion.delete_group(the_app(), asker, group.id)
    return go("/admin/groups/?notice=deleted")


async def _page(group_id: int, more: dict[str, Any]) -> Response:
    return await show("group", more, _group, group_id)


def _groups(conn: sqlite3.Connection, user_id: int, query: Search) -> Found:
    found = overview.groups(conn, query.q.strip(), after=query.after, limit=SHOWN + 1)
    more = found[SHOWN - 1].slug if len(found) > SHOWN else None
    return {"groups": found[:SHOWN], "more": more, "q": query.q.strip(), "after": query.after}


def _group(conn: sqlite3.Connection, user_id: int, group_id: int) -> Found:
    """Raises NotFound. Not as "group": the rail would take it for the one that is open."""
    return {"outside": overview.group(conn, group_id)}
