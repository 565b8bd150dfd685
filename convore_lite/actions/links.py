"""One-time links: for the first person, who becomes the owner, and for whoever needs a new password."""

from __future__ import annotations

import secrets
import sqlite3

from ..store import Writer, audit, keys, people
from ..words import slugs
from ..words.asker import Asker
from ..words.errors import Conflict, NotFound
from ..words.models import User
from . import App
from .people import checked_password, let_in, replace_password, to_be_let_in
from .sign_in import NewSession, fingerprint, start_session


async def make_link(app: App, asker: Asker, who: int | str) -> str:
    """The secret of a one-time link with which somebody signs in and chooses a password. Raises Forbidden, NotFound.

    It is good for a week, and only until the next one or a new password.
    """
    user = await to_be_let_in(app, asker, who)
    secret = secrets.token_urlsafe(32)
    await app.write(asker, _insert_link, asker, fingerprint(secret), user.id, at=app.now())
    return secret


async def make_first_link(app: App) -> str | None:
    """The secret of the link that makes the owner; None where there is one already. Earlier links stay valid until one is used."""
    if await app.store.read(people.owner):
        return None
    secret = secrets.token_urlsafe(32)
    await app.store.write(keys.insert_link, fingerprint(secret), None, at=app.now())
    return secret


async def find_link(app: App, secret: str) -> User | None:
    """Whose one-time link this is; None for the first person's. Raises NotFound."""
    return await app.store.read(_link_owner, fingerprint(secret), at=app.now())


async def use_first_link(app: App, secret: str, *, username: str, name: str, password: str, agent: str) -> NewSession:
    """Make the owner, and sign them in. Raises NotFound (used already), BadInput, Conflict."""
    handle = slugs.new_username(username)
    shown = slugs.shown_name(name or username)
    hashed = await app.passwords.hash(checked_password(password, handle))
    user = await app.store.write(_make_owner, fingerprint(secret), handle, shown, hashed, at=app.now())
    return await start_session(app, user.id, agent=agent)


async def use_link(app: App, secret: str, *, password: str, agent: str) -> NewSession:
    """Choose a password by a one-time link, and sign in; other sessions of theirs end. Raises NotFound, BadInput."""
    user = await find_link(app, secret)
    if user is None:
        raise NotFound("This link is for the first person here.")
    hashed = await app.passwords.hash(checked_password(password, user.username))
    await app.store.write(_use_link, fingerprint(secret), hashed, at=app.now())
    return await start_session(app, user.id, agent=agent, password=hashed)


def _insert_link(conn: Writer, asker: Asker, key: bytes, user_id: int, *, at: int) -> None:
    let_in(conn, asker, user_id)  # as they may be an admin by now
    keys.insert_link(conn, key, user_id, at=at)
    audit.note(conn, asker, "make link", at=at, user_id=user_id)


def _link_owner(conn: sqlite3.Connection, key: bytes, *, at: int) -> User | None:
    user_id = keys.find_link(conn, key, at=at)
    return people.find(conn, user_id) if user_id is not None else None


def _make_owner(conn: Writer, key: bytes, username: str, name: str, hashed: str, *, at: int) -> User:
    if keys.use_link(conn, key, at=at) is not None:
        raise NotFound("This link is somebody else's.")
    if people.owner(conn):
        raise Conflict("This place has an owner already.")
    return people.claim(conn, username, name, at=at, password_hash=hashed)


def _use_link(conn: Writer, key: bytes, hashed: str, *, at: int) -> None:
    user_id = keys.use_link(conn, key, at=at)
    if user_id is None:
        raise NotFound("This link is for the first person here.")
    replace_password(conn, user_id, hashed, keep=b"")
