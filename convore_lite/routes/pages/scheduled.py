"""Sending later without script: asking when, changing it, sending it now after all, or not at all."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from quart import Response

from ...actions import App, scheduled
from ...store import drafts as draft_store
from ...store import scheduled as scheduled_store
from ...store.drafts import Written
from ...words.asker import Asker
from ...words.errors import BadInput, Conflict, Forbidden, TooLarge
from ...words.limits import POSTS
from ...words.models import time_text
from .. import problems
from ..context import the_app
from ..gate import rated
from ..uploads import sent_files, takes_files
from .addresses import address_of, find_topic, may_of
from .door import Found, blueprint, fields, go, is_number, require_person, show_with
from .drafts import composed, place_of, read_unsent, revision_of_form

# What a form without script offers beside a time: in so many minutes, wherever its reader is.
WAITS = {60: "In an hour", 3 * 60: "In three hours", 24 * 60: "In a day"}
# What keeps a message from waiting, and gives its writer the form back.
REFUSED = (BadInput, Conflict, Forbidden, TooLarge)


@blueprint.get("/<which>/<slug>/later/")
async def later_page(which: str, slug: str) -> Response:
    return await show_with({"waits": WAITS, "problem": ""}, "later.html", _later, which, slug, None)


@blueprint.post("/<which>/<slug>/later/")
@rated(POSTS)
@takes_files()
async def send_later(which: str, slug: str) -> Response:
    """Ask when, and then let it wait."""
    app, asker = the_app(), await require_person()
    group, topic = await app.store.read(find_topic, asker.id, which, slug)
    sent_files()  # raises what they were refused for
    written, revision, when = await composed(), await revision_of_form(), await _when(app)
    problem, status = "", 200
    if when is not None:
        try:
            await _schedule(app, asker, topic.id, written, when, revision)
            return go("/drafts/?notice=scheduled")
        except REFUSED as error:
            problem, status = _sentence(error), problems.status_of(error)
    more = {
        "waits": WAITS,
        "problem": problem,
        "status": status,
        "revision": revision,
        "at": (await fields("at"))["at"],
    }
    return await show_with(more, "later.html", _later, which, slug, written)


@blueprint.get("/drafts/<id:scheduled_id>/")
async def scheduled_page(scheduled_id: int) -> Response:
    return await show_with({"waits": WAITS, "problem": ""}, "later.html", _scheduled, scheduled_id)


@blueprint.post("/drafts/<id:scheduled_id>/")
async def change_scheduled(scheduled_id: int) -> Response:
    app, asker = the_app(), await require_person()
    text, when = (await fields("text"))["text"], await _when(app)
    try:
        if when is None:
            await scheduled.change_scheduled(app, asker, scheduled_id, text=text)
        else:
            await scheduled.change_scheduled(app, asker, scheduled_id, text=text, send_at=when)
    except REFUSED as error:
        again = {"waits": WAITS, "problem": _sentence(error), "status": problems.status_of(error), "draft": text}
        return await show_with(again, "later.html", _scheduled, scheduled_id)
    return go("/drafts/?notice=saved")


@blueprint.post("/drafts/<id:scheduled_id>/send/")
@rated(POSTS)
async def send_scheduled(scheduled_id: int) -> Response:
    app, asker = the_app(), await require_person()
    try:
        message = await scheduled.send_now(app, asker, scheduled_id)
    except REFUSED as error:
        again = {"problem": _sentence(error), "status": problems.status_of(error)}
        return await show_with(again, "drafts.html", read_unsent)
    group, topic = await app.store.read(place_of, asker.id, message.topic_id)
    return go(f"{address_of(group, topic)}#m-{message.id}")


@blueprint.post("/drafts/<id:scheduled_id>/delete/")
async def delete_scheduled(scheduled_id: int) -> Response:
    await scheduled.delete_scheduled(the_app(), await require_person(), scheduled_id)
    return go("/drafts/?notice=not-sent")


async def _schedule(app: App, asker: Asker, topic_id: int, written: Written, when: str, revision: int) -> None:
    await scheduled.schedule_message(
        app,
        asker,
        topic_id,
        text=written.text,
        send_at=when,
        client_id=(await fields("client_id"))["client_id"] or None,
        reply_to=written.reply_to,
        file_ids=written.file_ids,
        draft_revision=revision,
    )


async def _when(app: App) -> str | None:
    """The time that was chosen: by a button, by the script in its reader's own zone, or by hand in UTC."""
    values = await fields("minutes", "send_at", "at")
    if is_number(values["minutes"]):
        return time_text(app.now() + timedelta(minutes=min(int(values["minutes"]), 10**6)) // timedelta(milliseconds=1))
    return values["send_at"] or (f"{values['at']}Z" if values["at"] else None)


def _sentence(error: BadInput | Conflict | Forbidden | TooLarge) -> str:
    if isinstance(error, BadInput) and error.field == "text":
        return "Write something first."
    if isinstance(error, BadInput) and error.field == "send_at":
        return f"That time {error.message}." if error.message.startswith("has") else f"The time {error.message}."
    return error.sentence


def _later(conn: sqlite3.Connection, user_id: int, which: str, slug: str, written: Written | None) -> Found:
    """The question when to send what was written: in the form, or in the draft. Raises NotFound, Elsewhere, Forbidden."""
    group, topic = find_topic(conn, user_id, which, slug)
    if not may_of(group, topic, user_id).write:
        raise Forbidden()
    there = draft_store.find(conn, user_id, topic.id)
    found: dict[str, Any] = {"group": group, "topic": topic, "message": None, "at": "", "revision": there.revision}
    written = written or Written(there.text, there.reply_to, tuple(there.file_ids))
    return {**found, "draft": written.text, "reply_to": written.reply_to, "file_ids": written.file_ids}


def _scheduled(conn: sqlite3.Connection, user_id: int, scheduled_id: int) -> Found:
    """Raises NotFound."""
    message = scheduled_store.find_for(conn, user_id, scheduled_id)
    at = datetime.fromisoformat(message.send_at).strftime("%Y-%m-%dT%H:%M") if message.problem is None else ""
    return {"message": message, "draft": message.text, "at": at}
