"""Send later: messages that wait for their time, and the task that sends them.

Rule: whether one may be said is looked at when its time comes. What may not be said then is kept, with the reason, for its author.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Never

import trio
from msgspec import UNSET, UnsetType

from ..store import Writer, drafts, files, log, messages, scheduled, topics
from ..store.drafts import Written
from ..store.scheduled import Due, Waiting
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict, DiskFull, NotFound, Refusal, Unavailable
from ..words.events import ScheduledChanged
from ..words.markup import Draft
from ..words.models import Message, Scheduled, time_value
from . import App
from .drafts import take_sent
from .mentions import Named, named_by
from .post import check_files, check_may_post, check_text, checked_client_id, draft_of, insert_message

# Of one person, waiting or not sent: a few a day for some months.
MOST = 100
# As far ahead as somebody may plan, in milliseconds. Later is a typing mistake in the year.
FURTHEST = 366 * 24 * 3600 * 1000
# Seconds after which the wall clock is looked at again, whatever it said before: it may be set, and a machine may sleep.
LOOK_AGAIN = 30
# Sent before the clock is looked at again.
BATCH = 50
GONE = "The topic is gone, or you cannot see it any more."
CLOSED = "Your account was closed at that time."
OUR_MISTAKE = "Something went wrong here. It was written down."

lines = logging.getLogger("convore_lite.scheduled")


async def schedule_message(
    app: App,
    asker: Asker,
    topic_id: int,
    *,
    text: str,
    send_at: str,
    client_id: str | None = None,
    reply_to: int | None = None,
    file_ids: Sequence[int] = (),
    draft_revision: int | None = None,
) -> tuple[Scheduled, bool]:
    """Let *text* be said at a time; what waits now, and whether it is new: a retry with the same client id gets the first one.

    The draft with that revision goes, as when something is posted. Raises NotFound, Forbidden (who could not post it now),
    BadInput, TooLarge, Conflict (the client id was used for something else; too many wait).
    """
    check_files(file_ids)
    check_text(text, may_be_empty=bool(file_ids))
    now = app.now()
    waiting = Waiting(topic_id, checked_client_id(client_id), text, reply_to, tuple(file_ids), _future(send_at, now))
    return await app.write(asker, _schedule, asker, waiting, draft_revision, at=now)


async def change_scheduled(
    app: App, asker: Asker, scheduled_id: int, *, text: str | UnsetType = UNSET, send_at: str | UnsetType = UNSET
) -> Scheduled:
    """Change what waits, or when it is sent: with a new time, what could not be sent is tried again then.

    Raises NotFound, BadInput, TooLarge.
    """
    changes: dict[str, str | int | None] = {}
    if not isinstance(text, UnsetType):
        waiting = await app.store.read(scheduled.find_for, asker.id, scheduled_id)
        check_text(text, may_be_empty=bool(waiting.files))
        changes["text"] = text
    if not isinstance(send_at, UnsetType):
        changes |= {"send_at": _future(send_at, app.now()), "problem": None}
    return await app.write(asker, _change, asker.id, scheduled_id, changes, at=app.now())


async def delete_scheduled(app: App, asker: Asker, scheduled_id: int) -> None:
    """Raises NotFound."""
    await app.write(asker, _delete, asker.id, scheduled_id, at=app.now())


async def send_now(app: App, asker: Asker, scheduled_id: int) -> Message:
    """Say it without waiting any longer. Raises NotFound, Forbidden, and Conflict where it was changed in the same moment."""
    waiting = await app.store.read(scheduled.find_for, asker.id, scheduled_id)
    draft = await draft_of(app, asker, waiting.text, topic_id=waiting.topic_id)
    return await app.write(asker, _send_now, asker, scheduled_id, draft, named_by(app, draft), at=app.now())


async def keep_sending(app: App) -> Never:
    """Send each message when its time comes. What was due while no server ran is sent at once."""
    while True:
        ring = app.bell.next_ring()  # before looking: whatever is scheduled from now on rings it
        pause: float = LOOK_AGAIN
        with suppress(DiskFull, Unavailable):
            pause = await _send_due(app)
        with trio.move_on_after(pause):
            await ring.wait()


async def _send_due(app: App) -> float:
    """Send what is due; the seconds until there is more to do."""
    for due in await app.store.read(scheduled.due, at=app.now(), limit=BATCH):
        await _send_one(app, due)
    soonest = app.store.look(scheduled.next_at)
    return LOOK_AGAIN if soonest is None else min(max(soonest - app.now(), 0) / 1000, LOOK_AGAIN)


async def _send_one(app: App, due: Due) -> None:
    try:
        draft = await draft_of(app, _author(due), due.text, topic_id=due.topic_id)
        await app.store.write(_send_due_one, due, draft, named_by(app, draft), at=app.now())
    except (DiskFull, Unavailable):
        raise
    except NotFound:
        await app.store.write(_fail, due.author.id, due.id, GONE, at=app.now())
    except Exception:  # one that cannot be sent holds up nobody else's
        lines.exception("a scheduled message could not be sent: %s", due.id)
        await app.store.write(_fail, due.author.id, due.id, OUR_MISTAKE, at=app.now())


def _author(due: Due) -> Asker:
    """Its author, as who they are now; nobody has come in for it."""
    return Asker(due.author, due.role, "session", "write", b"")


def _send_due_one(conn: Writer, due: Due, draft: Draft, named: Named, *, at: int) -> None:
    if scheduled.find_due(conn, due.id) != due:
        return  # deleted, changed, sent by hand, or its author is another now: the next look finds it as it is
    try:
        if due.author.deactivated:
            raise Conflict(CLOSED)
        _say(conn, _author(due), due, draft, named, at=at)
    except NotFound:
        _fail(conn, due.author.id, due.id, GONE, at=at)
    except Refusal as refusal:
        _fail(conn, due.author.id, due.id, refusal.sentence, at=at)


def _send_now(conn: Writer, asker: Asker, scheduled_id: int, draft: Draft, named: Named, *, at: int) -> Message:
    scheduled.find_for(conn, asker.id, scheduled_id)
    scheduled.change(conn, scheduled_id, problem=None)
    due = scheduled.find_due(conn, scheduled_id)
    if due is None or due.text != draft.text:
        raise Conflict("This was changed in the same moment. Look again.")
    return _say(conn, asker, due, draft, named, at=at)


def _say(conn: Writer, asker: Asker, due: Due, draft: Draft, named: Named, *, at: int) -> Message:
    """Post it and take it off the list. What it answered may be elsewhere by now: then it answers nothing.

    Whatever is in its way is found before anything is written.
    """
    if due.topic_id is None:
        raise NotFound(GONE)
    if messages.with_client_id(conn, asker.id, due.client_id) is None:
        _check_files(conn, asker.id, due.file_ids)
    answers = due.reply_to is not None and messages.is_in_topic(conn, due.reply_to, due.topic_id)
    reply_to = due.reply_to if answers else None
    said = messages.Said(due.client_id, due.text, draft.nodes, draft.html, reply_to, due.file_ids)
    message, _ = insert_message(conn, asker, due.topic_id, said, named, at=at)
    scheduled.delete(conn, due.id)
    _tell(conn, asker.id, due.id, at=at)
    return message


def _check_files(conn: Writer, user_id: int, file_ids: Sequence[int]) -> None:
    try:
        files.check_unposted(conn, user_id, file_ids)
    except BadInput:
        raise Conflict("A file of it was posted with another message.") from None


def _schedule(conn: Writer, asker: Asker, waiting: Waiting, revision: int | None, *, at: int) -> tuple[Scheduled, bool]:
    topic = topics.find_for(conn, asker.id, waiting.topic_id)
    if (known := scheduled.with_client_id(conn, asker.id, waiting.client_id)) is not None:
        return _first_time(conn, asker.id, known, waiting), False
    check_may_post(conn, asker, topic)
    if messages.with_client_id(conn, asker.id, waiting.client_id) is not None:
        raise Conflict("This client_id was already used for a message.")
    if waiting.reply_to is not None and not messages.is_in_topic(conn, waiting.reply_to, topic.id):
        raise BadInput("reply_to", "is no message of this topic")
    files.check_unposted(conn, asker.id, waiting.file_ids)
    if scheduled.how_many(conn, asker.id) >= MOST:
        raise Conflict(f"{MOST} messages of yours wait already. Send or delete one first.")
    number = scheduled.insert(conn, asker.id, waiting, at=at)
    _tell(conn, asker.id, number, at=at)
    before = drafts.find(conn, asker.id, topic.id)
    take_sent(conn, asker.id, before, Written(waiting.text, file_ids=waiting.file_ids), revision, at=at)
    return scheduled.find_for(conn, asker.id, number), True


def _first_time(conn: sqlite3.Connection, user_id: int, scheduled_id: int, waiting: Waiting) -> Scheduled:
    known = scheduled.find_for(conn, user_id, scheduled_id)
    first = (known.topic_id, known.text, known.reply_to, time_value(known.send_at), *known.file_ids)
    if first != (waiting.topic_id, waiting.text, waiting.reply_to, waiting.send_at, *waiting.file_ids):
        raise Conflict("This client_id was already used for another message.")
    return known


def _change(
    conn: Writer, user_id: int, scheduled_id: int, changes: dict[str, str | int | None], *, at: int
) -> Scheduled:
    scheduled.find_for(conn, user_id, scheduled_id)
    scheduled.change(conn, scheduled_id, **changes)
    if changes:
        _tell(conn, user_id, scheduled_id, at=at)
    return scheduled.find_for(conn, user_id, scheduled_id)


def _delete(conn: Writer, user_id: int, scheduled_id: int, *, at: int) -> None:
    scheduled.find_for(conn, user_id, scheduled_id)
    scheduled.delete(conn, scheduled_id)
    _tell(conn, user_id, scheduled_id, at=at)


def _fail(conn: Writer, user_id: int, scheduled_id: int, problem: str, *, at: int) -> None:
    scheduled.change(conn, scheduled_id, problem=problem)
    _tell(conn, user_id, scheduled_id, at=at)


def _tell(conn: Writer, user_id: int, scheduled_id: int, *, at: int) -> None:
    # Of no topic: its author hears of it also where they cannot see that any more.
    log.tell(conn, ScheduledChanged(scheduled_id), at=at, user_id=user_id)


def _future(text: str, now: int) -> int:
    """A time from now on, in milliseconds since 1970. Raises BadInput."""
    try:
        moment = time_value(text)
    except (ValueError, OverflowError):
        raise BadInput("send_at", "is a time with its zone: 2026-11-23T15:04:05Z") from None
    if moment <= now:
        raise BadInput("send_at", "has passed already")
    if moment > now + FURTHEST:
        raise BadInput("send_at", "is more than a year away")
    return moment
