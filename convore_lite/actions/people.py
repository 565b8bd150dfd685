"""Accounts: the first one, new ones, and what people change about their own."""

from __future__ import annotations

import json
import secrets
import sqlite3
from typing import Any

from ..store import Writer, keys, log, people
from ..words import slugs
from ..words.asker import Asker, require_admin
from ..words.errors import BadInput, Conflict, Forbidden, NotFound
from ..words.events import SettingsChanged
from ..words.limits import GUESSES
from ..words.models import Me, Scope, ServerRole, Token, User, UserKind
from . import App
from .sign_in import NewSession, fingerprint, start_session

# Length is what makes a password strong (NIST SP 800-63B, 3.1.1.2); 8 is its minimum, ours leaves room for faster guessing.
MIN_PASSWORD = 10
MAX_PASSWORD = 1000
MAX_SETTINGS_BYTES = 4096
COMMON_PASSWORDS = frozenset(
    "1234567890 0123456789 0987654321 1111111111 0000000000 qwertyuiop 1q2w3e4r5t q1w2e3r4t5 password123 passwordpassword "
    "password1234 administrator changemenow letmein123 welcome123 iloveyou123 qwerty1234 qwerty12345 abcd123456 abcdefghij "
    "1234567891 12345678910 123456789012 passw0rd123 convoreconvore adminadmin trustno1trustno1".split()
)


async def add_user(
    app: App,
    asker: Asker,
    *,
    username: str,
    name: str | None = None,
    role: ServerRole = "member",
    kind: UserKind = "person",
    email: str | None = None,
    password: str | None = None,
) -> User:
    """Make an account for somebody. Without a password they come in by a one-time link. Raises Forbidden, BadInput, Conflict."""
    require_admin(asker)
    if role == "owner" and asker.via != "console" and asker.role != "owner":
        raise Forbidden("Only the owner can make somebody an owner.")
    handle = slugs.username(username)
    shown = slugs.shown_name(name if name is not None else username)
    hashed = await app.passwords.hash(checked_password(password, handle)) if password is not None else None
    return await app.store.write(
        people.insert,
        handle,
        shown,
        at=app.now(),
        role=role,
        kind=kind,
        email=checked_email(email),
        password_hash=hashed,
    )


async def set_password(app: App, asker: Asker, who: int | str, password: str) -> None:
    """Give somebody a new password and sign them out everywhere. Raises Forbidden, NotFound, BadInput."""
    user = await _in_care_of(app, asker, who)
    hashed = await app.passwords.hash(checked_password(password, user.username))
    await app.store.write(_set_password, user.id, hashed, keep=b"")


async def deactivate_user(app: App, asker: Asker, who: int | str) -> User:
    """Close somebody's account. All that it opened ends with this commit; what they said, and where they are in, stays.

    Raises Forbidden, NotFound, and Conflict for oneself and for the last owner.
    """
    return await app.store.write(_deactivate, asker, who, at=app.now())


async def reactivate_user(app: App, asker: Asker, who: int | str) -> User:
    """Open somebody's account again; they sign in anew, with the password they had. Raises Forbidden, NotFound."""
    return await app.store.write(_reactivate, asker, who)


async def change_password(app: App, asker: Asker, *, current: str, new: str) -> None:
    """Change one's own password, and sign out everywhere else. Raises BadInput, and TooMany for too many guesses."""
    app.rates.spend(GUESSES, asker.id)
    stored = await app.store.read(people.password_hash, asker.id)
    if stored is not None and not await app.passwords.match(current, stored):
        raise BadInput("current", "is not your password")
    app.rates.give_back(GUESSES, asker.id)
    hashed = await app.passwords.hash(checked_password(new, asker.user.username, field="new"))
    await app.store.write(_set_password, asker.id, hashed, keep=asker.key)


async def change_me(app: App, asker: Asker, **changes: Any) -> Me:
    """Change one's name, e-mail address or settings. Settings are merged; null takes one away. Raises BadInput."""
    if changes.get("name") is not None:
        changes["name"] = slugs.shown_name(changes["name"])
    if "email" in changes:
        changes["email"] = checked_email(changes["email"])
    return await app.store.write(_change_me, asker.id, changes, at=app.now())


async def make_link(app: App, asker: Asker, who: int | str) -> str:
    """The secret of a one-time link with which somebody signs in and chooses a password. Raises Forbidden, NotFound.

    It is good for a week, and only until the next one or a new password.
    """
    user = await _in_care_of(app, asker, who)
    secret = secrets.token_urlsafe(32)
    await app.store.write(keys.insert_link, fingerprint(secret), user.id, at=app.now())
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
    handle = slugs.username(username)
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
    return await start_session(app, user.id, agent=agent)


