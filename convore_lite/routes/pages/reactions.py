"""Reactions without script: the form at each message, and a page for an emoji that is not offered there."""

from __future__ import annotations

import sqlite3

from quart import Response

from ...actions import reactions
from ...store import reactions as reaction_store
from ...words.errors import BadInput, Conflict, Forbidden, NotFound
from .. import problems
from ..context import the_app
from .addresses import address_of, find_message, may_of
from .door import Found, blueprint, fields, go, require_person, show, show_with

# So many of those who reacted are named on the page.
MOST_PEOPLE = 200


@blueprint.get("/<which>/<slug>/<id:message_id>/react/")
async def react_page(which: str, slug: str, message_id: int) -> Response:
    return await show("react.html", _react_page, which, slug, message_id)


@blueprint.post("/<which>/<slug>/<id:message_id>/react/")
async def react(which: str, slug: str, message_id: int) -> Response:
    """*add* an emoji, or *remove* it: the buttons below a message say which."""
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    values = await fields("add", "remove")
    try:
        if values["remove"]:
            await reactions.remove_reaction(app, asker, message.id, values["remove"])
        else:
            await reactions.add_reaction(app, asker, message.id, values["add"])
    except (BadInput, Conflict) as error:
        sentence = "That is not one emoji." if isinstance(error, BadInput) else error.sentence
        again = {"typed": values["add"], "problem": sentence, "status": problems.status_of(error)}
        return await show_with(again, "react.html", _react_page, which, slug, message_id)
    return go(f"{address_of(group, topic)}{message.id}/#m-{message.id}")


def _react_page(conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int) -> Found:
    """Raises NotFound, Elsewhere, and Forbidden for who cannot write there."""
    group, topic, message = find_message(conn, user_id, which, slug, message_id)
    if message.deleted:
        raise NotFound()
    may = may_of(group, topic, user_id)
    if not may.write:
        raise Forbidden()
    people = reaction_store.people_for(conn, user_id, message.id, None, offset=0, limit=MOST_PEOPLE)
    return {"group": group, "topic": topic, "message": message, "may": may, "typed": "", "reacted": people}
