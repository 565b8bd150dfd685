"""What is not sent yet: its page, and the form that keeps a draft without script."""

from __future__ import annotations

import sqlite3

from msgspec import Struct
from quart import Response

from ...actions import drafts
from ...store import drafts as draft_store
from ...store import groups, topics
from ...store import scheduled as scheduled_store
from ...store.drafts import Written
from ...words.errors import DraftBehind
from ...words.limits import DRAFTS
from ...words.models import Draft, Group, Scheduled, Topic
from ..context import the_app
from ..gate import rated
from ..uploads import sent_files, takes_files
from .addresses import find_topic
from .door import Found, blueprint, fields, filled_in, go, ids_in, is_number, require_person, show

# More than this is no longer looked through one by one.
MOST = 50


class DraftEntry(Struct, frozen=True):
    draft: Draft
    topic: Topic
    group: Group


class ScheduledEntry(Struct, frozen=True):
    """*topic* and *group* are None where their writer cannot see them any more."""

    message: Scheduled
    topic: Topic | None
    group: Group | None


@blueprint.get("/drafts/")
async def drafts_page() -> Response:
    return await show("drafts.html", read_unsent)


@blueprint.post("/<which>/<slug>/draft/")
@rated(DRAFTS)
@takes_files()
async def save_draft(which: str, slug: str) -> Response:
    """Keep the form of somebody without script; nothing in it throws the draft away. What another device wrote stands below it."""
    app, asker = the_app(), await require_person()
    _, topic = await app.store.read(find_topic, asker.id, which, slug)
    sent_files()  # raises what they were refused for
    written, revision = await composed(), await revision_of_form()
    try:
        await drafts.save_draft(app, asker, topic.id, written, revision=revision)
    except DraftBehind as behind:
        await drafts.save_draft(app, asker, topic.id, _both(written, behind.draft), revision=behind.draft.revision)
    return go("/drafts/?notice=draft" if written.text or written.file_ids else "/drafts/?notice=no-draft")


async def composed() -> Written:
    """What stands in the form of the composer."""
    values = await fields("text", "reply_to")
    reply = int(values["reply_to"]) if is_number(values["reply_to"]) else None
    return Written(values["text"], reply, tuple(ids_in(await filled_in(), "file_ids")))


async def revision_of_form() -> int:
    revision = (await fields("revision"))["revision"]
    return int(revision) if is_number(revision) else 0


def _both(written: Written, there: Draft) -> Written:
    """Two texts in one draft: nothing of either is lost. As long as they are, they may be too long for one (TooLarge)."""
    text = "\n\n".join(text for text in (written.text, there.text) if text)
    return Written(text, written.reply_to or there.reply_to, tuple(dict.fromkeys((*written.file_ids, *there.file_ids))))


def read_unsent(conn: sqlite3.Connection, user_id: int) -> Found:
    written = [
        DraftEntry(draft, topic, group)
        for draft in draft_store.of_user(conn, user_id, limit=MOST)
        for group, topic in [place_of(conn, user_id, draft.topic_id)]
    ]
    waiting = [_entry(conn, user_id, message) for message in scheduled_store.of_user(conn, user_id)]
    return {"here": "drafts", "drafts": written, "scheduled": waiting}


def _entry(conn: sqlite3.Connection, user_id: int, message: Scheduled) -> ScheduledEntry:
    if message.topic_id is None:
        return ScheduledEntry(message, None, None)
    group, topic = place_of(conn, user_id, message.topic_id)
    return ScheduledEntry(message, topic, group)


def place_of(conn: sqlite3.Connection, user_id: int, topic_id: int) -> tuple[Group, Topic]:
    topic = topics.find_for(conn, user_id, topic_id)
    return groups.find_for(conn, user_id, topic.group_id), topic
