"""One's own settings, as far as they are about getting in: devices, tokens, the password, and leaving for good."""

from __future__ import annotations

import sqlite3

from quart import Response

from ...actions import erasing, people, sessions, tokens
from ...store import keys
from ...store import people as people_store
from ...store.erasing import Messages
from ...words.agents import device
from ...words.asker import Asker, require_session
from ...words.errors import BadInput, Conflict
from ...words.models import Scope
from ..context import the_app
from ..sessions import clear_cookie
from .door import Found, blueprint, fields, go, problems_of, require_person, show, show_with


@blueprint.get("/settings/sessions/")
async def my_sessions() -> Response:
    asker = await _require_signed_in()
    return await show("settings_sessions.html", _sessions, asker.key, at=the_app().now())


@blueprint.post("/settings/sessions/end/")
async def end_session() -> Response:
    """Sign out on one device, or without one on all others."""
    session_id, asker = (await fields("session"))["session"], await require_person()
    if session_id:
        await sessions.end_session(the_app(), asker, session_id)
        return go("/settings/sessions/?notice=signed-out")
    await sessions.end_other_sessions(the_app(), asker)
    return go("/settings/sessions/?notice=signed-out-elsewhere")


@blueprint.get("/settings/tokens/")
async def my_tokens() -> Response:
    await _require_signed_in()
    return await show("settings_tokens.html", _tokens)


@blueprint.post("/settings/tokens/")
async def make_token() -> Response:
    """The answer is a page and no way to another: the secret must not stand in an address."""
    values, asker = await fields("name", "scope"), await require_person()
    scope: Scope = "write" if values["scope"] == "write" else "read"
    try:
        made = await tokens.make_token(the_app(), asker, asker.user, name=values["name"], scope=scope)
    except BadInput as error:
        wrong = {"problems": problems_of(error), "values": values, "status": 422}
        return await show_with(wrong, "settings_tokens.html", _tokens)
    return await show_with({"made": made}, "settings_tokens.html", _tokens)


@blueprint.post("/settings/tokens/revoke/")
async def revoke_token() -> Response:
    number = (await fields("token"))["token"]
    if number.isascii() and number.isdigit() and len(number) < 16:
        await tokens.revoke_token(the_app(), await require_person(), int(number))
    return go("/settings/tokens/?notice=revoked")


@blueprint.get("/settings/account/")
async def account() -> Response:
    return await show("settings_account.html", _account)


@blueprint.post("/settings/password/")
async def change_password() -> Response:
    values = await fields("current", "new")
    try:
        await people.change_password(the_app(), await require_person(), current=values["current"], new=values["new"])
    except BadInput as error:
        return await show_with({"problems": problems_of(error), "status": 422}, "settings_account.html", _account)
    return go("/settings/account/?notice=password")


@blueprint.post("/settings/erase/")
async def erase_me() -> Response:
    values, asker = await fields("password", "messages"), await require_person()
    messages: Messages = "delete" if values["messages"] == "delete" else "keep"
    try:
        await erasing.erase_me(the_app(), asker, password=values["password"], messages=messages)
    except BadInput as error:
        wrong = {"problems": problems_of(error), "values": values, "leaving": True, "status": 422}
        return await show_with(wrong, "settings_account.html", _account)
    except Conflict as error:
        wrong = {"problem": error.sentence, "values": values, "leaving": True, "status": 409}
        return await show_with(wrong, "settings_account.html", _account)
    response = go("/sign-in/")
    clear_cookie(response)
    return response


async def _require_signed_in() -> Asker:
    """Raises NotSignedIn, Forbidden (a token)."""
    asker = await require_person()
    require_session(asker)
    return asker


def _sessions(conn: sqlite3.Connection, user_id: int, key: bytes, *, at: int) -> Found:
    found = keys.sessions_of(conn, user_id, key, at=at)
    devices = sorted(((session, device(session.agent)) for session in found), key=lambda pair: not pair[0].current)
    return {"here": "settings", "part": "sessions", "devices": devices}


def _tokens(conn: sqlite3.Connection, user_id: int) -> Found:
    return {"here": "settings", "part": "tokens", "tokens": keys.tokens_of(conn, user_id)}


def _account(conn: sqlite3.Connection, user_id: int) -> Found:
    last = people_store.role_of(conn, user_id) == "owner" and not people_store.other_owners(conn, user_id)
    return {"here": "settings", "part": "account", "last_owner": last}
