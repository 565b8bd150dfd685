"""Reading in the API: what is unread, and marking things read and unread."""

from __future__ import annotations

import sqlite3
from typing import Annotated

from msgspec import Meta, Struct

from ...actions import App, reading
from ...store import catching_up, topics
from ...store import reading as reading_store
from ...words.asker import Asker
from ...words.models import Id, Message, Unread
from .door import Limit, Page, operation, page

Seq = Annotated[int, Meta(ge=1, lt=2**53)]


class WaitingQuery(Struct, frozen=True):
    limit: Limit = 50
    cursor: Id | None = None


class ReadForm(Struct, frozen=True, forbid_unknown_fields=True):
    seq: Seq | None = None


class UnreadForm(Struct, frozen=True, forbid_unknown_fields=True):
    seq: Seq


class NothingForm(Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object, or no body at all."""


@operation("GET", "/me/unread", {200: Unread})
async def get_unread(app: App, asker: Asker) -> Unread:
    """What waits for one: per group, and per topic with something unread. Counts stop at 1000."""
    return await app.store.read(reading_store.unread, asker.id)


@operation("GET", "/topics/<id:topic_id>/unread", {200: Page[Message]}, query=WaitingQuery)
async def list_unread(app: App, asker: Asker, topic_id: int, query: WaitingQuery) -> Page[Message]:
    """The messages of a topic that wait for one, oldest first: those that the counts count."""
    return await app.store.read(_waiting, asker.id, topic_id, query)


@operation("POST", "/topics/<id:topic_id>/read", {204: None}, body=ReadForm)
async def mark_read(app: App, asker: Asker, topic_id: int, body: ReadForm) -> None:
    """Read a topic up to a message, or all of it."""
    await reading.mark_read(app, asker, topic_id, body.seq)


@operation("POST", "/topics/<id:topic_id>/unread", {204: None}, body=UnreadForm)
async def mark_unread(app: App, asker: Asker, topic_id: int, body: UnreadForm) -> None:
    """Make a message and what follows it unread again."""
    await reading.mark_unread(app, asker, topic_id, body.seq)


@operation("POST", "/groups/<which>/read", {204: None}, body=NothingForm)
async def mark_group_read(app: App, asker: Asker, which: int | str, body: NothingForm) -> None:
    """Read everything in a group."""
    await reading.mark_group_read(app, asker, which)


@operation("POST", "/read", {204: None}, body=NothingForm)
async def mark_all_read(app: App, asker: Asker, body: NothingForm) -> None:
    """Read everything."""
    await reading.mark_all_read(app, asker)


def _waiting(conn: sqlite3.Connection, user_id: int, topic_id: int, query: WaitingQuery) -> Page[Message]:
    """The cursor is the seq of the last message."""
    topics.find_for(conn, user_id, topic_id)
    found = catching_up.unread(conn, user_id, topic_id, after=query.cursor or 0, limit=query.limit + 1)
    return page(found, query.limit, lambda last: last.seq)
