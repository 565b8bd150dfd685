"""Search in the API: messages by their words, places by their names, and how the index stands."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ...actions import App, search
from ...actions.search import PlaceKind
from ...store import documents, groups
from ...words.asker import Asker, require_admin
from ...words.errors import NotFound
from ...words.models import Count, Group, Message, Topic, User
from ..zones import zone_named
from .door import Limit, Paging, offset_of, operation

Percent = Annotated[int, Meta(ge=0, le=100)]


class SearchQuery(Paging, frozen=True):
    q: str = ""
    sort: Literal["relevance", "newest"] = "relevance"
    zone: Annotated[str, Meta(description="the time zone in which a day begins, such as Europe/Berlin")] = "UTC"
    limit: Limit = 20


class JumpQuery(Struct, frozen=True):
    q: str = ""
    kind: Annotated[PlaceKind | None, Meta(description="only these; then an empty q gives the first of them")] = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 6


class Hit(Struct, frozen=True):
    message: Message
    snippet_html: Annotated[str, Meta(description="escaped text and <mark>, nothing else")]


class Mistake(Struct, frozen=True):
    """What of a search was not understood. *start* and *end* are its place in the text, in code points."""

    sentence: str
    start: Count
    end: Count


class Hits(Struct, frozen=True, omit_defaults=True):
    """A page of hits. *total* counts them all; where *complete* is false the index does not know everything yet."""

    items: list[Hit]
    next: str | None
    total: Count
    complete: bool
    mistakes: list[Mistake]
    percent: Percent | UnsetType = UNSET
    did_you_mean: str | UnsetType = UNSET


class Places(Struct, frozen=True):
    people: list[User]
    groups: list[Group]
    topics: list[Topic]
    topic_groups: Annotated[list[Group], Meta(description="the groups in which the topics are")]


class IndexState(Struct, frozen=True):
    """*ready*: the index knows everything up to *event*, which is *behind* events ago.

    *making*: a new one is being made, and *percent* of it is there. *trouble* is why it could not be brought up to date last, if it
    could not.
    """

    ready: bool
    event: Count
    behind: Count
    making: bool
    percent: Percent | None
    trouble: str | None


class Comparison(Struct, frozen=True):
    """How many messages the database and the index have, and how many of a *sample* the index does not know; null without one."""

    messages: Count
    indexed: Count | None
    sample: Count
    missing: Count | None


@operation("GET", "/search", {200: Hits}, query=SearchQuery)
async def search_messages(app: App, asker: Asker, query: SearchQuery) -> Hits:
    """Find messages: words, "phrases", -not, OR, and from: in: topic: to: mentions: before: after: on: has: is:."""
    offset = offset_of(query)
    zone = zone_named(query.zone)
    found = await search.search(app, asker, query.q, zone=zone, sort=query.sort, offset=offset, limit=query.limit)
    after = offset + query.limit
    return Hits(
        [Hit(hit.message, hit.snippet_html) for hit in found.items],
        str(after) if after < min(found.total, search.MOST_HITS) else None,
        found.total,
        found.complete,
        [Mistake(mistake.sentence, mistake.start, mistake.end) for mistake in found.mistakes],
        UNSET if found.percent is None else found.percent,
        found.did_you_mean or UNSET,
    )


@operation("GET", "/search/jump", {200: Places}, query=JumpQuery)
async def jump(app: App, asker: Asker, query: JumpQuery) -> Places:
    """Find people, groups and topics by the beginning of their names, to go there or to complete from:, in: and topic:."""
    found = await search.find_places(app, asker, query.q, kind=query.kind, limit=query.limit)
    topic_groups = await app.store.read(_groups_of, asker.id, found.topics)
    return Places(found.people, found.groups, found.topics, topic_groups)


def _groups_of(conn: sqlite3.Connection, user_id: int, topics: list[Topic]) -> list[Group]:
    found = []
    for group_id in dict.fromkeys(topic.group_id for topic in topics):
        with suppress(NotFound):  # it went away since
            found.append(groups.find_for(conn, user_id, group_id))
    return found


@operation("GET", "/admin/search", {200: IndexState}, console=True)
async def show_index(app: App, asker: Asker) -> IndexState:
    """How the search index stands. For admins."""
    require_admin(asker)
    app.index.want()
    standing = app.index.standing
    last, _ = await app.store.read(documents.ends)
    making = app.index.anew or not standing.whole
    percent = None if standing.progress is None else int(standing.progress * 100)
    behind = max(0, last - standing.event)
    return IndexState(standing.whole, standing.event, behind, making or percent is not None, percent, app.index.trouble)


@operation("POST", "/admin/search/reindex", {202: None}, console=True)
async def make_index_anew(app: App, asker: Asker) -> None:
    """Make the search index anew; the old one answers until the new one is there. For admins."""
    await search.make_index_anew(app, asker)


@operation("GET", "/admin/search/check", {200: Comparison}, console=True)
async def compare_index(app: App, asker: Asker) -> Comparison:
    """Compare the search index with the database. For admins."""
    require_admin(asker)
    found = await search.compare(app)
    return msgspec.convert(found, Comparison, from_attributes=True)
