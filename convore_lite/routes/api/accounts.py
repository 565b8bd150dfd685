"""Accounts in the API: one's picture, one's sessions and tokens, leaving for good, and what others may do here."""

from __future__ import annotations

from msgspec import Struct

from ...actions import App, avatars, erasing, people, sessions, tokens
from ...store import keys
from ...store.erasing import Messages
from ...words.asker import Asker, require_session
from ...words.limits import UPLOADS
from ...words.models import Me, Scope, ServerRole, Session, Token, User
from ..avatars import sent_picture
from ..sessions import clear_cookie
from .door import Page, Paging, encoded, operation, part


class NewPassword(Struct, frozen=True, forbid_unknown_fields=True):
    current: str
    new: str


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    scope: Scope


class Role(Struct, frozen=True, forbid_unknown_fields=True):
    role: ServerRole


class Leaving(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of the messages: "keep" or "delete"."""

    password: str
    messages: Messages


class Erasure(Struct, frozen=True, forbid_unknown_fields=True):
    messages: Messages


@operation("PUT", "/me/avatar", {200: Me}, picture=True, rate=UPLOADS)
async def set_avatar(app: App, asker: Asker) -> Me:
    """Show a picture of oneself: the bytes of a PNG, JPEG, GIF or WebP, or a form with it as its field file."""
    return await avatars.set_avatar(app, asker, await sent_picture())


@operation("DELETE", "/me/avatar", {200: Me})
async def remove_avatar(app: App, asker: Asker) -> Me:
    """Show initials again."""
    return await avatars.remove_avatar(app, asker)


@operation("PUT", "/me/password", {204: None}, body=NewPassword)
async def change_my_password(app: App, asker: Asker, body: NewPassword) -> None:
    """Change one's password. Every other session of one's own ends."""
    await people.change_password(app, asker, current=body.current, new=body.new)


@operation("GET", "/me/sessions", {200: Page[Session]}, query=Paging)
async def list_my_sessions(app: App, asker: Asker, query: Paging) -> Page[Session]:
    """Where one is signed in, the latest seen first."""
    return part(await sessions.list_sessions(app, asker), query)


@operation("DELETE", "/me/sessions", {204: None})
async def end_other_sessions(app: App, asker: Asker) -> None:
    """Sign out everywhere else. Streams that were opened there end at once."""
    await sessions.end_other_sessions(app, asker)


@operation("DELETE", "/me/sessions/<session_id>", {204: None})
async def end_session(app: App, asker: Asker, session_id: str) -> None:
    """Sign out somewhere. Streams that were opened there end at once."""
    await sessions.end_session(app, asker, session_id)


@operation("GET", "/me/tokens", {200: Page[Token]}, query=Paging)
async def list_my_tokens(app: App, asker: Asker, query: Paging) -> Page[Token]:
    """One's API tokens, without their secrets."""
    require_session(asker)
    return part(await app.store.read(keys.tokens_of, asker.id), query)


@operation("POST", "/me/tokens", {201: Token}, body=NewToken)
async def create_my_token(app: App, asker: Asker, body: NewToken) -> Token:
    """Make an API token. Its secret is shown this once."""
    return await tokens.make_token(app, asker, asker.user, name=body.name, scope=body.scope)


@operation("DELETE", "/me/tokens/<id:token_id>", {204: None})
async def revoke_my_token(app: App, asker: Asker, token_id: int) -> None:
    """Revoke an API token. Streams it opened end at once."""
    await tokens.revoke_token(app, asker, token_id)


@operation("DELETE", "/me", {204: None}, body=Leaving)
async def erase_me(app: App, asker: Asker, body: Leaving) -> object:
    """Leave for good: one's account and all that one chose goes, and with "delete" what one said."""
    await erasing.erase_me(app, asker, password=body.password, messages=body.messages)
    response = encoded(None, 204)
    clear_cookie(response)
    return response


@operation("PUT", "/users/<who>/role", {200: User}, body=Role, console=True)
async def set_role(app: App, asker: Asker, who: int | str, body: Role) -> User:
    """Say what somebody may do here. For admins."""
    return await people.set_role(app, asker, who, body.role)


@operation("DELETE", "/users/<who>", {204: None}, body=Erasure, console=True)
async def erase_user(app: App, asker: Asker, who: int | str, body: Erasure) -> None:
    """Erase somebody's account, and with "delete" what they said. For admins."""
    await erasing.erase_user(app, asker, who, body.messages)
