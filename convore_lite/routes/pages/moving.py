"""Moving messages: choose some of a topic, and make them a topic of their own or add them to another one."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct
from quart import Response, request

from ...actions import moving
from ...store import groups as group_store
from ...store import messages as message_store
from ...store import topics as topic_store
from ...words.errors import BadInput, Conflict, Forbidden
from ...words.models import Group, Id, Message, Topic
from .. import forms, problems
from ..context import the_app
from .addresses import address_of, find_topic, may_of
from .door import Found, blueprint, filled_in, go, problems_of, require_person, show_with

# As many as one looks through before one sends them off.
MOST = 100
# Topics offered of each group, the latest ones.
TARGETS = 50


class Choice(Struct, frozen=True):
    """Which messages are shown: from *start* on, all of them chosen; else the last ones before *before*."""

    start: Id | None = None
    before: Id | None = None


class Target(Struct, frozen=True):
    group: Group
    topics: list[Topic]


@blueprint.get("/<which>/<slug>/move/")
async def move_page(which: str, slug: str) -> Response:
    choice = forms.convert(request.args, Choice)
    return await show_with({}, "move.html", _move_page, which, slug, choice)


@blueprint.post("/<which>/<slug>/move/")
async def move_messages(which: str, slug: str) -> Response:
    app, asker = the_app(), await require_person()
    _, topic = await app.store.read(find_topic, asker.id, which, slug)
    form = await filled_in()
    chosen = [int(text) for text in form.getlist("message") if text.isascii() and text.isdigit() and len(text) < 16]
    try:
        target = await moving.move_messages(app, asker, topic.id, chosen, **_target(form))
    except (BadInput, Conflict, Forbidden) as error:
        again = {**_wrong(error, chosen), "chosen": chosen, "values": dict(form)}
        return await show_with(again, "move.html", _move_page, which, slug, forms.convert(request.args, Choice))
    group = await app.store.read(group_store.find_for, asker.id, target.group_id)
    return go(address_of(group, target))


def _target(form: Any) -> dict[str, Any]:
    """Where the form says they go: an existing topic, or a new one with a name in a group."""
    if form.get("to") == "topic":
        return {"to_topic_id": _number(form.get("topic", ""))}
    return {"to_group": _number(form.get("group", "")), "name": form.get("name", "")}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadInput("to", "choose where they go")
    return int(text)


def _wrong(error: BadInput | Conflict | Forbidden, chosen: list[int]) -> dict[str, Any]:
    named = {"name": problems_of(error)["to.name"]} if isinstance(error, BadInput) and error.field == "to.name" else {}
    sentence = error.sentence if chosen else "Choose the messages first."
    return {"status": problems.status_of(error), "problems": named, "problem": "" if named and chosen else sentence}


def _move_page(conn: sqlite3.Connection, user_id: int, which: str, slug: str, choice: Choice) -> Found:
    group, topic = find_topic(conn, user_id, which, slug)
    if not may_of(group, topic, user_id).look_after:
        raise Forbidden()
    shown = _messages(conn, user_id, topic.id, choice)
    return {
        "group": group,
        "topic": topic,
        "messages": [message for message in shown if not message.deleted],
        "chosen": [message.id for message in shown] if choice.start else [],
        "earlier": shown[0].id if shown and shown[0].seq > 1 and not choice.start else None,
        "targets": _targets(conn, user_id, topic),
        "values": {"group": str(group.id), "to": "new"},
    }


def _messages(conn: sqlite3.Connection, user_id: int, topic_id: int, choice: Choice) -> list[Message]:
    if choice.start is None:
        return message_store.before(conn, user_id, topic_id, choice.before, limit=MOST)
    first = message_store.find_for(conn, user_id, choice.start)
    return [first, *message_store.after(conn, user_id, topic_id, first.id, limit=MOST - 1)]


def _targets(conn: sqlite3.Connection, user_id: int, source: Topic) -> list[Target]:
    """The groups that one is in, the present one first, with their other topics."""
    mine = [group for group in group_store.of_member(conn, user_id) if group.kind != "direct"]
    mine.sort(key=lambda group: group.id != source.group_id)
    return [
        Target(
            group,
            [topic for topic in topic_store.of_group(conn, user_id, group.id, limit=TARGETS) if topic.id != source.id],
        )
        for group in mine
    ]
