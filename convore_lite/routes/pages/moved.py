"""Old addresses: a group that has a new one is found there, by whoever may read it."""

from __future__ import annotations

from urllib.parse import quote

from quart import Response, redirect, request

from ...store import groups
from ...words.errors import NotFound
from ..context import the_app
from ..sessions import this_asker
from .door import blueprint
from .refused import problem_page


@blueprint.errorhandler(NotFound)
async def not_found(error: NotFound) -> Response:
    """Nothing is here. Was it once? A redirect (308: a form stays a form) keeps the rest of the address."""
    address = await _new_address()
    if address is None:
        return await problem_page(404, error)
    return redirect(address, 308)  # type: ignore[return-value]


async def _new_address() -> str | None:
    asker, slug = await this_asker(), str((request.view_args or {}).get("which", "")).lower()
    if asker is None or not slug:
        return None
    # No group ever had an address of digits alone, so a number that names nothing finds nothing here either.
    group = await the_app().store.read(groups.moved_from, asker.id, slug)
    if group is None or group.slug == slug:
        return None
    rest = request.full_path.rstrip("?").split("/", 2)[2]
    return f"/{quote(group.slug)}/{rest}"
