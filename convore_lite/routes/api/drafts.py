"""Drafts in the API: what one is writing, the same on all devices."""

from __future__ import annotations

from msgspec import Struct

from ...actions import App, drafts
from ...store import drafts as draft_store
from ...store.drafts import Written
from ...words.asker import Asker
from ...words.limits import DRAFTS
from ...words.models import Count, Draft, Id
from .door import Page, Paging, offset_of, operation, page


class DraftForm(Struct, frozen=True, forbid_unknown_fields=True):
    """*revision* is that of the draft in whose place this one goes; 0 where there was none."""

    text: str
    revision: Count = 0
    reply_to: Id | None = None
    file_ids: list[Id] = []


class RevisionQuery(Struct, frozen=True):
    revision: Count | None = None


@operation("GET", "/me/drafts", {200: Page[Draft]}, query=Paging)
async def list_drafts(app: App, asker: Asker, query: Paging) -> Page[Draft]:
    """What one has begun to write, in topics where one may write, the latest first."""
    offset = offset_of(query)
    found = await app.store.read(draft_store.of_user, asker.id, offset=offset, limit=query.limit + 1)
    return page(found, query.limit, lambda last: str(offset + query.limit))


@operation("GET", "/topics/<id:topic_id>/draft", {200: Draft})
async def get_draft(app: App, asker: Asker, topic_id: int) -> Draft:
    """What one is writing in a topic. Where nothing was ever written it is empty, with the revision 0."""
    return await app.store.read(drafts.read_draft, asker.id, topic_id)


@operation("PUT", "/topics/<id:topic_id>/draft", {200: Draft}, body=DraftForm, rate=DRAFTS)
async def save_draft(app: App, asker: Asker, topic_id: int, body: DraftForm) -> Draft:
    """Keep what one is writing. Where another device was quicker the answer is 409, with what it wrote as draft."""
    written = Written(body.text, body.reply_to, tuple(body.file_ids))
    return await drafts.save_draft(app, asker, topic_id, written, revision=body.revision)


@operation("DELETE", "/topics/<id:topic_id>/draft", {204: None}, query=RevisionQuery, rate=DRAFTS)
async def discard_draft(app: App, asker: Asker, topic_id: int, query: RevisionQuery) -> None:
    """Throw a draft away; with a revision, only if it is still that one."""
    await drafts.discard_draft(app, asker, topic_id, revision=query.revision)
