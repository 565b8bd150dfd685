"""The form on the page of search that follows it, says that one has looked, and follows it no more."""

from __future__ import annotations

from urllib.parse import urlencode

from quart import Response

from ...actions import saved_searches
from ...store import saved_searches as search_store
from ..context import the_app
from ..zones import zone_named
from .door import blueprint, fields, go, is_number, require_person


@blueprint.post("/search/follow/")
async def follow() -> Response:
    app, asker = the_app(), await require_person()
    form = await fields("q", "zone", "following", "seen")
    there = await app.store.read(search_store.find_query, asker.id, saved_searches.one_spelling(form["q"]))
    if form["following"] == "no":
        if there:
            await saved_searches.unsave_search(app, asker, there.id)
    elif there is None:
        await saved_searches.save_search(app, asker, form["q"], zone_named(form["zone"] or "UTC"))
    elif is_number(form["seen"]):
        await saved_searches.see_search(app, asker, there.id, int(form["seen"]))
    return go(newest_first(form["q"], form["zone"]))


def newest_first(query: str, zone: str) -> str:
    """Where a followed search leads: to what is new in it."""
    return "/search/?" + urlencode(
        {"q": query, "sort": "newest", **({"zone": zone} if zone not in ("", "UTC") else {})}
    )
