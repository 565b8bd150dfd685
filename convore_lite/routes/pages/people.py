"""Somebody's page, and one's own settings."""

from __future__ import annotations

import sqlite3
from typing import Any

from quart import Response

from ...actions import people
from ...store import groups as group_store
from ...store import people as people_store
from ...words.errors import BadInput
from .. import forms
from ..context import the_app
from .door import Found, blueprint, fields, go, problems_of, require_person, show, show_with

THEMES = ("system", "light", "dark")


@blueprint.get("/users/<who>/")
async def person(who: str) -> Response:
    return await show("person.html", _person, forms.which(who))


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


def _settings(conn: sqlite3.Connection, user_id: int) -> Found:
    me = people_store.me(conn, user_id)
    theme = me.settings.get("theme", "system")
    return {"here": "settings", "values": {"name": me.name, "email": me.email or "", "theme": theme}}


def _person(conn: sqlite3.Connection, user_id: int, who: int | str) -> Found:
    """Raises NotFound. Of somebody's groups one sees those one is in too."""
    found = people_store.find(conn, who)
    mine = group_store.of_member(conn, user_id)
    return {
        "person": found,
        "shared": [group for group in mine if group_store.role_of(conn, group.id, found.id) is not None],
    }
