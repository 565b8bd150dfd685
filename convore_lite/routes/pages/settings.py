"""One's own settings: who one is and how it looks, and what one wants to hear of."""

from __future__ import annotations

import sqlite3
from typing import Any

from quart import Response

from ...actions import avatars, levels, people
from ...store import keywords
from ...store import people as people_store
from ...words.errors import BadInput, Refusal, TooLarge, WrongMediaType
from ...words.limits import UPLOADS
from .. import problems
from ..avatars import sent_picture
from ..context import the_app
from ..gate import rated
from .door import Found, blueprint, fields, go, problems_of, require_person, show, show_with

THEMES = ("system", "light", "dark")


@blueprint.get("/settings/")
async def settings() -> Response:
    return await show("settings.html", _profile)


@blueprint.post("/settings/")
async def save_settings() -> Response:
    values = await fields("name", "email", "theme", "previews")
    chosen = {
        "theme": values["theme"] if values["theme"] in THEMES else "system",
        "previews": "hide" if values["previews"] == "hide" else None,
    }
    changes = {"name": values["name"], "email": values["email"].strip() or None, "settings": chosen}
    try:
        await people.change_me(the_app(), await require_person(), **changes)
    except BadInput as error:
        return await _profile_again(error, values=values)
    return go("/settings/?notice=saved")


@blueprint.post("/settings/picture/")
@rated(UPLOADS)
async def save_picture() -> Response:
    asker = await require_person()
    try:
        await avatars.set_avatar(the_app(), asker, await sent_picture())
    except BadInput as error:
        return await _profile_again(error)
    except (TooLarge, WrongMediaType) as error:
        return await _profile_again(error, problems={"file": error.sentence})
    return go("/settings/?notice=picture")


@blueprint.post("/settings/picture/remove/")
async def remove_picture() -> Response:
    await avatars.remove_avatar(the_app(), await require_person())
    return go("/settings/?notice=no-picture")


@blueprint.get("/settings/alerts/")
async def alerts() -> Response:
    return await show("settings_alerts.html", _alerts)


@blueprint.post("/settings/alerts/")
async def save_alerts() -> Response:
    values = await fields("keywords")
    words = [word for line in values["keywords"].splitlines() for word in line.split(",") if word.strip()]
    try:
        await levels.set_keywords(the_app(), await require_person(), words)
    except BadInput as error:
        wrong = {"problems": problems_of(BadInput("keywords", error.message)), "values": values, "status": 422}
        return await show_with(wrong, "settings_alerts.html", _alerts)
    return go("/settings/alerts/?notice=saved")


async def _profile_again(error: Refusal, **more: Any) -> Response:
    wrong = {"problems": problems_of(error)} if isinstance(error, BadInput) else {}
    return await show_with({**wrong, **more, "status": problems.status_of(error)}, "settings.html", _profile)


def _profile(conn: sqlite3.Connection, user_id: int) -> Found:
    me = people_store.me(conn, user_id)
    theme, previews = me.settings.get("theme", "system"), me.settings.get("previews", "show")
    return {
        "here": "settings",
        "part": "profile",
        "values": {"name": me.name, "email": me.email or "", "theme": theme, "previews": previews},
    }


def _alerts(conn: sqlite3.Connection, user_id: int) -> Found:
    return {
        "here": "settings",
        "part": "alerts",
        "values": {"keywords": "\n".join(keywords.of_user(conn, user_id))},
        "ignored": people_store.users_ignored_by(conn, user_id),
    }
