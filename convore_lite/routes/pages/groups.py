"""Groups: discover and make them, see their topics, open one, and say how much one wants to hear."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from msgspec import Meta, Struct
from quart import Response, request

from ...actions import groups, levels, reading, topics
from ...store import groups as group_store
from ...store import topics as topic_store
from ...words.errors import BadInput, Conflict, Forbidden
from ...words.limits import POSTS
from ...words.models import Group, Level, Topic
from .. import forms, problems
from ..context import the_app
from ..gate import rated
from .door import Found, blueprint, fields, go, problems_of, require_person, show, show_with
from .frame import how_many_ask
from .home import entry

PAGE = 50
# The same whether there is such a group or not.
ASKED = "If there is such a group, its admins have been asked. When they let you in, it appears beside this."


class From(Struct, frozen=True):
    start: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class LevelForm(Struct, frozen=True):
    level: Level


@blueprint.get("/discover/")
async def discover() -> Response:
    notice = ASKED if request.args.get("notice") == "asked" else ""
    return await show_with({"notice": notice}, "discover.html", _discover, _start())


@blueprint.post("/discover/")
async def create_group() -> Response:
    values = await fields("name", "description", "kind")
    try:
        made = await groups.create_group(
            the_app(),
            await require_person(),
            name=values["name"],
            kind="private" if values["kind"] == "private" else "public",
            description=values["description"].strip(),
        )
    except (BadInput, Forbidden) as error:
        return await show_with(wrong(error, values), "discover.html", _discover, 0)
    return go(f"/{made.slug}/")


@blueprint.get("/<which>/")
async def group(which: str) -> Response:
    """A group's topics; of a conversation its only one."""
    asker = await require_person()
    found = await the_app().store.read(group_store.find_for, asker.id, forms.which(which))
    if found.kind == "direct":
        return go(await the_app().store.read(address_of, asker.id, found))
    return await show("group.html", topics_of, forms.which(which), _start())


@blueprint.post("/<which>/")
@rated(POSTS)
async def open_topic(which: str) -> Response:
    values = await fields("name", "text")
    address = forms.which(which)
    text = values["text"] if values["text"].strip() else None
    try:
        topic = await topics.open_topic(the_app(), await require_person(), address, name=values["name"], text=text)
    except (BadInput, Forbidden) as error:
        return await show_with(wrong(error, values), "group.html", topics_of, address, 0)
    return go(f"/{which}/{topic.slug}/")


@blueprint.post("/<which>/read/")
async def read_group(which: str) -> Response:
    await reading.mark_group_read(the_app(), await require_person(), forms.which(which))
    return go(f"/{which}/")


@blueprint.post("/<which>/level/")
async def set_group_level(which: str) -> Response:
    """How much one wants to hear of a group. Each level is a button of its own."""
    level = forms.convert(await fields("level"), LevelForm).level
    await levels.set_group_level(the_app(), await require_person(), forms.which(which), level)
    return go(f"/{which}/")


def address_of(conn: sqlite3.Connection, user_id: int, group: Group) -> str:
    """Where one reads a group: a conversation in its one topic."""
    if group.kind != "direct":
        return f"/{group.slug}/"
    return f"/{group.slug}/{only_topic(conn, user_id, group).slug}/"


def only_topic(conn: sqlite3.Connection, user_id: int, conversation: Group) -> Topic:
    assert conversation.default_topic_id is not None  # it is made with its topic, which cannot be deleted
    return topic_store.find_for(conn, user_id, conversation.default_topic_id)


def wrong(error: BadInput | Forbidden | Conflict, values: dict[str, str]) -> dict[str, Any]:
    """What a form's page shows when it comes back: what was typed, and what is wrong with it."""
    named = problems_of(error) if isinstance(error, BadInput) else {}
    return {
        "status": problems.status_of(error),
        "values": values,
        "problems": named,
        "problem": "" if named else error.sentence,
        "open_form": bool(values),
    }


def _start() -> int:
    return forms.convert(request.args, From).start


def _discover(conn: sqlite3.Connection, user_id: int, start: int) -> Found:
    found = group_store.discover(conn, user_id, "", order="popular", offset=start, limit=PAGE + 1)
    return {"here": "discover", "groups": found[:PAGE], "more": start + PAGE if len(found) > PAGE else None}


def topics_of(conn: sqlite3.Connection, user_id: int, which: int | str, start: int) -> Found:
    group = group_store.find_for(conn, user_id, which)
    found = topic_store.of_group(conn, user_id, group.id, offset=start, limit=PAGE + 1)
    return {
        "group": group,
        "asking": how_many_ask(conn, group),
        "topics": [entry(conn, user_id, topic, group) for topic in found[:PAGE]],
        "more": start + PAGE if len(found) > PAGE else None,
    }
