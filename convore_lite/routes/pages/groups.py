"""Groups: discover and make them, join and leave them, see their topics and members, open a topic."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from msgspec import Meta, Struct
from quart import Response, request

from ...actions import groups, members, reading, topics
from ...store import groups as group_store
from ...store import topics as topic_store
from ...words.errors import BadInput, Conflict, Forbidden
from .. import forms, problems
from ..context import the_app
from .door import Found, blueprint, fields, go, own_path, problems_of, require_person, show, show_with
from .home import entry

PAGE = 50


class From(Struct, frozen=True):
    start: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


@blueprint.get("/discover/")
async def discover() -> Response:
    return await show("discover.html", _discover, _start())


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
        return await show_with(_wrong(error, values), "discover.html", _discover, 0)
    return go(f"/{made.slug}/")


@blueprint.get("/<which>/")
async def group(which: str) -> Response:
    return await show("group.html", _group, forms.which(which), _start())


@blueprint.post("/<which>/")
async def open_topic(which: str) -> Response:
    values = await fields("name", "text")
    address = forms.which(which)
    text = values["text"] if values["text"].strip() else None
    try:
        topic = await topics.open_topic(the_app(), await require_person(), address, name=values["name"], text=text)
    except (BadInput, Forbidden) as error:
        return await show_with(_wrong(error, values), "group.html", _group, address, 0)
    return go(f"/{which}/{topic.slug}/")


@blueprint.post("/<which>/join/")
async def join(which: str) -> Response:
    joined = await members.join_group(the_app(), await require_person(), forms.which(which))
    return go(own_path((await fields("next"))["next"], f"/{joined.slug}/") if joined is not None else "/")


@blueprint.post("/<which>/leave/")
async def leave(which: str) -> Response:
    try:
        await members.leave_group(the_app(), await require_person(), forms.which(which))
    except Conflict as error:
        return await show_with(_wrong(error, {}), "group.html", _group, forms.which(which), 0)
    return go("/")


@blueprint.post("/<which>/read/")
async def read_group(which: str) -> Response:
    await reading.mark_group_read(the_app(), await require_person(), forms.which(which))
    return go(f"/{which}/")


@blueprint.get("/<which>/members/")
async def show_members(which: str) -> Response:
    return await show("members.html", _members, forms.which(which), request.args.get("after", ""))


def _wrong(error: BadInput | Forbidden | Conflict, values: dict[str, str]) -> dict[str, Any]:
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


def _group(conn: sqlite3.Connection, user_id: int, which: int | str, start: int) -> Found:
    group = group_store.find_for(conn, user_id, which)
    found = topic_store.of_group(conn, user_id, group.id, offset=start, limit=PAGE + 1)
    return {
        "group": group,
        "topics": [entry(conn, user_id, topic, group) for topic in found[:PAGE]],
        "more": start + PAGE if len(found) > PAGE else None,
    }


def _members(conn: sqlite3.Connection, user_id: int, which: int | str, after: str) -> Found:
    group = group_store.find_for(conn, user_id, which)
    found = group_store.members(conn, group.id, after=after, limit=PAGE + 1)
    return {
        "group": group,
        "members": found[:PAGE],
        "more": found[PAGE - 1].user.username if len(found) > PAGE else None,
    }
