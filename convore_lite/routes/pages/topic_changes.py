"""What can be done with a topic: rename, resolve, lock, pin, move and delete it, and say how much one wants to hear of it."""

from __future__ import annotations

import sqlite3
from typing import Any, cast, get_args

from quart import Response

from ...actions import deletion, levels, topics
from ...store import groups as group_store
from ...words.errors import BadInput, Conflict, Forbidden
from ...words.models import Group, Level
from .. import forms, problems
from ..context import the_app
from .addresses import address_of, find_topic, may_of
from .door import Found, blueprint, fields, filled_in, go, problems_of, require_person, show, show_with

SWITCHES = ("resolved", "locked", "pinned")


@blueprint.get("/<which>/<slug>/change/")
async def change_page(which: str, slug: str) -> Response:
    return await show("topic_change.html", _change_page, which, slug)


@blueprint.post("/<which>/<slug>/change/")
async def change_topic(which: str, slug: str) -> Response:
    """Change what the form names: a switch of the topic's menu, or the fields of its page."""
    app, asker = the_app(), await require_person()
    group, topic = await app.store.read(find_topic, asker.id, which, slug)
    try:
        topic = await topics.change_topic(app, asker, topic.id, **await _changes(group))
    except (BadInput, Conflict, Forbidden) as error:
        typed = await fields("name", "group")
        again = {**_wrong(error), **({"values": typed} if typed["name"] else {})}
        return await show_with(again, "topic_change.html", _change_page, which, slug)
    group = await app.store.read(group_store.find_for, asker.id, topic.group_id)
    return go(address_of(group, topic))


@blueprint.get("/<which>/<slug>/delete/")
async def delete_page(which: str, slug: str) -> Response:
    return await show("confirm.html", _delete_page, which, slug)


@blueprint.post("/<which>/<slug>/delete/")
async def delete_topic(which: str, slug: str) -> Response:
    app, asker = the_app(), await require_person()
    group, topic = await app.store.read(find_topic, asker.id, which, slug)
    await deletion.delete_topic(app, asker, topic.id)
    return go(f"/{group.slug}/")


@blueprint.post("/<which>/<slug>/level/")
async def set_topic_level(which: str, slug: str) -> Response:
    app, asker = the_app(), await require_person()
    group, topic = await app.store.read(find_topic, asker.id, which, slug)
    await levels.set_topic_level(app, asker, topic.id, _level((await fields("level"))["level"]))
    return go(address_of(group, topic))


async def _changes(group: Group) -> dict[str, Any]:
    """The fields of the form as a change; the group one only where it is another one."""
    form = await filled_in()
    changes: dict[str, Any] = {name: form[name] == "yes" for name in SWITCHES if name in form}
    if "name" in form:
        changes["name"] = form["name"]
    if form.get("group", str(group.id)) != str(group.id):
        changes["group_id"] = forms.which(form["group"])
    return changes


def _level(text: str) -> Level:
    if text not in get_args(Level):
        raise BadInput("level", "is follow, normal or mute")
    return cast(Level, text)


def _wrong(error: BadInput | Conflict | Forbidden) -> dict[str, Any]:
    named = problems_of(error) if isinstance(error, BadInput) and error.field == "name" else {}
    return {"status": problems.status_of(error), "problems": named, "problem": "" if named else error.sentence}


def _change_page(conn: sqlite3.Connection, user_id: int, which: str, slug: str) -> Found:
    group, topic = find_topic(conn, user_id, which, slug)
    may = may_of(group, topic, user_id)
    if not may.change:
        raise Forbidden()
    return {
        "group": group,
        "topic": topic,
        "values": {"name": topic.name, "group": str(group.id)},
        "targets": [one for one in group_store.of_member(conn, user_id) if one.kind != "direct"] if may.remove else [],
    }


def _delete_page(conn: sqlite3.Connection, user_id: int, which: str, slug: str) -> Found:
    group, topic = find_topic(conn, user_id, which, slug)
    if not may_of(group, topic, user_id).look_after:
        raise Forbidden()
    topics.check_not_first(conn, topic)
    count = f"{topic.message_count} {'message' if topic.message_count == 1 else 'messages'}"
    return {
        "group": group,
        "topic": topic,
        "question": "Delete this topic?",
        "sentence": f"{count} will be gone for everybody, and cannot be brought back." if topic.message_count else "",
        "button": "Delete topic",
    }
