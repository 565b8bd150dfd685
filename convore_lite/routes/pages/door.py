"""The door of the pages: who asks, one read, one template; a form, one action, and on to the next page."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from quart import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict

from ...actions.saved_searches import count_new
from ...words.asker import Asker
from ...words.errors import BadInput, Forbidden
from ...words.events import event_id
from ..context import the_app
from ..gate import body_is_here
from ..sessions import require_asker
from . import templates
from .frame import Frame, read_frame

P = ParamSpec("P")
Found = dict[str, Any]

# Sentences that a page may greet with after a form was done; the address says which.
NOTICES = {
    "saved": "Saved.",
    "password": "Your password is changed. Other devices are signed out.",
    "picture": "This is your picture now.",
    "no-picture": "Your picture is gone.",
    "signed-out": "That device is signed out.",
    "signed-out-elsewhere": "All other devices are signed out.",
    "revoked": "The token does not work any more.",
    "draft": "Your draft is kept, here and on your other devices.",
    "no-draft": "The draft is gone.",
    "scheduled": "It will be sent at its time.",
    "not-sent": "It will not be sent.",
}

blueprint = Blueprint("pages", __name__)


async def show(
    template: str,
    read: Callable[Concatenate[sqlite3.Connection, int, P], Found],
    *args: P.args,
    **options: P.kwargs,
) -> Response:
    """A page for somebody signed in. *read* is given a snapshot and their id, and finds what the template tells."""
    return await show_with({}, template, read, *args, **options)


async def show_with(
    more: Mapping[str, Any],
    template: str,
    read: Callable[Concatenate[sqlite3.Connection, int, P], Found],
    *args: P.args,
    **options: P.kwargs,
) -> Response:
    """The same with *more* values, such as what was wrong with a form; "status" is the answer's status code."""
    asker = await require_person()
    here = online_now(asker)

    def read_all(conn: sqlite3.Connection) -> tuple[Found, Frame]:
        found = read(conn, asker.id, *args, **options)
        return found, read_frame(conn, asker.id, here, found.get("topic"))

    found, frame = await the_app().store.read(read_all)
    values = {"notice": NOTICES.get(request.args.get("notice", "")), **found, **more}
    followed = await count_new(the_app(), asker, frame.saved)
    around = {
        "me": frame.me,
        "rail": frame.rail,
        "followed": followed,
        # What was said a moment ago may not be counted yet.
        "counted_late": the_app().index.standing.event < frame.at or any(one.new is None for one in followed),
        "theme": frame.theme,
        "hides_previews": frame.hides_previews,
        "here_now": here,
    }
    at = event_id(the_app().store.epoch, frame.at)
    return templates.page(template, values.pop("status", 200), live_at=at, **around, **values)


def online_now(asker: Asker) -> frozenset[int]:
    """Everybody who is online; whoever asks is, although the stream of their page has not begun yet."""
    return the_app().presence.here | {asker.id}


async def require_person() -> Asker:
    """Raises NotSignedIn, and Forbidden for the console, which is nobody in particular."""
    asker = await require_asker()
    if asker.via == "console":
        raise Forbidden("The console has no pages.")
    return asker


async def filled_in() -> MultiDict[str, str]:
    """The form that was sent."""
    form = await request.form
    await body_is_here()
    return form


async def fields(*names: str) -> dict[str, str]:
    """The fields of a form as it was filled in. Browsers send a line end of a text as CR LF; we keep LF."""
    form = await filled_in()
    return {name: str(form.get(name, "")).replace("\r\n", "\n") for name in names}


def ids_in(form: MultiDict[str, str], name: str) -> list[int]:
    """The ids in a field that may be there several times; what is none is left out."""
    return [int(text) for text in form.getlist(name) if text.isascii() and text.isdigit() and len(text) < 16]


def is_number(text: str) -> bool:
    """Whether a hidden field of a form holds what its page put there."""
    return text.isascii() and text.isdigit() and len(text) < 16


def problems_of(error: BadInput) -> dict[str, str]:
    """What is wrong with a form, by field."""
    sentence = error.message[:1].upper() + error.message[1:]
    return {error.field: sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."}


def go(address: str) -> Response:
    """On to another page of ours, after a form (303: it is fetched with GET)."""
    return redirect(address, 303)  # type: ignore[return-value]


def whole_address(path: str) -> str:
    """A path of ours as it can be pasted somewhere else."""
    base = the_app().settings.base_url or request.host_url
    return base.rstrip("/") + path


def own_path(text: str, otherwise: str = "/") -> str:
    """A path of ours that a form or an address named, or *otherwise*: never another site's."""
    # Browsers read a backslash as a slash, and leave out tabs and line ends before they look for a second slash.
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if plain and all(character > " " for character in text) else otherwise
