"""Search: messages by what is said in them, and people, groups and topics by their names."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Literal

import trio

from ..index.handle import IndexAway
from ..index.wire import Found
from ..store import Writer, audit, documents, finding, groups, topics
from ..store.finding import Asked
from ..words.asker import Asker, require_admin
from ..words.excerpt import plain
from ..words.markup import covered
from ..words.models import Group, Message, Topic, User
from ..words.search import Sort, parse
from ..words.search.parser import MOST_CHARACTERS
from ..words.search.query import Mistake
from . import App

if TYPE_CHECKING:
    from ..words.search.snippets import Marker

PlaceKind = Literal["people", "groups", "topics"]

# Nobody turns so many pages; the first hits are the best ones.
MOST_HITS = 10_000
# Messages that are looked up in the index to compare it with the database.
SAMPLE = 1_000
# Seconds after which the index should hold what was said.
LATE = 30
# Seconds that somebody waits for their turn to look through the messages, and for that look, while no index answers.
TURN = 5


@dataclass(frozen=True)
class Hit:
    message: Message
    snippet_html: str


@dataclass(frozen=True)
class Hits:
    """A page of what was found, and how many there are in all.

    *complete* is false where the index does not know everything yet, with the *percent* that it knows where a new one is made.
    *mistakes* say what of the search was not understood, and *did_you_mean* is the search as it was perhaps meant.
    """

    items: list[Hit]
    total: int
    complete: bool
    mistakes: list[Mistake]
    percent: int | None = None
    did_you_mean: str | None = None


@dataclass(frozen=True)
class Places:
    """Where one may want to go: names that begin, or have a word that begins, with what was typed."""

    people: list[User]
    groups: list[Group]
    topics: list[Topic]


async def search(
    app: App, asker: Asker, text: str, *, zone: tzinfo, sort: Sort = "relevance", offset: int = 0, limit: int
) -> Hits:
    """Find messages that *asker* may read, the best first. Never fails for what was typed: see `Hits.mistakes`."""
    from ..words.search.snippets import Marker, better_words  # its patterns are of all scripts, and slow to make

    query = parse(text, now=app.now(), zone=zone)
    if not query.clauses or offset >= MOST_HITS:
        return Hits([], 0, True, query.mistakes)
    asked = await app.store.read(finding.ask, asker.id, query, index_at=app.index.standing.event)
    found = await _found(app, asked, sort, offset=offset, limit=limit)
    messages = await app.store.read(finding.load, asker.id, found.ids)
    # What went away since the index was asked is not counted either.
    total = found.total - (len(found.ids) - len(messages))
    # What a spoiler hides is found, but not told.
    texts = [covered(message.text, message.html) for message in messages]
    better = better_words(text, asked.clauses, texts, found.unknown) if found.inexact else None
    marker = Marker(asked.clauses, found.stems, found.doubtful)
    items = [_hit(message, text, marker) for message, text in zip(messages, texts, strict=True)]
    progress = app.index.standing.progress
    percent = None if progress is None or found.whole else int(progress * 100)
    return Hits(items, total, found.whole, [*query.mistakes, *asked.mistakes], percent, better)


async def find_places(app: App, asker: Asker, text: str, *, kind: PlaceKind | None = None, limit: int) -> Places:
    """People, groups and topics that *asker* may see, by their names. Of one *kind* all begin with nothing."""
    words = " ".join(text.split()).lstrip("@#")[:MOST_CHARACTERS]  # no name is as long
    if not words and kind is None:
        return Places([], [], [])
    people, found_groups, topic_ids, readable = await app.store.read(_names_like, asker.id, words, kind, limit=limit)
    if words and kind in ("topics", None):
        topic_ids = await _more_topics(app, words, readable, topic_ids, limit=limit)
    return Places(people, found_groups, await app.store.read(topics.some, asker.id, topic_ids))


async def _more_topics(app: App, words: str, readable: list[int], found: list[int], *, limit: int) -> list[int]:
    try:
        more = await app.index.names(words, readable, limit=limit)
    except IndexAway:
        return found  # by what they begin with they were found already
    return list(dict.fromkeys([*found, *more.ids]))[:limit]


async def _found(app: App, asked: Asked, sort: Sort, *, offset: int, limit: int) -> Found:
    limit = min(limit, MOST_HITS - offset)
    with suppress(IndexAway):
        return await app.index.search(asked.clauses, asked.scope, sort, offset=offset, limit=limit)
    with trio.move_on_after(TURN):
        async with app.index.instead:
            with suppress(IndexAway):  # it may be back since
                return await app.index.search(asked.clauses, asked.scope, sort, offset=offset, limit=limit)
            ids = await app.store.read(finding.scan, asked)
            return Found(ids[offset : offset + limit], len(ids), whole=False)
    return Found([], 0, whole=False)


def _hit(message: Message, typed: str, marker: Marker) -> Hit:
    """Shown as it is read; as it was *typed* where only that has what was met, such as the address behind a label."""
    shown = marker.snippet(plain(message.html) or typed)
    if "<mark>" not in shown and "<mark>" in (as_typed := marker.snippet(typed)):
        shown = as_typed
    return Hit(message, shown)


def _names_like(
    conn: sqlite3.Connection, user_id: int, words: str, kind: PlaceKind | None, *, limit: int
) -> tuple[list[User], list[Group], list[int], list[int]]:
    people = finding.people_like(conn, user_id, words, limit=limit) if kind in ("people", None) else []
    group_ids = finding.groups_like(conn, user_id, words, limit=limit) if kind in ("groups", None) else []
    found = [groups.find_for(conn, user_id, one) for one in group_ids]
    topic_ids = finding.topics_like(conn, user_id, words, limit=limit) if kind in ("topics", None) else []
    return people, found, topic_ids, finding.readable(conn, user_id)


async def make_index_anew(app: App, asker: Asker) -> None:
    """Let a new index be made, while the old one answers. Raises Forbidden."""
    require_admin(asker)
    await app.write(asker, _note, asker, at=app.now())
    app.index.make_anew()


def _note(conn: Writer, asker: Asker, *, at: int) -> None:
    audit.note(conn, asker, "make index", at=at)


@dataclass(frozen=True)
class Comparison:
    """The index beside the database: how many messages each has, and how many of a *sample* the index does not know.

    *indexed* and *missing* are None where no index answers.
    """

    messages: int
    indexed: int | None
    sample: int
    missing: int | None


async def compare(app: App) -> Comparison:
    """Compare the index with the database, by how many messages each has and by a sample, once it is as far."""
    there = await app.store.read(documents.census, SAMPLE)
    size = len(there.sample)
    with trio.move_on_after(LATE):
        while app.index.standing.whole and app.index.standing.event < there.event:
            await app.index.wait_changed()
    try:
        held = await app.index.holds(there.sample, newest=there.newest)
    except IndexAway:
        return Comparison(there.count, None, size, None)
    return Comparison(there.count, held.total, size, len(set(there.sample) - set(held.ids)))
