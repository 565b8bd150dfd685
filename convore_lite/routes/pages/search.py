"""The page of search, and the places to jump to that the box in the rail shows."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct
from quart import Response, request

from ...actions import saved_searches, search
from ...actions.search import Hit, Hits, Places
from ...store import groups, topics
from ...words.errors import NotFound
from ...words.models import Group, Topic
from ...words.search import narrowing
from .. import forms
from ..context import the_app
from ..zones import zone_named
from . import templates
from .door import Found, blueprint, require_person, show

# Hits on a page, and places of each kind above them and below the box in the rail.
MOST = 30
MOST_PLACES = 4
# How far back "lately" goes.
LATELY = timedelta(days=30)


class Wanted(Struct, frozen=True):
    q: str = ""
    sort: Literal["relevance", "newest"] = "relevance"
    start: Annotated[int, Meta(ge=0, le=search.MOST_HITS)] = 0
    zone: str = "UTC"


class Stack(Struct, frozen=True):
    """What was found in one topic. The best of it says where the stack stands among the others."""

    topic: Topic
    group: Group
    hits: list[Hit]


@blueprint.get("/search/")
async def search_page() -> Response:
    wanted = forms.convert(request.args, Wanted)
    app, asker = the_app(), await require_person()
    found = await search.search(
        app, asker, wanted.q, zone=zone_named(wanted.zone), sort=wanted.sort, offset=wanted.start, limit=MOST
    )
    is_plain = not wanted.start and not any(chip.on for chip in narrowing.chips(wanted.q, ()))
    places = await search.find_places(app, asker, wanted.q if is_plain else "", limit=MOST_PLACES)
    since = (datetime.fromtimestamp(app.now() / 1000, UTC) - LATELY).date().isoformat()
    return await show("search.html", _found, wanted, found, places, since=since)


@blueprint.get("/search/places/")
async def places() -> Response:
    """What the box in the rail shows while one types: a piece of a page."""
    wanted = forms.convert(request.args, Wanted)
    app, asker = the_app(), await require_person()
    found = await search.find_places(app, asker, wanted.q, limit=MOST_PLACES)
    return templates.page("parts/jump_list.html", places=await _with_groups(found), q=wanted.q)


async def _with_groups(found: Places) -> Found:
    asker = await require_person()
    return await the_app().store.read(_placed, asker.id, found)


def _placed(conn: sqlite3.Connection, user_id: int, found: Places) -> Found:
    return {
        "people": found.people,
        "groups": found.groups,
        "topics": [(topic, groups.find_for(conn, user_id, topic.group_id)) for topic in found.topics],
    }


def _found(conn: sqlite3.Connection, user_id: int, wanted: Wanted, found: Hits, places: Places, *, since: str) -> Found:
    stacks = _stacks(conn, user_id, found.items)
    after = wanted.start + MOST
    return {
        "here": "search",
        "wanted": wanted,
        "found": found,
        "spelled": saved_searches.one_spelling(wanted.q),
        "stacks": stacks,
        "places": _placed(conn, user_id, places),
        "chips": narrowing.chips(wanted.q, _offers(stacks, since)) if wanted.q.strip() else [],
        "as_typed": narrowing.as_typed(wanted.q),
        "more": after if after < min(found.total, search.MOST_HITS) else None,
    }


def _stacks(conn: sqlite3.Connection, user_id: int, hits: Sequence[Hit]) -> list[Stack]:
    """The hits by topic: each topic where its best hit is."""
    by_topic: dict[int, list[Hit]] = {}
    for hit in hits:
        by_topic.setdefault(hit.message.topic_id, []).append(hit)
    found = []
    for topic_id, inside in by_topic.items():
        with suppress(NotFound):  # it went away since
            topic = topics.find_for(conn, user_id, topic_id)
            found.append(Stack(topic, groups.find_for(conn, user_id, topic.group_id), inside))
    return found


def _offers(stacks: Sequence[Stack], since: str) -> list[tuple[str, str, str]]:
    """How this search could be narrowed, by what it found: operator, value, and what to call it."""
    authors = Counter(hit.message.author for stack in stacks for hit in stack.hits)
    places = Counter(
        (stack.group.slug, stack.group.name) for stack in stacks for _ in stack.hits if stack.group.kind != "direct"
    )
    offers = [("in", slug, f"in: {name}") for (slug, name), _ in places.most_common(2) if len(places) > 1]
    offers += [
        ("from", author.username, f"from: {author.name}") for author, _ in authors.most_common(2) if len(authors) > 1
    ]
    return [*offers, ("after", since, "last 30 days"), ("has", "link", "has: link"), ("has", "image", "has: image")]
