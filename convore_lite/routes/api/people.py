"""People in the API: signing in and out, oneself, other users."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from quart import request

from ...actions import App, people, reading, sign_in
from ...store import people as people_store
from ...words.asker import Asker
from ...words.errors import Forbidden
from ...words.limits import SIGN_INS
from ...words.models import Me, User
from ..sessions import address_of, clear_cookie, let_in
from .door import Page, Paging, encoded, operation, page, part


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    username: str
    password: str
    code: str | None = None


class MyChanges(Struct, frozen=True, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class UserSearch(Paging, frozen=True):
    q: str = ""


@operation("POST", "/session", {201: Me}, body=SignIn, public=True, rate=SIGN_INS)
async def create_session(app: App, body: SignIn) -> Any:
    """Sign in with a password. Sets the session cookie."""
    agent = request.headers.get("user-agent", "")
    session = await sign_in.sign_in(
        app, username=body.username, password=body.password, agent=agent, address=address_of(request.scope)
    )
    response = encoded(session.me, 201)
    await let_in(response, session.secret)
    return response


@operation("DELETE", "/session", {204: None})
async def delete_session(app: App, asker: Asker) -> Any:
    """Sign out: end the session one came with."""
    if asker.via != "session":
        raise Forbidden("Only a session can be signed out. Revoke a token instead.")
    await sign_in.sign_out(app, asker)
    response = encoded(None, 204)
    clear_cookie(response)
    return response


@operation("GET", "/me", {200: Me})
async def get_me(app: App, asker: Asker) -> Me:
    """Oneself."""
    return await app.store.read(people_store.me, asker.id)


@operation("PATCH", "/me", {200: Me}, body=MyChanges)
async def change_me(app: App, asker: Asker, body: MyChanges) -> Me:
    """Change one's name, e-mail address or settings. Settings are merged; null takes one away."""
    changes = {name: getattr(body, name) for name in body.__struct_fields__ if getattr(body, name) is not UNSET}
    return await people.change_me(app, asker, **changes)


@operation("GET", "/me/ignored", {200: Page[User]}, query=Paging)
async def list_ignored(app: App, asker: Asker, query: Paging) -> Page[User]:
    """The people one does not want to hear of, by username."""
    return part(await app.store.read(people_store.users_ignored_by, asker.id), query)


@operation("PUT", "/me/ignored/<who>", {204: None})
async def ignore(app: App, asker: Asker, who: int | str) -> None:
    """Hear no more of somebody."""
    await reading.ignore(app, asker, who)


@operation("DELETE", "/me/ignored/<who>", {204: None})
async def stop_ignoring(app: App, asker: Asker, who: int | str) -> None:
    """Hear of somebody again."""
    await reading.stop_ignoring(app, asker, who)


@operation("GET", "/users", {200: Page[User]}, query=UserSearch, console=True)
async def list_users(app: App, asker: Asker, query: UserSearch) -> Page[User]:
    """Everybody of whom one may know, by username; with q, those whose name or username begins with it."""
    found = await app.store.read(_people, asker, query)
    return page(found, query.limit, lambda user: user.username)


@operation("GET", "/users/<who>", {200: User}, console=True)
async def get_user(app: App, asker: Asker, who: int | str) -> User:
    """One user, by id or username."""
    if asker.via == "console":
        return await app.store.read(people_store.find, who)
    return await app.store.read(people_store.find_for, asker.id, who)


def _people(conn: sqlite3.Connection, asker: Asker, query: UserSearch) -> list[User]:
    if asker.via == "console":
        return people_store.search(conn, query.q, after=query.cursor, limit=query.limit + 1)
    return people_store.search_for(conn, asker.id, query.q, after=query.cursor, limit=query.limit + 1)
