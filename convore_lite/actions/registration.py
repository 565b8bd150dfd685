"""New accounts that people make for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from ..store import Writer, people
from ..words import slugs
from ..words.errors import Forbidden
from ..words.models import ServerRole, User
from . import App
from .people import checked_password
from .sign_in import NewSession, start_session


@dataclass(frozen=True)
class Newcomer:
    """What somebody chose for themselves. *password* is its hash."""

    username: str
    name: str
    password: str


async def register(app: App, *, username: str, name: str, password: str, agent: str) -> NewSession:
    """Make an account for oneself, and sign in. Raises Forbidden where that is not for everybody, BadInput, Conflict."""
    if app.settings.registration != "open":
        raise Forbidden("New accounts are made by invitation here.")
    newcomer = await prepare(app, username=username, name=name, password=password)
    user = await app.store.write(insert_newcomer, newcomer, role="member", at=app.now())
    return await start_session(app, user.id, agent=agent)


async def prepare(app: App, *, username: str, name: str, password: str) -> Newcomer:
    """Look at what somebody chose, and hash their password. Raises BadInput."""
    handle = slugs.new_username(username)
    shown = slugs.shown_name(name or username)
    return Newcomer(handle, shown, await app.passwords.hash(checked_password(password, handle)))


def insert_newcomer(conn: Writer, newcomer: Newcomer, *, role: ServerRole, at: int) -> User:
    """Raises Conflict where the username is taken, or looks like one that is."""
    return people.insert(conn, newcomer.username, newcomer.name, at=at, role=role, password_hash=newcomer.password)
