"""The door of the admin pages: closed to all but admins, and then as if there were none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from quart import Response, request

from ....words.asker import Asker
from ....words.errors import NotFound
from ..door import Found, require_person, show_with

P = ParamSpec("P")

# Sentences that a page may greet with after a form was done; the address says which.
NOTICES = {"saved": "Saved.", "erased": "The account is erased.", "deleted": "The group is deleted."}


async def require_administrator() -> Asker:
    """Raises NotSignedIn, and NotFound for those who look after nobody."""
    asker = await require_person()
    if not asker.administers:
        raise NotFound()
    return asker


async def show(
    section: str,
    more: Mapping[str, Any],
    read: Callable[Concatenate[sqlite3.Connection, int, P], Found],
    *args: P.args,
    **options: P.kwargs,
) -> Response:
    """The page of a section, with what *read* finds and *more*. Raises NotSignedIn, NotFound."""
    await require_administrator()
    around = {"here": "admin", "section": section, "notice": NOTICES.get(request.args.get("notice", ""))}
    return await show_with({**around, **more}, f"admin/{section}.html", read, *args, **options)
