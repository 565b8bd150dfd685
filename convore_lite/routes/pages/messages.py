"""What can be done with a message: edit and delete it, look at what it said before, and mark what follows unread."""

from __future__ import annotations

import sqlite3
from typing import Any

from quart import Response

from ...actions import editing, reading, undo
from ...store import messages as message_store
from ...words.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge
from ...words.models import Group, Message, Topic, Version
from .. import problems
from ..context import the_app
from .addresses import address_of, find_message, may_of
from .door import Found, blueprint, fields, go, require_person, show, show_with


@blueprint.get("/<which>/<slug>/<id:message_id>/edit/")
async def edit_page(which: str, slug: str, message_id: int) -> Response:
    return await show("message_edit.html", _edit_page, which, slug, message_id)


@blueprint.post("/<which>/<slug>/<id:message_id>/edit/")
async def edit_message(which: str, slug: str, message_id: int) -> Response:
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    text = (await fields("text"))["text"]
    try:
        await editing.edit_message(app, asker, message.id, text=text)
    except (BadInput, Conflict, Forbidden, TooLarge) as error:
        sentence = error.sentence if text else "Write something, or delete the message."
        again = {"draft": text, "problem": sentence, "status": problems.status_of(error)}
        return await show_with(again, "message_edit.html", _edit_page, which, slug, message_id)
    return go(_back_to(group, topic, message))


@blueprint.get("/<which>/<slug>/<id:message_id>/delete/")
async def delete_message_page(which: str, slug: str, message_id: int) -> Response:
    return await show("confirm.html", _delete_page, which, slug, message_id)


@blueprint.post("/<which>/<slug>/<id:message_id>/delete/")
async def delete_message(which: str, slug: str, message_id: int) -> Response:
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    await editing.delete_message(app, asker, message.id)
    return go(_back_to(group, topic, message))


@blueprint.post("/<which>/<slug>/<id:message_id>/undo/")
async def undo_message(which: str, slug: str, message_id: int) -> Response:
    """Back to the topic, where its words stand in the form again."""
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    await undo.undo_message(app, asker, message.id)
    return go(address_of(group, topic))


@blueprint.get("/<which>/<slug>/<id:message_id>/history/")
async def history(which: str, slug: str, message_id: int) -> Response:
    return await show("history.html", _history, which, slug, message_id)


@blueprint.post("/<which>/<slug>/<id:message_id>/unread/")
async def unread_from(which: str, slug: str, message_id: int) -> Response:
    """On to the group: the topic's own page would be read again at once."""
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    await reading.mark_unread(app, asker, topic.id, message.seq)
    return go(f"/{group.slug}/")


def _back_to(group: Group, topic: Topic, message: Message) -> str:
    return f"{address_of(group, topic)}{message.id}/#m-{message.id}"


def _edit_page(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> Found:
    """Raises NotFound, Elsewhere, and Forbidden for what somebody else wrote."""
    found = _message(conn, user_id, which, slug, message_id)
    if found["message"].author.id != user_id:
        raise Forbidden()
    return {**found, "draft": found["message"].text}


def _delete_page(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> Found:
    found = _message(conn, user_id, which, slug, message_id)
    if found["message"].author.id != user_id and not found["may"].delete_any:
        raise Forbidden()
    sentence = "What it says will be gone for everybody, and cannot be brought back."
    return {**found, "question": "Delete this message?", "sentence": sentence, "button": "Delete message"}


def _history(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> Found:
    found = _message(conn, user_id, which, slug, message_id)
    message = found["message"]
    now = Version(message.edited_at or message.created_at, message.text, message.html)
    return {**found, "versions": [now, *reversed(message_store.versions(conn, user_id, message_id))]}


def _message(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> dict[str, Any]:
    """A message that says something. Raises NotFound for a deleted one, and Elsewhere."""
    group, topic, message = find_message(conn, user_id, which, slug, message_id)
    if message.deleted:
        raise NotFound()
    return {"group": group, "topic": topic, "message": message, "may": may_of(group, topic, user_id)}
