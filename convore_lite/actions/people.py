"""Accounts: the first one, new ones, and what people change about their own."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from ..store import Writer, audit, keys, log, people, succession
from ..words import slugs
from ..words.asker import Asker, require_admin, require_session
from ..words.errors import BadInput, Conflict, Forbidden
from ..words.events import Revocation, SettingsChanged
from ..words.limits import GUESSES
from ..words.models import Me, ServerRole, User, UserKind
from . import App

# Length is what makes a password strong (NIST SP 800-63B, 3.1.1.2); 8 is its minimum, ours leaves room for faster guessing.
MIN_PASSWORD = 10
MAX_PASSWORD = 1000
MAX_SETTINGS_BYTES = 4096
NO_PASSWORD = "is a bot: it has no password, and acts with tokens"
# The roles that only an owner gives and takes.
HIGH = frozenset({"owner", "admin"})
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
    _check_role(asker, role, kind)
    if kind == "bot" and password is not None:
        raise BadInput("password", "a bot has none: it acts with tokens")
    address = checked_email(email)
    handle = slugs.new_username(username)
    shown = slugs.shown_name(name if name is not None else username)
    hashed = await app.passwords.hash(checked_password(password, handle)) if password is not None else None
    account = {"role": role, "kind": kind, "email": address, "password_hash": hashed}
    return await app.write(asker, _add, asker, handle, shown, account, at=app.now())


async def set_role(app: App, asker: Asker, who: int | str, role: ServerRole) -> User:
    """Say what somebody may do here; their streams end, and come back with the new rights.

    Whoever becomes a guest stays in their groups, but looks after none of them any more. Raises Forbidden, NotFound, BadInput
    (a bot above members), Conflict (the last owner).
    """
    return await app.write(asker, _set_role, asker, who, role, at=app.now())


async def set_password(app: App, asker: Asker, who: int | str, password: str) -> None:
    """Give somebody a new password and sign them out everywhere. Raises Forbidden, NotFound, BadInput."""
    user = await to_be_let_in(app, asker, who)
    hashed = await app.passwords.hash(checked_password(password, user.username))
    await app.write(asker, _give_password, asker, user.id, hashed, at=app.now())


async def deactivate_user(app: App, asker: Asker, who: int | str) -> User:
    """Close somebody's account. All that it opened ends with this commit; what they said, and where they are in, stays.

    Raises Forbidden, NotFound, and Conflict for oneself and for the last owner.
    """
    return await app.write(asker, _deactivate, asker, who, at=app.now())


async def reactivate_user(app: App, asker: Asker, who: int | str) -> User:
    """Open somebody's account again; they sign in anew, with the password they had. Raises Forbidden, NotFound."""
    return await app.write(asker, _reactivate, asker, who, at=app.now())


async def change_password(app: App, asker: Asker, *, current: str, new: str) -> None:
    """Change one's own password, and sign out everywhere else. Raises BadInput, and TooMany for too many guesses."""
    require_session(asker)
    await check_own_password(app, asker, current, field="current")
    hashed = await app.passwords.hash(checked_password(new, asker.user.username, field="new"))
    await app.write(asker, replace_password, asker.id, hashed, keep=asker.key)


async def check_own_password(app: App, asker: Asker, password: str, *, field: str = "password") -> None:
    """Is it really them? Raises BadInput, and TooMany for too many guesses."""
    app.rates.spend(GUESSES, asker.id)
    stored = await app.store.read(people.password_hash, asker.id)
    if stored is not None and not await app.passwords.match(password, stored):
        raise BadInput(field, "that is not your password")
    app.rates.give_back(GUESSES, asker.id)


async def change_me(app: App, asker: Asker, **changes: Any) -> Me:
    """Change one's name, e-mail address or settings. Settings are merged; null takes one away. Raises BadInput.

    The e-mail address is where an account can be recovered: with a token it cannot be changed (Forbidden).
    """
    if changes.get("name") is not None:
        changes["name"] = slugs.shown_name(changes["name"])
    if "email" in changes:
        require_session(asker)
        changes["email"] = checked_email(changes["email"])
    return await app.write(asker, _change_me, asker.id, changes, at=app.now())


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


async def to_be_let_in(app: App, asker: Asker, who: int | str) -> User:
    """Somebody whom the asker may give a way in. Raises Forbidden, NotFound, Conflict (a bot; oneself)."""
    return await app.store.read(let_in, asker, who)


