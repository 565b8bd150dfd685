"""Looking after people in the API: for admins, and for the command line through the data folder's own socket."""

from __future__ import annotations

from msgspec import Struct

from ...actions import App, links, people, tokens
from ...store import keys
from ...store import people as people_store
from ...words.asker import Asker, require_console
from ...words.models import ServerRole, Token, User, UserKind
from .accounts import NewToken
from .door import Page, operation


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    username: str
    name: str | None = None
    role: ServerRole = "member"
    kind: UserKind = "person"
    email: str | None = None
    password: str | None = None


class PasswordForm(Struct, frozen=True, forbid_unknown_fields=True):
    password: str


class Link(Struct, frozen=True):
    """A one-time link, as a path on this server."""

    path: str


@operation("POST", "/users", {201: User}, body=NewUser, console=True)
async def add_user(app: App, asker: Asker, body: NewUser) -> User:
    """Make an account for somebody. For admins."""
    return await people.add_user(
        app,
        asker,
        username=body.username,
        name=body.name,
        role=body.role,
        kind=body.kind,
        email=body.email,
        password=body.password,
    )


@operation("PUT", "/users/<who>/password", {204: None}, body=PasswordForm, console=True)
async def set_password(app: App, asker: Asker, who: int | str, body: PasswordForm) -> None:
    """Give somebody a new password and sign them out everywhere. For admins."""
    await people.set_password(app, asker, who, body.password)


@operation("POST", "/users/<who>/link", {201: Link}, console=True)
async def make_link(app: App, asker: Asker, who: int | str) -> Link:
    """Make a one-time link with which somebody signs in and chooses a password. For admins."""
    return Link(f"/welcome/{await links.make_link(app, asker, who)}/")


@operation("POST", "/users/<who>/deactivate", {200: User}, console=True)
async def deactivate_user(app: App, asker: Asker, who: int | str) -> User:
    """Close somebody's account: signed out everywhere at once, without tokens or links. What they said stays. For admins."""
    return await people.deactivate_user(app, asker, who)


@operation("POST", "/users/<who>/reactivate", {200: User}, console=True)
async def reactivate_user(app: App, asker: Asker, who: int | str) -> User:
    """Open somebody's account again. They sign in with the password they had. For admins."""
    return await people.reactivate_user(app, asker, who)


@operation("GET", "/users/<who>/tokens", {200: Page[Token]}, console=True)
async def list_tokens(app: App, asker: Asker, who: int | str) -> Page[Token]:
    """Somebody's API tokens, without their secrets. For the console."""
    owner = await _owner(app, asker, who)
    return Page(await app.store.read(keys.tokens_of, owner.id), None)


@operation("POST", "/users/<who>/tokens", {201: Token}, body=NewToken, console=True)
async def create_token(app: App, asker: Asker, who: int | str, body: NewToken) -> Token:
    """Make an API token for somebody, or for a bot. For the console."""
    return await tokens.make_token(app, asker, await _owner(app, asker, who), name=body.name, scope=body.scope)


@operation("DELETE", "/tokens/<id:token_id>", {204: None}, console=True)
async def revoke_token(app: App, asker: Asker, token_id: int) -> None:
    """Revoke any API token. For the console."""
    require_console(asker)
    await tokens.revoke_token(app, asker, token_id)


async def _owner(app: App, asker: Asker, who: int | str) -> User:
    """A token acts as its user, so even an admin of the server does not make one for somebody else."""
    require_console(asker)
    return await app.store.read(people_store.find, who)