async def make_token(app: App, owner: User, *, name: str, scope: Scope) -> Token:
    """An API token for somebody. The secret in it is shown this once. Raises BadInput."""
    shown = slugs.shown_name(name)
    secret = secrets.token_urlsafe(32)
    at = app.now()
    number = await app.store.write(keys.insert_token, fingerprint(secret), owner.id, name=shown, scope=scope, at=at)
    tokens = await app.store.read(keys.tokens_of, owner.id)
    return next(Token(t.id, t.name, t.scope, t.created_at, None, token=secret) for t in tokens if t.id == number)


async def revoke_token(app: App, asker: Asker, token_id: int) -> None:
    """Revoke one's own token, or from the console anybody's; its streams end. Raises NotFound."""
    whose = None if asker.via == "console" else asker.id
    await app.store.write(keys.delete_token, token_id, whose)


def checked_password(password: str, username: str, *, field: str = "password") -> str:
    """Raises BadInput for one that is too short or among the first that are guessed."""
    if len(password) < MIN_PASSWORD:
        raise BadInput(field, f"at least {MIN_PASSWORD} characters")
    if len(password) > MAX_PASSWORD:
        raise BadInput(field, f"at most {MAX_PASSWORD} characters")
    plain = password.lower()
    if plain in COMMON_PASSWORDS or len(set(plain)) < 3 or plain.replace(username, "") == "":
        raise BadInput(field, "That password is among the first that are guessed. Try a few words instead.")
    return password


def checked_email(email: str | None) -> str | None:
    if email in (None, ""):
        return None
    assert email is not None
    name, at, host = email.rpartition("@")
    if not (name and at and host) or len(email) > 254 or any(c.isspace() or not c.isprintable() for c in email):
        raise BadInput("email", "is not an e-mail address")
    return email


async def _in_care_of(app: App, asker: Asker, who: int | str) -> User:
    """Raises Forbidden, NotFound; see `_cared_for`."""
    return await app.store.read(_cared_for, asker, who)


def _cared_for(conn: sqlite3.Connection, asker: Asker, who: int | str) -> User:
    """Somebody whose account the asker may look after: an owner's only another owner does. Raises Forbidden, NotFound."""
    require_admin(asker)
    user = people.find(conn, who)
    if people.me(conn, user.id).role == "owner" and asker.via != "console" and asker.role != "owner":
        raise Forbidden("Only an owner can do that to an owner.")
    return user


def _deactivate(conn: Writer, asker: Asker, who: int | str, *, at: int) -> User:
    user = _cared_for(conn, asker, who)
    if user.id == asker.id:
        raise Conflict("That is yourself. Another admin can do it.")
    if people.me(conn, user.id).role == "owner" and not people.other_owners(conn, user.id):
        raise Conflict("That is the last owner. Make another one first.")
    if not user.deactivated:
        people.set_deactivated(conn, user.id, at)
        keys.delete_all(conn, user.id)
    return people.find(conn, user.id)


def _reactivate(conn: Writer, asker: Asker, who: int | str) -> User:
    user = _cared_for(conn, asker, who)
    people.set_deactivated(conn, user.id, None)
    return people.find(conn, user.id)


def _set_password(conn: Writer, user_id: int, hashed: str, *, keep: bytes) -> None:
    """A new password ends what the old one opened: other sessions, and links that would set yet another."""
    people.set_password(conn, user_id, hashed)
    keys.delete_links(conn, user_id)
    keys.delete_other_sessions(conn, user_id, keep=keep)


def _change_me(conn: Writer, user_id: int, changes: dict[str, Any], *, at: int) -> Me:
    if "settings" in changes:
        merged = {**people.me(conn, user_id).settings, **changes["settings"]}
        kept = {name: value for name, value in merged.items() if value is not None}
        changes = {**changes, "settings": json.dumps(kept)}
        if len(changes["settings"]) > MAX_SETTINGS_BYTES:
            raise BadInput("settings", f"at most {MAX_SETTINGS_BYTES} bytes in all")
        log.tell(conn, SettingsChanged(kept), at=at, user_id=user_id)
    people.change(conn, user_id, **changes)
    return people.me(conn, user_id)


def _link_owner(conn: sqlite3.Connection, key: bytes, *, at: int) -> User | None:
    user_id = keys.find_link(conn, key, at=at)
    return people.find(conn, user_id) if user_id is not None else None


def _make_owner(conn: Writer, key: bytes, username: str, name: str, hashed: str, *, at: int) -> User:
    if keys.use_link(conn, key, at=at) is not None:
        raise NotFound("This link is somebody else's.")
    if people.owner(conn):
        raise Conflict("This place has an owner already.")
    return people.insert(conn, username, name, at=at, role="owner", password_hash=hashed)


def _use_link(conn: Writer, key: bytes, hashed: str, *, at: int) -> None:
    user_id = keys.use_link(conn, key, at=at)
    if user_id is None:
        raise NotFound("This link is for the first person here.")
    _set_password(conn, user_id, hashed, keep=b"")
