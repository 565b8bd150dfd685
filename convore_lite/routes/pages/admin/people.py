"""Everybody who has an account, and the form for a new one."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct
from quart import Response, request

from ....actions import people
from ....store import overview
from ....words.errors import BadInput, Conflict, Forbidden
from ....words.models import ServerRole, UserKind
from ... import forms
from ...context import the_app
from ..door import Found, blueprint, fields, go
from ..groups import wrong
from .door import require_administrator, show
from .person import given_roles, show_link

SHOWN = 50


class Search(Struct, frozen=True):
    q: str = ""
    after: str = ""


class NewAccount(Struct, frozen=True):
    username: str
    name: str
    email: str
    role: ServerRole
    kind: UserKind = "person"


@blueprint.get("/admin/people/")
async def admin_people() -> Response:
    return await _page({})


@blueprint.post("/admin/people/")
async def add_account() -> Response:
    """The answer is the page of the new account, with the link that lets its person in."""
    asker = await require_administrator()
    values = await fields("username", "name", "email", "role", "kind")
    try:
        form = forms.convert({name: value for name, value in values.items() if value or name != "kind"}, NewAccount)
        user = await people.add_user(
            the_app(),
            asker,
            username=form.username.strip(),
            name=form.name.strip() or None,
            role=form.role,
            kind=form.kind,
            email=form.email.strip() or None,
        )
    except (BadInput, Conflict, Forbidden) as error:
        return await _page(wrong(error, values))
    if user.kind == "bot":
        return go(f"/admin/people/{user.username}/?notice=saved")
    return await show_link(user.username)


async def _page(more: dict[str, Any]) -> Response:
    asker, query = await require_administrator(), forms.convert(request.args, Search)
    return await show("people", {"roles": given_roles(asker), **more}, _people, query)


def _people(conn: sqlite3.Connection, user_id: int, query: Search) -> Found:
    found = overview.accounts(conn, query.q.strip(), after=query.after, limit=SHOWN + 1)
    more = found[SHOWN - 1].user.username if len(found) > SHOWN else None
    return {"accounts": found[:SHOWN], "more": more, "q": query.q.strip(), "after": query.after}
