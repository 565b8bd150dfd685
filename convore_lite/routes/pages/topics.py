"""A topic: its messages, from the newest or around one of them; writing in it and marking it read."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from quart import Response, request

from ...actions import App, post, reading
from ...actions.undo import OFFERED
from ...store import catching_up, mentions
from ...store import drafts as draft_store
from ...store import files as file_store
from ...store import messages as message_store
from ...store import topics as topic_store
from ...words.asker import Asker
from ...words.errors import (
    BadInput,
    Conflict,
    DiskFull,
    Forbidden,
    Malformed,
    NotFound,
    Refusal,
    TooLarge,
    TooMany,
    TooSlow,
    Unavailable,
)
from ...words.limits import POSTS
from ...words.media import PLAYED
from ...words.models import MOST_FILES, Group, Id, Message, Topic, time_value
from .. import forms, problems
from ..context import the_app
from ..gate import rated
from ..uploads import sent_files, takes_files
from .addresses import address_of, find_message, find_topic, may_of
from .door import Found, blueprint, fields, filled_in, go, ids_in, is_number, own_path, require_person, show_with
from .thread import BLANK, BLANK_FILE, BLANK_PREVIEW, BLANK_REACTION, arrange, speakers

PAGE = 50
# Beside the messages: who spoke of late, the latest files, and the topics next to this one.
SPEAKERS = 12
FILES = 8
RELATED = 4

# What keeps a message from being posted, and gives its writer the form back.
REFUSED = (BadInput, DiskFull, Forbidden, Malformed, TooLarge, TooMany, TooSlow, Unavailable)


class Place(Struct, frozen=True):
    """Where in a topic a page of messages is: before one, after one, around one, or at the end; or around the one from which
    on all was *new* to its reader.
    """

    before: Id | None = None
    after: Id | None = None
    around: Id | None = None
    new: Id | None = None


class Unseen(Struct, frozen=True):
    """That something unread is above the page: how much waits in the whole topic, and the first message of it."""

    count: int
    first: Message


class Answering(Struct, frozen=True):
    """The message to which one is about to reply."""

    reply: Id | None = None


@blueprint.get("/<which>/<slug>/")
async def topic(which: str, slug: str) -> Response:
    place, reply = forms.convert(request.args, Place), forms.convert(request.args, Answering).reply
    return await show_with(_form(), "topic.html", _topic, which, slug, place, reply)


@blueprint.get("/<which>/<slug>/<id:message_id>/")
async def permalink(which: str, slug: str, message_id: int) -> Response:
    return await show_with(_form(), "topic.html", _linked, which, slug, message_id)


@blueprint.post("/<which>/<slug>/")
@rated(POSTS)
@takes_files()
async def write(which: str, slug: str) -> Response:
    """Post the form of somebody without script, or give it back with what is wrong."""
    app, asker = the_app(), await require_person()
    values = await fields("text", "client_id", "reply_to", "revision")
    file_ids = ids_in(await filled_in(), "file_ids")
    group, found = await app.store.read(find_topic, asker.id, which, slug)
    reply = int(values["reply_to"]) if is_number(values["reply_to"]) else None
    said = {"text": values["text"], "reply_to": reply, "file_ids": file_ids}
    if is_number(values["revision"]):
        said["draft_revision"] = int(values["revision"])
    try:
        sent_files()  # raises what they were refused for
        message = await _post(app, asker, found.id, values["client_id"] or None, said)
    except REFUSED as error:
        waiting = await app.store.read(file_store.unposted, asker.id, file_ids)
        again = {**_form(), "draft": values["text"], "waiting": waiting, "problem": _sentence(error)}
        again["status"] = problems.status_of(error)
        return await show_with(again, "topic.html", _topic, which, slug, Place(), reply)
    return go(f"{address_of(group, found)}#m-{message.id}")


@blueprint.post("/<which>/<slug>/read/")
async def read(which: str, slug: str) -> Response:
    app, asker = the_app(), await require_person()
    group, found = await app.store.read(find_topic, asker.id, which, slug)
    form = await fields("seq", "next")
    seq = form["seq"]
    # The page says up to where it showed the topic: what came since stays unread.
    shown = int(seq) if is_number(seq) else found.last_seq
    if 1 <= shown <= found.last_seq:
        await reading.mark_read(app, asker, found.id, shown)
    return go(own_path(form["next"], address_of(group, found)))


async def _post(app: App, asker: Asker, topic_id: int, client_id: str | None, said: dict[str, Any]) -> Message:
    """The form's id makes a double click post once; who went back to the form and wrote something else means that."""
    try:
        message, _ = await post.post_message(app, asker, topic_id, client_id=client_id, **said)
    except Conflict:
        message, _ = await post.post_message(app, asker, topic_id, **said)
    return message