def let_in(conn: sqlite3.Connection, asker: Asker, who: int | str) -> User:
    """The same, in a transaction."""
    require_session(asker)
    user = cared_for(conn, asker, who)
    if user.id == asker.id:  # or whoever finds an open browser could change the password without knowing it
        raise Conflict("That is yourself. Change your password in your own settings.")
    if user.kind == "bot":
        raise Conflict(f"“{user.username}” {NO_PASSWORD}.")
    return user


def cared_for(conn: sqlite3.Connection, asker: Asker, who: int | str) -> User:
    """Somebody whose account the asker may look after. Raises Forbidden, NotFound.

    An admin looks after members, guests and their own, an owner after everybody's.
    """
    require_admin(asker)
    user = people.find(conn, who)
    if people.role_of(conn, user.id) in HIGH and not _is_owner(asker) and user.id != asker.id:
        raise Forbidden("Only an owner can do that to an admin or owner.")
    return user


def check_owner_remains(conn: sqlite3.Connection, user_id: int) -> None:
    """Raises Conflict for the last owner who can act."""
    if people.role_of(conn, user_id) == "owner" and not people.other_owners(conn, user_id):
        raise Conflict("That is the last owner. Make another one first.")


def _is_owner(asker: Asker) -> bool:
    return asker.via == "console" or asker.role == "owner"


def _check_role(asker: Asker, role: ServerRole, kind: UserKind) -> None:
    """Raises BadInput for a bot above members, and Forbidden where a role is not the asker's to give."""
    if role not in HIGH:
        return
    if kind == "bot":
        raise BadInput("role", "a bot is a member or a guest")
    if not _is_owner(asker):
        raise Forbidden("Only an owner can make somebody an admin or owner.")
    require_session(asker)


def _add(conn: Writer, asker: Asker, username: str, name: str, account: dict[str, Any], *, at: int) -> User:
    user = people.insert(conn, username, name, at=at, **account)
    audit.note(conn, asker, "add user", at=at, user_id=user.id, role=account["role"])
    return user


def _set_role(conn: Writer, asker: Asker, who: int | str, role: ServerRole, *, at: int) -> User:
    user = cared_for(conn, asker, who)
    _check_role(asker, role, user.kind)
    if people.is_gone(conn, user.id):
        raise Conflict("They have left, and their account is erased.")
    before = people.role_of(conn, user.id)
    if role == before:
        return user
    if role != "owner":
        check_owner_remains(conn, user.id)
    people.set_role(conn, user.id, role)
    if role == "guest":
        succession.hand_over(conn, user.id)
    if role in HIGH:
        keys.delete_links(conn, user.id)  # made by somebody who may not let an admin in
    conn.told.append(Revocation(user.id))
    audit.note(conn, asker, "set role", at=at, user_id=user.id, role=role, before=before)
    return user


def _deactivate(conn: Writer, asker: Asker, who: int | str, *, at: int) -> User:
    user = cared_for(conn, asker, who)
    if user.id == asker.id:
        raise Conflict("That is yourself. Another admin can do it.")
    check_owner_remains(conn, user.id)
    if not user.deactivated:
        people.set_deactivated(conn, user.id, at)
        succession.stand_in(conn, user.id)
        keys.delete_all(conn, user.id)
        audit.note(conn, asker, "deactivate user", at=at, user_id=user.id)
    return people.find(conn, user.id)


def _reactivate(conn: Writer, asker: Asker, who: int | str, *, at: int) -> User:
    user = cared_for(conn, asker, who)
    if people.is_gone(conn, user.id):
        raise Conflict("They have left, and their account is erased.")
    if user.deactivated:
        people.set_deactivated(conn, user.id, None)
        audit.note(conn, asker, "reactivate user", at=at, user_id=user.id)
    return people.find(conn, user.id)


def _give_password(conn: Writer, asker: Asker, user_id: int, hashed: str, *, at: int) -> None:
    let_in(conn, asker, user_id)  # they may have been made an admin while the password was hashed
    replace_password(conn, user_id, hashed, keep=b"")
    audit.note(conn, asker, "set password", at=at, user_id=user_id)


def replace_password(conn: Writer, user_id: int, hashed: str, *, keep: bytes) -> None:
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
