"""Import and export in the API, a batch and a page at a time. For the command line through the data folder's own socket."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from ...actions import App, archive
from ...store import archive as archive_store
from ...store import groups as group_store
from ...store.archive import Chosen, Place
from ...words.archive import AnyLine
from ...words.asker import Asker, require_console
from ...words.errors import BadInput, NotFound
from ...words.models import Count
from ..forms import which
from .door import operation

# Lines in one page: some hundred kilobytes, which take some milliseconds to read and to write.
PAGE = 500


class Lines(Struct, frozen=True, forbid_unknown_fields=True):
    lines: list[AnyLine]


class Outcomes(Struct, frozen=True):
    """What came of each line of a batch, in order."""

    outcomes: list[archive.Outcome]


class ExportQuery(Struct, frozen=True):
    groups: Annotated[str, Meta(description="Slugs or ids of groups, with commas; * is all of them.")] = ""
    topics: Annotated[str, Meta(description="Ids of topics, with commas.")] = ""
    cursor: str = ""


class ExportPage(Struct, frozen=True):
    """Lines of an archive and where it goes on; on the first page also how many of all its lines will be messages."""

    items: list[AnyLine]
    next: str | None
    messages: Count | None


@operation("POST", "/admin/import", {200: Outcomes}, body=Lines, console=True)
async def import_lines(app: App, asker: Asker, body: Lines) -> Outcomes:
    """Take a batch of lines in, in one transaction; each line whole or not at all. For the console."""
    return Outcomes(await archive.take_lines(app, asker, body.lines))


@operation("GET", "/admin/export", {200: ExportPage}, query=ExportQuery, console=True)
async def export_lines(app: App, asker: Asker, query: ExportQuery) -> ExportPage:
    """The lines of whole groups with their members, and of single topics, page by page. For the console."""
    require_console(asker)
    found = await app.store.read(_page, query, at=app.now())
    found = replace(found, items=await archive.with_bytes(app, found.items))
    if not query.cursor:
        await archive.note_export(app, asker, groups=query.groups, topics=query.topics)
    return found


def _page(conn: sqlite3.Connection, query: ExportQuery, *, at: int) -> ExportPage:
    first = not query.cursor
    place = archive_store.begin(conn, _chosen(conn, query), at=at) if first else _place(query.cursor)
    lines, following = archive_store.page(conn, place, limit=PAGE)
    messages = archive_store.count_messages(conn, place) if first else None
    return ExportPage(lines, _cursor(following) if following else None, messages)


def _chosen(conn: sqlite3.Connection, query: ExportQuery) -> Chosen:
    """Raises NotFound, BadInput."""
    if query.groups == "*":
        return Chosen(everything=True)
    return Chosen(
        everything=False,
        groups=[_group(conn, text) for text in query.groups.split(",") if text],
        topics=[_topic(conn, text) for text in query.topics.split(",") if text],
    )


def _group(conn: sqlite3.Connection, text: str) -> int:
    try:
        return group_store.find(conn, which(text)).id
    except NotFound:
        raise NotFound(f"There is no group “{text}”.") from None


def _topic(conn: sqlite3.Connection, text: str) -> int:
    number = which(text)
    if not isinstance(number, int):
        raise BadInput("topics", f"“{text}” is not the id of a topic")
    if not archive_store.is_exportable(conn, number):
        raise NotFound(f"There is no topic {number} to export.")
    return number


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(cursor: str) -> Place:
    """Raises BadInput."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor), type=Place)
    except ValueError:  # that of base64 and those of JSON
        raise BadInput("cursor", "is not one that this list gave") from None
