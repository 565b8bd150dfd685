"""The door of the JSON API: an operation says what it takes and gives, and is checked, done, encoded and described by that."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, cast

import msgspec
from msgspec import Meta, Struct
from quart import Blueprint, Response, request

from ...actions import App
from ...words.asker import Asker
from ...words.errors import BadInput, Forbidden, NotSignedIn
from ...words.limits import Rate
from .. import forms
from ..context import the_app
from ..gate import body_is_here, rated
from ..sessions import this_asker
from ..uploads import takes_files

T = TypeVar("T")
Handler = Callable[..., Awaitable[Any]]

BASE = "/api/v1"
MAX_LIMIT = 200

Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]


class Page(Struct, Generic[T], frozen=True):
    """A list, and where it goes on: the cursor of the next page, or null."""

    items: list[T]
    next: str | int | None


class Paging(Struct, frozen=True):
    limit: Limit = 50
    cursor: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer that needs more than its default status."""

    body: Any
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One route: everything the OpenAPI document says about it."""

    method: str
    path: str
    name: str
    summary: str
    answers: Mapping[int, Any]
    body: type[Struct] | None
    query: type[Struct] | None
    public: bool
    console: bool
    picture: bool
    upload: bool


OPERATIONS: list[Operation] = []
# Places in a path for a group or a person.
EITHER = ("which", "who")

blueprint = Blueprint("api", __name__, url_prefix=BASE)


def operation(
    method: str,
    path: str,
    answers: Mapping[int, Any],
    *,
    body: type[Struct] | None = None,
    query: type[Struct] | None = None,
    public: bool = False,
    console: bool = False,
    picture: bool = False,
    upload: bool = False,
    rate: Rate | None = None,
) -> Callable[[Handler], Handler]:
    """Make *handler* answer METHOD path. It is called with the App, who asks (unless *public*), and its own of path, body, query.

    With *console* it also answers the command line, which comes through the data folder's own socket and is no user.
    With *picture* the handler takes a picture out of the body itself; with *upload* one file was taken out of it (`uploads`).
    What calls it spends *rate*, or what is usual for its method (`words.limits`). All of `gate` is behind it by then.

    The first status of *answers* is the usual one. In *path*, ``<id:…>`` is an id, and each of EITHER an id or a name.
    """

    def register(handler: Handler) -> Handler:
        summary = (handler.__doc__ or "").strip().splitlines()[0]
        OPERATIONS.append(
            Operation(method, path, handler.__name__, summary, answers, body, query, public, console, picture, upload)
        )

        @functools.wraps(handler)
        async def answer(**path_values: Any) -> Response:
            app = the_app()
            values = {name: forms.which(value) if name in EITHER else value for name, value in path_values.items()}
            if not public:
                await _signed_in(console=console)  # a body is read of nobody unknown
            if query is not None:
                values["query"] = forms.convert(request.args, query)
            if body is not None:
                values["body"] = forms.decode(cast(bytes, await request.get_data()), request.content_type or "", body)
                await body_is_here()
            if not public:
                values["asker"] = await _signed_in(console=console)
            result = await handler(app, **values)
            return encoded(result, next(iter(answers)))

        if rate is not None:
            rated(rate)(answer)
        if upload:
            takes_files(most=1)(answer)
        blueprint.add_url_rule(path, endpoint=handler.__name__, view_func=answer, methods=[method])
        return handler

    return register


def encoded(result: Any, usual: int) -> Response:
    """What a handler gave, as JSON with its usual status; a Response is one already."""
    if isinstance(result, Response):
        return result
    given = result if isinstance(result, Answer) else Answer(result, usual)
    content = b"" if given.body is None else msgspec.json.encode(given.body)
    response = Response(content, given.status, mimetype="application/json" if content else None)
    response.headers.update({"cache-control": "no-store", **given.headers})
    return response


def page(items: list[T], limit: int, cursor: Callable[[T], str | int]) -> Page[T]:
    """A page of *items*, which are one more than *limit* where there is a next page."""
    return Page(items[:limit], cursor(items[limit - 1]) if len(items) > limit else None)


def part(items: list[T], query: Paging) -> Page[T]:
    """A page of a list that is there as a whole. Raises BadInput."""
    offset = offset_of(query)
    return page(items[offset : offset + query.limit + 1], query.limit, lambda last: str(offset + query.limit))


def offset_of(query: Paging) -> int:
    """The place in a list that is ordered by something that changes. Raises BadInput."""
    if not query.cursor:
        return 0
    if not query.cursor.isascii() or not query.cursor.isdigit() or len(query.cursor) > 9:
        raise BadInput("cursor", "is not one that this list gave")
    return int(query.cursor)


async def _signed_in(*, console: bool) -> Asker:
    asker = await this_asker()
    if asker is None:
        raise NotSignedIn()
    if asker.via == "console" and not console:
        raise Forbidden("The console is nobody in particular. Sign in as somebody for that.")
    return asker


__all__ = [
    "App",
    "Answer",
    "Limit",
    "Operation",
    "Page",
    "Paging",
    "blueprint",
    "encoded",
    "offset_of",
    "operation",
    "page",
    "part",
]
