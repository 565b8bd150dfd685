"""Stars in the API: put one on a message, take it away, and find again what has one."""

from __future__ import annotations

from msgspec import Struct

from ...actions import App, stars
from ...store import stars as star_store
from ...words.asker import Asker
from ...words.models import Id, Message
from .door import Limit, Page, operation, page


class StarQuery(Struct, frozen=True):
    limit: Limit = 50
    cursor: Id | None = None


@operation("PUT", "/messages/<id:message_id>/star", {204: None})
async def star_message(app: App, asker: Asker, message_id: int) -> None:
    """Star a message, to find it again. Only oneself knows."""
    await stars.star_message(app, asker, message_id)


@operation("DELETE", "/messages/<id:message_id>/star", {204: None})
async def unstar_message(app: App, asker: Asker, message_id: int) -> None:
    """Take one's star away."""
    await stars.unstar_message(app, asker, message_id)


@operation("GET", "/me/stars", {200: Page[Message]}, query=StarQuery)
async def list_stars(app: App, asker: Asker, query: StarQuery) -> Page[Message]:
    """Messages that one starred and may still read, newest first."""
    found = await app.store.read(star_store.starred, asker.id, before=query.cursor, limit=query.limit + 1)
    return page(found, query.limit, lambda message: message.id)
