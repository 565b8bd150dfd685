"""The gate in front of every page and operation: where a request comes from, who sent it, whether that is not too often, and whose
turn it is.

Rule: nothing of a request's body is read before it came through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from quart import current_app, request

from ..words.asker import Asker
from ..words.errors import Forbidden, NotSignedIn
from ..words.limits import CHANGES, READS, Rate
from . import health, static
from .context import the_app
from .sessions import SAFE_METHODS, address_of, look_again, this_asker
from .turns import turn_of

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
    """Let the request at hand through. Raises NotSignedIn, Forbidden, TooMany.

    One with a body has its turn when that is here (`body_is_here`): who sends slowly waits for nobody, and nobody for them.
    """
    if request.blueprint in UNCOUNTED:
        return
    if request.url_rule is None:
        await _admit_to_nothing()
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
    if is_safe:
        await _wait_turn(asker)


async def body_is_here() -> None:
    """Go on with what was sent, in turn. Who sent it is looked up anew: their key may have been taken away meanwhile."""
    look_again()
    await _wait_turn(await this_asker())


async def _admit_to_nothing() -> None:
    """An address that there is not counts as a read of it, and is answered alike to everybody."""
    try:
        asker = await this_asker()
    except NotSignedIn:
        asker = None
    except Forbidden:  # another site made a browser ask; that spends nothing of its owner's
        return
    if asker is None or asker.via != "console":
        _spend(READS, asker)
    await _wait_turn(asker)


async def _wait_turn(asker: Asker | None) -> None:
    if asker is not None and asker.via != "console":
        await turn_of(request.scope).wait(asker.id)


def _spend(rate: Rate, asker: Asker | None) -> None:
    whose = asker.id if asker and not rate.by_address else address_of(request.scope)
    the_app().rates.spend(rate, whose)
