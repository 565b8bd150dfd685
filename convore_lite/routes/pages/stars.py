"""Stars: the page of what one starred, and the form that stars a message or takes the star away."""

from __future__ import annotations

import sqlite3

from quart import Response, request

from ...actions import stars
from ...store import stars as star_store
from ...words.models import Mention
from .. import forms
from ..context import the_app
from .addresses import address_of, find_message
from .door import Found, blueprint, fields, go, require_person, show
from .home import MOST, Before, where


@blueprint.get("/starred/")
async def starred() -> Response:
    return await show("starred.html", _starred, forms.convert(request.args, Before).before)


@blueprint.post("/<which>/<slug>/<id:message_id>/star/")
async def star(which: str, slug: str, message_id: int) -> Response:
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    if (await fields("starred"))["starred"] == "no":
        await stars.unstar_message(app, asker, message.id)
    else:
        await stars.star_message(app, asker, message.id)
    return go(f"{address_of(group, topic)}{message.id}/#m-{message.id}")


def _starred(conn: sqlite3.Connection, user_id: int, before: int | None) -> Found:
    found = star_store.starred(conn, user_id, before=before, limit=MOST + 1)
    more = found[MOST - 1].id if len(found) > MOST else None
    placed = where(conn, user_id, [Mention(message, unread=False) for message in found[:MOST]])
    return {"here": "starred", "messages": placed, "more": more}
