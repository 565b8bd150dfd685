"""Keep what somebody is writing, so that they can go on with it on another device. No text is ever written over unseen."""

from __future__ import annotations

import sqlite3

from ..store import Writer, drafts, files, log, memberships, messages, topics
from ..store.drafts import NOTHING, Written
from ..words.asker import Asker
from ..words.errors import BadInput, DraftBehind, TooLarge
from ..words.events import DraftChanged
from ..words.models import MAX_TEXT_BYTES, MOST_FILES, Draft
from . import App


async def save_draft(app: App, asker: Asker, topic_id: int, written: Written, *, revision: int) -> Draft:
    """Keep a draft in the place of the one with that *revision* (0: there was none).

    Raises NotFound, Forbidden (not a member), BadInput, TooLarge, and DraftBehind with what is there, where that is another one.
    """
    check_size(written.text)
    if len(written.file_ids) > MOST_FILES or len(set(written.file_ids)) < len(written.file_ids):
        raise BadInput("file_ids", f"at most {MOST_FILES} files, each once")
    return await app.write(asker, _save, asker.id, topic_id, written, revision, at=app.now())


async def discard_draft(app: App, asker: Asker, topic_id: int, *, revision: int | None = None) -> None:
    """Throw a draft away; with a *revision*, only that one. Raises NotFound, Forbidden, DraftBehind."""
    await app.write(asker, _discard, asker.id, topic_id, revision, at=app.now())


def read_draft(conn: sqlite3.Connection, user_id: int, topic_id: int) -> Draft:
    """What one is writing in a topic. Raises NotFound."""
    topics.find_for(conn, user_id, topic_id)
    return drafts.find(conn, user_id, topic_id)


def check_size(text: str) -> None:
    """Raises TooLarge."""
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLarge(f"A draft holds at most {MAX_TEXT_BYTES // 1024} KiB of text, as a message does.")


def put_draft(conn: Writer, user_id: int, topic_id: int, written: Written, *, at: int) -> Draft:
    """Write over the draft that is there, and tell its writer's other tabs and devices."""
    draft = drafts.put(conn, user_id, topic_id, written, at=at)
    fact = DraftChanged(topic_id, draft.revision, empty=not draft.holds)
    log.tell(conn, fact, at=at, user_id=user_id, topic_id=topic_id)
    return draft


def take_sent(conn: Writer, user_id: int, draft: Draft, sent: Written, revision: int | None, *, at: int) -> None:
    """A message was posted, before which this *draft* was there: it goes if it has that revision, or the message begins with it."""
    begins = sent.text.lstrip().startswith(draft.text.strip()) and set(draft.file_ids) <= set(sent.file_ids)
    if not NOTHING.is_in(draft) and (draft.revision == revision or begins):
        put_draft(conn, user_id, draft.topic_id, NOTHING, at=at)


def _save(conn: Writer, user_id: int, topic_id: int, written: Written, revision: int, *, at: int) -> Draft:
    there = _find_to_write(conn, user_id, topic_id)
    if written.reply_to is not None and not messages.is_in_topic(conn, written.reply_to, topic_id):
        raise BadInput("reply_to", "is no message of this topic")
    files.check_unposted(conn, user_id, written.file_ids)
    if written.is_in(there):
        return there
    if there.revision != revision:
        raise DraftBehind(there)
    return put_draft(conn, user_id, topic_id, written, at=at)


def _discard(conn: Writer, user_id: int, topic_id: int, revision: int | None, *, at: int) -> None:
    there = _find_to_write(conn, user_id, topic_id)
    if NOTHING.is_in(there):
        return
    if revision is not None and there.revision != revision:
        raise DraftBehind(there)
    put_draft(conn, user_id, topic_id, NOTHING, at=at)


def _find_to_write(conn: Writer, user_id: int, topic_id: int) -> Draft:
    """Raises NotFound, Forbidden (not a member)."""
    memberships.require(conn, topics.find_for(conn, user_id, topic_id).group_id, user_id)
    return drafts.find(conn, user_id, topic_id)
