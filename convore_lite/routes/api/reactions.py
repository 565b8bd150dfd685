"""Reactions in the API: put an emoji to a message, take it back, and see who did."""

from __future__ import annotations

import sqlite3

from ...actions import App, reactions
from ...store import messages as message_store
from ...store import reactions as reaction_store
from ...words.asker import Asker
from ...words.emoji import one_emoji
from ...words.models import Reacted
from .door import Page, Paging, offset_of, operation, page


class ReactionQuery(Paging, frozen=True):
    emoji: str | None = None


@operation("GET", "/messages/<id:message_id>/reactions", {200: Page[Reacted]}, query=ReactionQuery)
async def list_reactions(app: App, asker: Asker, message_id: int, query: ReactionQuery) -> Page[Reacted]:
    """Who reacted to a message, in the order in which they did; with emoji, who did so with that one."""
    emoji = one_emoji(query.emoji) if query.emoji is not None else None
    offset = offset_of(query)
    found = await app.store.read(_people, asker.id, message_id, emoji, offset, query.limit + 1)
    return page(found, query.limit, lambda one: str(offset + query.limit))


@operation("PUT", "/messages/<id:message_id>/reactions/<emoji>", {204: None})
async def add_reaction(app: App, asker: Asker, message_id: int, emoji: str) -> None:
    """React to a message, with an emoji or the name of one (`thumbsup`)."""
    await reactions.add_reaction(app, asker, message_id, emoji.lower())


@operation("DELETE", "/messages/<id:message_id>/reactions/<emoji>", {204: None})
async def remove_reaction(app: App, asker: Asker, message_id: int, emoji: str) -> None:
    """Take one's reaction back."""
    await reactions.remove_reaction(app, asker, message_id, emoji.lower())


def _people(
    conn: sqlite3.Connection, user_id: int, message_id: int, emoji: str | None, offset: int, limit: int
) -> list[Reacted]:
    message = message_store.find_for(conn, user_id, message_id)
    return reaction_store.people_for(conn, user_id, message.id, emoji, offset=offset, limit=limit)
