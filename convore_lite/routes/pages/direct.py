"""Direct messages: one's conversations, and beginning one."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple
from urllib.parse import urlencode

from quart import Response, request
from werkzeug.datastructures import MultiDict

from ...actions import direct
from ...store import groups as group_store
from ...store import people as people_store
from ...words.errors import BadInput, Conflict
from ..context import the_app
from .door import Found, blueprint, filled_in, go, require_person, show_with
from .frame import conversation
from .groups import address_of, only_topic, wrong
from .home import entry

# People one can choose from at once; whoever is not among them is found by the beginning of their name.
CHOICES = 60


class Chosen(NamedTuple):
    """Whom somebody wants to write to: what they typed, whom they ticked, and by which *words* they look for more."""

    typed: str
    ticked: list[str]
    words: str

    @property
    def names(self) -> list[str]:
        typed = [name.removeprefix("@") for name in self.typed.replace(",", " ").split()]
        return list(dict.fromkeys([*typed, *self.ticked]))


@blueprint.get("/direct/")
async def conversations() -> Response:
    chosen = _chosen(request.args)
    return await show_with({"values": {"usernames": chosen.typed}}, "direct.html", _conversations, chosen)


@blueprint.post("/direct/")
async def begin() -> Response:
    """To the conversation with these people. Whoever has just changed the words meant to find somebody first."""
    form, asker = await filled_in(), await require_person()
    chosen = _chosen(form)
    if chosen.words != form.get("words", ""):
        query = [("usernames", chosen.typed), ("q", chosen.words), *(("who", name) for name in chosen.ticked)]
        return go(f"/direct/?{urlencode(query)}")
    try:
        group, _ = await direct.open_direct(the_app(), asker, chosen.names)
    except (BadInput, Conflict) as error:
        again = wrong(_said(error, chosen.names), {"usernames": chosen.typed})
        return await show_with(again, "direct.html", _conversations, chosen)
    return go(await the_app().store.read(address_of, asker.id, group))


def _chosen(form: MultiDict[str, str]) -> Chosen:
    return Chosen(form.get("usernames", ""), form.getlist("who"), form.get("q", "").strip())


def _conversations(conn: sqlite3.Connection, user_id: int, chosen: Chosen) -> Found:
    talks = []
    for group in group_store.direct_of(conn, user_id):
        topic = only_topic(conn, user_id, group)
        talks.append((conversation(group, topic, user_id), entry(conn, user_id, topic, group).last))
    found = people_store.search_for(conn, user_id, chosen.words, after="", limit=CHOICES + 2)
    choices = [person for person in found if person.id != user_id and not person.deactivated]
    return {
        "here": "direct",
        "talks": talks,
        "choices": choices[:CHOICES],
        "words": chosen.words,
        "ticked": chosen.ticked,
        "more": len(choices) > CHOICES,
    }


def _said(error: BadInput | Conflict, names: list[str]) -> BadInput | Conflict:
    """The API counts names from 0; the form has one field for all of them."""
    if not isinstance(error, BadInput):
        return error
    place = error.field.rpartition(".")[2]
    return BadInput("usernames", f"“{names[int(place)]}” {error.message}" if place.isdigit() else error.message)
