"""Reading in the API: what is unread, and marking things read and unread."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ...actions import App, reading
from ...store import reading as reading_store
from ...words.asker import Asker
from ...words.models import Unread
from .door import operation

Seq = Annotated[int, Meta(ge=1, lt=2**53)]


class ReadForm(Struct, frozen=True, forbid_unknown_fields=True):
    seq: Seq | None = None


class UnreadForm(Struct, frozen=True, forbid_unknown_fields=True):
    seq: Seq


class NothingForm(Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object, or no body at all."""


@operation("GET", "/me/unread", {200: Unread})
async def get_unread(app: App, asker: Asker) -> Unread:
    """What waits for one: per group, and per topic with something unread. Counts stop at 1000."""
    return await app.store.read(reading_store.unread, asker.id)


@operation("POST", "/topics/<id:topic_id>/read", {204: None}, body=ReadForm)
async def mark_read(app: App, asker: Asker, topic_id: int, body: ReadForm) -> None:
    """Read a topic up to a message, or all of it."""
    await reading.mark_read(app, asker, topic_id, body.seq)


@operation("POST", "/topics/<id:topic_id>/unread", {204: None}, body=UnreadForm)
async def mark_unread(app: App, asker: Asker, topic_id: int, body: UnreadForm) -> None:
    """Make a message and what follows it unread again."""
    await reading.mark_unread(app, asker, topic_id, body.seq)


@operation("POST", "/groups/<which>/read", {204: None}, body=NothingForm)
async def mark_group_read(app: App, asker: Asker, which: int | str, body: NothingForm) -> None:
    """Read everything in a group."""
    await reading.mark_group_read(app, asker, which)


@operation("POST", "/read", {204: None}, body=NothingForm)
async def mark_all_read(app: App, asker: Asker, body: NothingForm) -> None:
    """Read everything."""
    await reading.mark_all_read(app, asker)
