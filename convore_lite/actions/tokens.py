"""API tokens: with one, a program acts as its user. None makes another."""

from __future__ import annotations

import secrets

from ..store import Writer, audit, keys
from ..words import slugs
from ..words.asker import Asker, require_session
from ..words.models import Scope, Token, User
from . import App
from .sign_in import fingerprint


async def make_token(app: App, asker: Asker, owner: User, *, name: str, scope: Scope) -> Token:
    """An API token for oneself, or from the console for anybody. The secret in it is shown this once.

    Raises BadInput, and Forbidden for a token.
    """
    require_session(asker)
    shown = slugs.shown_name(name)
    secret = secrets.token_urlsafe(32)
    at = app.now()
    number = await app.write(asker, _insert_token, asker, fingerprint(secret), owner.id, name=shown, scope=scope, at=at)
    tokens = await app.store.read(keys.tokens_of, owner.id)
    return next(Token(t.id, t.name, t.scope, t.created_at, None, token=secret) for t in tokens if t.id == number)


async def revoke_token(app: App, asker: Asker, token_id: int) -> None:
    """Revoke one's own token, or from the console anybody's; its streams end. Raises NotFound, Forbidden."""
    require_session(asker)
    await app.write(asker, _revoke_token, asker, token_id, at=app.now())


def _insert_token(conn: Writer, asker: Asker, key: bytes, user_id: int, *, name: str, scope: Scope, at: int) -> int:
    number = keys.insert_token(conn, key, user_id, name=name, scope=scope, at=at)
    if asker.via == "console":
        audit.note(conn, asker, "make token", at=at, user_id=user_id, scope=scope)
    return number


def _revoke_token(conn: Writer, asker: Asker, token_id: int, *, at: int) -> None:
    user_id = keys.delete_token(conn, token_id, None if asker.via == "console" else asker.id)
    if asker.via == "console":
        audit.note(conn, asker, "revoke token", at=at, user_id=user_id)
