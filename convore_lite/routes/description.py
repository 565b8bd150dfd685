"""The API describes itself: to programs as an OpenAPI document, to people as a page. Both are open to everyone."""

from __future__ import annotations

import functools
from itertools import groupby

import msgspec
from quart import Blueprint, Response

from . import openapi
from .api import OPERATIONS
from .api.door import BASE, Operation
from .live import PATH as LIVE
from .pages.templates import page

blueprint = Blueprint("description", __name__)


@blueprint.get(f"{BASE}/openapi.json")
async def document() -> Response:
    response = Response(_document(), mimetype="application/json")
    response.headers["cache-control"] = "no-cache"
    return response


@blueprint.get("/api/")
async def readable() -> Response:
    return page("api.html", chapters=_chapters(), base=BASE, live=LIVE)


@functools.cache
def _document() -> bytes:
    return msgspec.json.encode(openapi.document())


@functools.cache
def _chapters() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """(noun, [(method, path, summary)]), in the order of the document."""
    by_noun = sorted(OPERATIONS, key=_noun)
    return [
        (noun, [(o.method, openapi.shown_path(o), o.summary) for o in group]) for noun, group in groupby(by_noun, _noun)
    ]


def _noun(operation: Operation) -> str:
    return operation.path.split("/")[1]
