"""The gate in front of every page and operation: where a request comes from, who sent it, and whether that is not too often.

Rule: nothing of a request's body is read before it came through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from quart import current_app, request

from ..words.asker import Asker
from ..words.errors import NotSignedIn
from ..words.limits import CHANGES, READS, Rate
from . import health, static
from .context import the_app
from .sessions import SAFE_METHODS, address_of, this_asker

View = TypeVar("View", bound=Callable[..., Any])

# What supervises the server, and built files that a browser asks for once: neither costs anything.
UNCOUNTED = frozenset({health.blueprint.name, static.blueprint.name})
# The limits of the views that do not have the usual one.
RATES: dict[Callable[..., Any], Rate] = {}


def rated(rate: Rate) -> Callable[[View], View]:
    """What comes to this view spends *rate*, instead of what is usual for its method."""

    def note(view: View) -> View:
        RATES[view] = rate
        return view

    return note


async def admit() -> None:
    """Let the request at hand through. Raises NotSignedIn, Forbidden, TooMany."""
    if request.url_rule is None or request.blueprint in UNCOUNTED:
        return
    is_safe = request.method in SAFE_METHODS
    rate = RATES.get(current_app.view_functions[request.endpoint or ""], READS if is_safe else CHANGES)
    try:
        asker = await this_asker()
    except NotSignedIn:
        _spend(rate, None)
        raise
    if asker is None or asker.via != "console":
        _spend(rate, asker)
    if asker is None and not is_safe and not rate.by_address:
        raise NotSignedIn()


def _spend(rate: Rate, asker: Asker | None) -> None:
    whose = asker.id if asker and not rate.by_address else address_of(request.scope)
    the_app().rates.spend(rate, whose)
