"""Sign in and out, and find out who is asking. Secrets are 256 random bits; only their SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..store import keys, people
from ..words.asker import Asker
from ..words.errors import Conflict, DiskFull, NotSignedIn, Unavailable
from ..words.limits import GUESSES
from ..words.models import Me
from . import App

WRONG = "That name and password do not belong together."
# A session ends half a year after it began: long enough that a phone in a drawer stays signed in over a summer.
SESSION_DAYS = 180
DAY = 24 * 3600 * 1000
MAX_AGENT = 200
# Milliseconds: to the hour is exact enough, and a bot that asks every second writes only once.
USE_NOTED_EVERY = 3600 * 1000
# More than any username has: what is typed may be as long as a request, and what is counted is kept.
MAX_HANDLE = 64


@dataclass(frozen=True)
class NewSession:
    """A session that was just begun. *secret* goes into the cookie and nowhere else."""

    me: Me
    secret: str


def fingerprint(secret: str) -> bytes:
    """What is stored of a secret. A plain hash is enough for one that nobody could guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def sign_in(app: App, *, username: str, password: str, agent: str, address: str) -> NewSession:
    """Begin a session with a password. Raises NotSignedIn, TooMany.

    An unknown name, a wrong password and somebody who is deactivated get the same answer, as slowly.
    """
    handle = username.strip().lower().removeprefix("@")[:MAX_HANDLE]
    app.rates.spend(GUESSES, address, handle)
    known = await app.store.read(people.credentials, handle)
    user_id, stored = known or (0, None)
    if not await app.passwords.match(password, stored):
        raise NotSignedIn(WRONG)
    app.rates.give_back(GUESSES, address, handle)
    try:
        return await start_session(app, user_id, agent=agent, password=stored)
    except Conflict:  # deactivated, or given another password, while this one was looked at
        raise NotSignedIn(WRONG) from None


async def start_session(app: App, user_id: int, *, agent: str, password: str | None = None) -> NewSession:
    """*password* is the hash of the one they came with. Raises Conflict where it is another by now, or they are deactivated."""
    secret = secrets.token_urlsafe(32)
    at = app.now()
    await app.store.write(
        keys.insert_session,
        fingerprint(secret),
        user_id,
        password=password,
        agent=agent[:MAX_AGENT],
        at=at,
        expires_at=at + SESSION_DAYS * DAY,
    )
    return NewSession(await app.store.read(people.me, user_id), secret)


async def sign_out(app: App, asker: Asker) -> None:
    """End the session one came with, and the streams it opened."""
    await app.store.write(keys.delete_session, asker.key)


async def asker_of_cookie(app: App, secret: str) -> Asker | None:
    """Whose session it is. That it is in use is written down, so that its owner can tell which of their devices are."""
    key, now = fingerprint(secret), app.now()
    asker, last_seen_at = app.store.look(keys.session_use, key, at=now)
    if asker is not None and last_seen_at < now - USE_NOTED_EVERY:
        await _note_use(app, keys.touch_session, key, now)
    return asker


async def asker_of_token(app: App, secret: str) -> Asker | None:
    """Whose token it is; that it is in use is written down as well."""
    key, now = fingerprint(secret), app.now()
    asker, last_used_at = app.store.look(keys.token_use, key)
    if asker is not None and last_used_at < now - USE_NOTED_EVERY:
        await _note_use(app, keys.touch_token, key, now)
    return asker


async def _note_use(app: App, touch: Callable[..., None], key: bytes, now: int) -> None:
    with suppress(DiskFull, Unavailable):  # reading goes on where nothing can be written
        await app.store.write(touch, key, at=now)