def _sentence(error: Refusal) -> str:
    if isinstance(error, BadInput) and error.field == "text":
        return "Write something first."
    if isinstance(error, BadInput) and error.field == "reply_to":
        return "The message you reply to is not in this topic any more. What you wrote is kept below."
    return error.sentence


def _form() -> dict[str, Any]:
    return {
        "client_id": secrets.token_urlsafe(16),
        "problem": "",
        "blank_message": BLANK,
        "blank_reaction": BLANK_REACTION,
        "blank_file": BLANK_FILE,
        "played": " ".join(sorted(PLAYED)),
        "max_files": MOST_FILES,
        "max_file_size": the_app().settings.max_file_size,
        "blank_preview": BLANK_PREVIEW,
    }


def _linked(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> Found:
    """The page around one message. Raises NotFound, Elsewhere."""
    group, topic, _ = find_message(conn, user_id, which, slug, message_id)
    return _page(conn, user_id, group, topic, Place(around=message_id))


def _topic(
    conn: sqlite3.Connection, user_id: int, which: str, slug: str, place: Place, reply: int | None = None
) -> Found:
    """Raises NotFound, Elsewhere."""
    group, topic = find_topic(conn, user_id, which, slug)
    found = _page(conn, user_id, group, topic, place)
    return {**found, "answered": _answered(conn, user_id, topic, reply)} if reply else found


def _answered(conn: sqlite3.Connection, user_id: int, topic: Topic, reply: int) -> Message | None:
    """The message to reply to; None where it is not in this topic, or not any more: one can write all the same."""
    try:
        message = message_store.find_for(conn, user_id, reply)
    except NotFound:
        return None
    return message if message.topic_id == topic.id and not message.deleted else None


def _page(conn: sqlite3.Connection, user_id: int, group: Group, topic: Topic, place: Place) -> Found:
    shown, older, newer = _messages(conn, user_id, topic.id, place)
    around = topic_store.of_group(conn, user_id, group.id, limit=RELATED + 1)
    unseen = _unseen(conn, user_id, topic, shown)
    alerts = mentions.naming(conn, user_id, [message.id for message in shown])
    draft = draft_store.find(conn, user_id, topic.id)
    return {
        "group": group,
        "topic": topic,
        "may": may_of(group, topic, user_id),
        "rows": arrange(shown, user_id, _line_after(topic, shown, place, unseen), alerts),
        "undoable": _undoable(shown, user_id),
        "older": older,
        "newer": newer,
        "linked": place.around,
        "unseen": unseen,
        "speakers": group.people if group.people else speakers(shown, SPEAKERS),
        "files": file_store.of_topic(conn, user_id, topic.id, limit=FILES),
        "draft": draft.text,
        "waiting": draft.files,
        "answered": _answered(conn, user_id, topic, draft.reply_to) if draft.reply_to else None,
        "revision": draft.revision,
        "related": [other for other in around if other.id != topic.id][:RELATED],
    }


def _unseen(conn: sqlite3.Connection, user_id: int, topic: Topic, shown: Sequence[Message]) -> Unseen | None:
    if not shown or not topic.my or not topic.my.unread:
        return None
    first = catching_up.unread(conn, user_id, topic.id, limit=1)
    if not first or first[0].seq >= shown[0].seq:
        return None
    return Unseen(topic.my.unread, first[0])


def _line_after(topic: Topic, shown: Sequence[Message], place: Place, unseen: Unseen | None) -> int | None:
    """Up to which seq all was read, so that the "New" line goes above what follows; None where all is new, or that is not here."""
    if place.new is not None:
        return next((message.seq - 1 for message in shown if message.id == place.new), None)
    return topic.my.read_seq or None if topic.my and not unseen else None


def _undoable(shown: list[Message], user_id: int) -> set[int]:
    """What its author has just posted, and may want to take back."""
    since = the_app().now() - OFFERED
    return {
        one.id for one in shown if one.author.id == user_id and time_value(one.created_at) > since and not one.deleted
    }


def _messages(conn: sqlite3.Connection, user_id: int, topic_id: int, place: Place) -> tuple[list[Message], bool, bool]:
    """The messages of a page, oldest first, and whether there are older and newer ones."""
    middle = place.around or place.new
    if middle is not None:
        shown = message_store.around(conn, user_id, topic_id, middle, limit=PAGE)
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
