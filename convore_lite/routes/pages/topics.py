"""A topic: its messages, from the newest or around one of them; writing in it and marking it read."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

from msgspec import Struct
from quart import Response, request

from ...actions import App, post, reading
from ...store import messages as message_store
from ...store import topics as topic_store
from ...words.asker import Asker
from ...words.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge
from ...words.limits import POSTS
from ...words.models import Group, Id, Message, Topic
from .. import forms, problems
from ..context import the_app
from ..gate import rated
from .addresses import address_of, find_message, find_topic, may_of
from .door import Found, blueprint, fields, go, require_person, show_with
from .thread import BLANK, arrange, speakers

PAGE = 50
# Beside the messages: who spoke of late, and the topics next to this one.
SPEAKERS = 12
RELATED = 4


class Place(Struct, frozen=True):
    """Where in a topic a page of messages is: before one, after one, around one, or at the end."""

    before: Id | None = None
    after: Id | None = None
    around: Id | None = None


@blueprint.get("/<which>/<slug>/")
async def topic(which: str, slug: str) -> Response:
    place = forms.convert(request.args, Place)
    return await show_with(_form(), "topic.html", _topic, which, slug, place)


@blueprint.get("/<which>/<slug>/<id:message_id>/")
async def permalink(which: str, slug: str, message_id: int) -> Response:
    return await show_with(_form(), "topic.html", _linked, which, slug, message_id)


@blueprint.post("/<which>/<slug>/")
@rated(POSTS)
async def write(which: str, slug: str) -> Response:
    """Post the form of somebody without script, or give it back with what is wrong."""
    app, asker = the_app(), await require_person()
    values = await fields("text", "client_id")
    group, found = await app.store.read(find_topic, asker.id, which, slug)
    try:
        message = await _post(app, asker, found.id, values["text"], values["client_id"] or None)
    except (BadInput, TooLarge, Forbidden) as error:
        sentence = "Write something first." if not values["text"] else error.sentence
        again = {**_form(), "draft": values["text"], "problem": sentence, "status": problems.status_of(error)}
        return await show_with(again, "topic.html", _topic, which, slug, Place())
    return go(f"{address_of(group, found)}#m-{message.id}")


@blueprint.post("/<which>/<slug>/read/")
async def read(which: str, slug: str) -> Response:
    app, asker = the_app(), await require_person()
    group, found = await app.store.read(find_topic, asker.id, which, slug)
    seq = (await fields("seq"))["seq"]
    # The page says up to where it showed the topic: what came since stays unread.
    shown = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else found.last_seq
    if 1 <= shown <= found.last_seq:
        await reading.mark_read(app, asker, found.id, shown)
    return go(address_of(group, found))


async def _post(app: App, asker: Asker, topic_id: int, text: str, client_id: str | None) -> Message:
    """The form's id makes a double click post once; who went back to the form and wrote something else means that."""
    try:
        message, _ = await post.post_message(app, asker, topic_id, text=text, client_id=client_id)
    except Conflict:
        message, _ = await post.post_message(app, asker, topic_id, text=text)
    return message


def _form() -> dict[str, Any]:
    return {"client_id": secrets.token_urlsafe(16), "draft": "", "problem": "", "blank_message": BLANK}


def _linked(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> Found:
    """The page around one message. Raises NotFound, Elsewhere."""
    group, topic, _ = find_message(conn, user_id, which, slug, message_id)
    return _page(conn, user_id, group, topic, Place(around=message_id))


def _topic(conn: sqlite3.Connection, user_id: int, which: str, slug: str, place: Place) -> Found:
    """Raises NotFound, Elsewhere."""
    return _page(conn, user_id, *find_topic(conn, user_id, which, slug), place)


def _page(conn: sqlite3.Connection, user_id: int, group: Group, topic: Topic, place: Place) -> Found:
    shown, older, newer = _messages(conn, user_id, topic.id, place)
    around = topic_store.of_group(conn, user_id, group.id, limit=RELATED + 1)
    read_seq = topic.my.read_seq if topic.my else topic.last_seq
    alerts = message_store.naming(conn, user_id, [message.id for message in shown])
    return {
        "group": group,
        "topic": topic,
        "may": may_of(group, topic, user_id),
        "rows": arrange(shown, user_id, read_seq, alerts),
        "older": older,
        "newer": newer,
        "linked": place.around,
        "speakers": speakers(shown, SPEAKERS),
        "related": [other for other in around if other.id != topic.id][:RELATED],
    }


def _messages(conn: sqlite3.Connection, user_id: int, topic_id: int, place: Place) -> tuple[list[Message], bool, bool]:
    """The messages of a page, oldest first, and whether there are older and newer ones."""
    if place.around is not None:
        shown = message_store.around(conn, user_id, topic_id, place.around, limit=PAGE)
    elif place.after is not None:
        shown = message_store.after(conn, user_id, topic_id, place.after, limit=PAGE)
    else:
        shown = message_store.before(conn, user_id, topic_id, place.before, limit=PAGE)
    if not shown:
        if place != Place():
            raise NotFound()
        return [], False, False
    older = bool(message_store.before(conn, user_id, topic_id, shown[0].id, limit=1))
    newer = bool(message_store.after(conn, user_id, topic_id, shown[-1].id, limit=1))
    return shown, older, newer
