"""Topics in the API: list, open, look at."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from ...actions import App, moments, topics
from ...store import groups as group_store
from ...store import topics as topic_store
from ...words.asker import Asker
from ...words.limits import POSTS
from ...words.models import Topic
from .door import Page, Paging, offset_of, operation, page


class NewTopic(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    text: str | None = None


@operation("GET", "/groups/<which>/topics", {200: Page[Topic]}, query=Paging)
async def list_topics(app: App, asker: Asker, which: int | str, query: Paging) -> Page[Topic]:
    """The topics of a group: pinned first, then the latest spoken in."""
    offset = offset_of(query)
    found = await app.store.read(_topics, asker.id, which, offset, query.limit + 1)
    return page(found, query.limit, lambda topic: str(offset + query.limit))


@operation("POST", "/groups/<which>/topics", {201: Topic}, body=NewTopic, rate=POSTS)
async def open_topic(app: App, asker: Asker, which: int | str, body: NewTopic) -> Topic:
    """Open a topic in a group one is in, with its first message if there is a text."""
    return await topics.open_topic(app, asker, which, name=body.name, text=body.text)


@operation("GET", "/topics/<id:topic_id>", {200: Topic})
async def get_topic(app: App, asker: Asker, topic_id: int) -> Topic:
    """One topic."""
    return await app.store.read(topic_store.find_for, asker.id, topic_id)


@operation("POST", "/topics/<id:topic_id>/typing", {204: None})
async def tell_typing(app: App, asker: Asker, topic_id: int) -> None:
    """Tell the members that one is writing something. Nothing is kept of it."""
    await moments.tell_typing(app, asker, topic_id)


def _topics(conn: sqlite3.Connection, user_id: int, which: int | str, offset: int, limit: int) -> list[Topic]:
    group_id = group_store.id_for(conn, user_id, which)
    return topic_store.of_group(conn, user_id, group_id, offset=offset, limit=limit)
