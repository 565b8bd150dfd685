"""Follow a search: what meets it and was posted since one last looked counts as new."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import trio

from ..index.handle import IndexAway
from ..store import Writer, finding, log, saved_searches
from ..store.saved_searches import Saved
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict
from ..words.events import SavedSearchesChanged
from ..words.models import SavedSearch, time_text
from ..words.search import parse
from ..words.search.documents import Scope
from ..words.search.query import Among, Clause, Newer, Not
from . import App

# They are all counted anew whenever somebody looks at a page.
MOST = 20
# Seconds that a page waits for the counts. They are the least of what its reader came for.
PATIENCE = 0.25


async def save_search(app: App, asker: Asker, query: str, zone: ZoneInfo) -> SavedSearch:
    """Follow a search from now on; one that one follows already stays as it is. Raises BadInput, Conflict (too many)."""
    query = one_spelling(query)
    found = parse(query, now=app.now(), zone=zone)
    if not found.clauses or found.mistakes:
        raise BadInput("query", found.mistakes[0].sentence if found.mistakes else "is nothing to look for")
    saved = await app.write(asker, _save, asker.id, query, zone.key, app.index.state.newest, at=app.now())
    return (await count_new(app, asker, [saved]))[0]


async def unsave_search(app: App, asker: Asker, search_id: int) -> None:
    """Follow it no more. Raises NotFound."""
    await app.write(asker, _unsave, asker.id, search_id, at=app.now())


async def see_search(app: App, asker: Asker, search_id: int, message_id: int) -> None:
    """One has looked at what there is up to a message. One looks forward only. Raises NotFound."""
    await app.write(asker, _see, asker.id, search_id, message_id, at=app.now())


async def list_saved(app: App, asker: Asker) -> list[SavedSearch]:
    """The searches one follows, in the order in which they were saved."""
    return await count_new(app, asker, await app.store.read(saved_searches.of_user, asker.id))


def one_spelling(query: str) -> str:
    """A search without what makes no difference to it."""
    return " ".join(query.split())


async def count_new(app: App, asker: Asker, saved: Sequence[Saved]) -> list[SavedSearch]:
    """Count what is new in some of one's searches; None in all where the index does not answer soon."""
    if not saved:
        return []
    counts: list[int | None] = [None] * len(saved)
    newest, scope, questions = await app.store.read(_questions, app, asker.id, saved)
    with trio.move_on_after(PATIENCE):
        for place, clauses in enumerate(questions):
            try:
                counts[place] = await app.index.count(clauses, scope)
            except IndexAway:
                break
    return [_told(one, newest, new) for one, new in zip(saved, counts, strict=True)]


def _told(saved: Saved, newest: int, new: int | None) -> SavedSearch:
    seen = saved.seen
    return SavedSearch(saved.id, saved.query, saved.zone, time_text(saved.created_at), seen, max(seen, newest), new)


def _questions(
    conn: sqlite3.Connection, app: App, user_id: int, saved: Sequence[Saved]
) -> tuple[int, Scope, list[list[Clause]]]:
    """The newest message that is found at this moment, whose messages are looked at, and what each search asks for."""
    newest = min(app.index.state.newest, finding.newest(conn, user_id))
    naming = finding.Naming(conn, user_id)
    questions = [
        [*map(naming.resolved, _clauses(app, one)), Newer(one.seen), Not(Among("author", [user_id]))] for one in saved
    ]
    return newest, finding.scope(conn, user_id, app.index.standing.event), questions


def _clauses(app: App, saved: Saved) -> list[Clause]:
    return parse(saved.query, now=app.now(), zone=_zone(saved.zone)).clauses


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # it was known where this database was before
        return ZoneInfo("UTC")


def _save(conn: Writer, user_id: int, query: str, zone: str, indexed: int, *, at: int) -> Saved:
    if there := saved_searches.find_query(conn, user_id, query):
        return there
    if len(saved_searches.of_user(conn, user_id)) >= MOST:
        raise Conflict(f"One can follow at most {MOST} searches.")
    newest = finding.newest(conn, user_id)
    # What the index does not know yet is new. Where there is none that would know: from now on.
    saved = saved_searches.insert(conn, user_id, query, zone, seen=min(indexed or newest, newest), at=at)
    log.tell(conn, SavedSearchesChanged(), at=at, user_id=user_id)
    return saved


def _unsave(conn: Writer, user_id: int, search_id: int, *, at: int) -> None:
    saved_searches.remove(conn, saved_searches.find_for(conn, user_id, search_id).id)
    log.tell(conn, SavedSearchesChanged(), at=at, user_id=user_id)


def _see(conn: Writer, user_id: int, search_id: int, message_id: int, *, at: int) -> None:
    saved = saved_searches.find_for(conn, user_id, search_id)
    if saved_searches.move_seen(conn, saved.id, min(message_id, finding.newest(conn, user_id))):
        log.tell(conn, SavedSearchesChanged(), at=at, user_id=user_id)
