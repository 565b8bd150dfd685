"""Saved searches in the API: follow a search, see how much of it is new, and follow it no more."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ...actions import App, saved_searches
from ...words.asker import Asker
from ...words.models import Id, SavedSearch
from ...words.search.parser import MOST_CHARACTERS
from ..zones import zone_named
from .door import operation


class SavedSearches(Struct, frozen=True):
    items: list[SavedSearch]


class SearchForm(Struct, frozen=True, forbid_unknown_fields=True):
    query: Annotated[str, Meta(max_length=MOST_CHARACTERS)]
    zone: Annotated[str, Meta(description="the time zone in which a day begins, such as Europe/Berlin")] = "UTC"


class SeenForm(Struct, frozen=True, forbid_unknown_fields=True):
    message_id: Id


@operation("GET", "/me/searches", {200: SavedSearches})
async def list_saved_searches(app: App, asker: Asker) -> SavedSearches:
    """The searches that one follows, each with how many messages by others are new in it."""
    return SavedSearches(await saved_searches.list_saved(app, asker))


@operation("POST", "/me/searches", {201: SavedSearch}, body=SearchForm)
async def save_search(app: App, asker: Asker, body: SearchForm) -> SavedSearch:
    """Follow a search: at most 20. One that one follows already stays as it is."""
    return await saved_searches.save_search(app, asker, body.query, zone_named(body.zone))


@operation("PUT", "/me/searches/<id:search_id>/seen", {204: None}, body=SeenForm)
async def see_saved_search(app: App, asker: Asker, search_id: int, body: SeenForm) -> None:
    """Say that one has looked at a followed search, up to a message."""
    await saved_searches.see_search(app, asker, search_id, body.message_id)


@operation("DELETE", "/me/searches/<id:search_id>", {204: None})
async def unsave_search(app: App, asker: Asker, search_id: int) -> None:
    """Follow a search no more."""
    await saved_searches.unsave_search(app, asker, search_id)
