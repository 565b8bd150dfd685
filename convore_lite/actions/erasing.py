"""Leaving for good: the account is erased, and what was said stays or goes, as whoever leaves wishes."""

from __future__ import annotations

from contextlib import suppress

from ..store import Writer, audit, erasing, keys, log, memberships, messages, reactions, succession
from ..store.erasing import Messages
from ..words.asker import Asker, require_session
from ..words.errors import Conflict, DiskFull, Unavailable
from ..words.events import MemberLeft
from . import App
from .editing import take_back
from .files import clear_loose
from .people import cared_for, check_own_password, check_owner_remains
from .reactions import take_back_reaction

# Messages deleted, reactions taken back, and events of the log looked at, in one commit: others wait for some tens of milliseconds.
MESSAGES_STEP = 100
REACTIONS_STEP = 100
EVENTS_STEP = 1000


async def erase_me(app: App, asker: Asker, *, password: str, messages: Messages) -> None:
    """Erase one's own account. Raises Forbidden (a token), BadInput (the password), TooMany, Conflict (the last owner).

    From the first commit on one is gone for everybody; when this returns, everything is. Where it is interrupted, `erase_left`
    goes on.
    """
    require_session(asker)
    await check_own_password(app, asker, password)
    await app.write(asker, _leave, asker.id, messages, at=app.now())
    await _finish_if_possible(app, asker.id)


async def erase_user(app: App, asker: Asker, who: int | str, messages: Messages) -> None:
    """Erase somebody else's account. Raises Forbidden, NotFound, Conflict (oneself, the last owner)."""
    user_id = await app.write(asker, _erase, asker, who, messages, at=app.now())
    await _finish_if_possible(app, user_id)


async def erase_left(app: App) -> None:
    """Take away what is left of those who have left. Raises DiskFull, Unavailable."""
    for user_id in await app.store.read(erasing.unfinished):
        await _finish(app, user_id)


async def _finish_if_possible(app: App, user_id: int) -> None:
    with suppress(DiskFull, Unavailable):  # they are gone; what is left waits
        await _finish(app, user_id)


async def _finish(app: App, user_id: int) -> None:
    said = await app.store.read(erasing.messages_to_delete, user_id)
    for place in range(0, len(said), MESSAGES_STEP):
        await app.store.write(_delete_messages, said[place : place + MESSAGES_STEP], at=app.now())
    while await app.store.write(_take_back_reactions, user_id, at=app.now()):
        pass
    await clear_loose(app)
    number: int | None = 0
    while number is not None:
        number = await app.store.write(erasing.rewrite_events, user_id, after=number, limit=EVENTS_STEP)
    await app.store.write(erasing.finish, user_id)


def _erase(conn: Writer, asker: Asker, who: int | str, messages: Messages, *, at: int) -> int:
    user = cared_for(conn, asker, who)
    if user.id == asker.id:
        raise Conflict("That is yourself. Leave in your own settings.")
    _leave(conn, user.id, messages, at=at)
    audit.note(conn, asker, "erase user", at=at, user_id=user.id, messages=messages)
    return user.id


def _leave(conn: Writer, user_id: int, messages: Messages, *, at: int) -> None:
    check_owner_remains(conn, user_id)
    succession.hand_over(conn, user_id)
    somebody = erasing.forget(conn, user_id, messages, at=at)
    for group_id in erasing.groups_of(conn, user_id):
        memberships.remove(conn, group_id, user_id)
        log.tell(conn, MemberLeft(group_id, somebody), at=at, group_id=group_id, user_id=user_id)
    keys.delete_all(conn, user_id)


def _delete_messages(conn: Writer, message_ids: list[int], *, at: int) -> None:
    for message_id in erasing.not_deleted(conn, message_ids):
        take_back(conn, messages.bare(conn, message_id), at=at)


def _take_back_reactions(conn: Writer, user_id: int, *, at: int) -> bool:
    """Some of them; False where there were none."""
    found = reactions.of_user(conn, user_id, limit=REACTIONS_STEP)
    for message_id, emoji in found:
        take_back_reaction(conn, messages.bare(conn, message_id), emoji, user_id, at=at)
    return bool(found)
