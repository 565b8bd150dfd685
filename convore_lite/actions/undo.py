"""Undo: take a message back that one has just sent, and go on writing it. Nobody is shown that it was there.

It is posted at once, because the others wait for it, and taken back, rather than held back for a while. Its words, its files
and what it answered go into its author's draft in the same transaction: at no moment are they nowhere.
"""

from __future__ import annotations

from ..store import Writer, drafts, files, memberships, messages, topics
from ..store.drafts import Written
from ..words.asker import Asker
from ..words.errors import Conflict, Forbidden
from ..words.models import MAX_TEXT_BYTES, MOST_FILES, Draft, Message, time_value
from . import App
from .drafts import put_draft
from .editing import take_back

# So long pages offer it, in milliseconds (web/src/undo.ts says the same), and so long it is done: as much again for a slow network
# and a slow hand. Later it would be a deletion in disguise.
OFFERED = 5_000
WITHIN = 10_000


async def undo_message(app: App, asker: Asker, message_id: int) -> tuple[Message, Draft]:
    """Take back one's own message; what it was, and the draft in which it is now, before what one wrote since.

    Raises NotFound, Forbidden (somebody else's; not a member), Conflict (too late, deleted, edited, too long beside the draft).
    """
    return await app.write(asker, _undo, asker.id, message_id, at=app.now())


def _undo(conn: Writer, user_id: int, message_id: int, *, at: int) -> tuple[Message, Draft]:
    message = messages.find_for(conn, user_id, message_id)
    if message.author.id != user_id:
        raise Forbidden("Only its author can take a message back.")
    memberships.require(conn, message.group_id, user_id)
    if message.deleted:
        raise Conflict("This message was deleted.")
    if message.edited_at is not None:
        raise Conflict("This message was edited since. You can still delete it.")
    # A clock that was set back in between does not make it last longer than that.
    if not 0 <= at - time_value(message.created_at) <= WITHIN:
        raise Conflict("It is too late to undo this. You can still delete it.")
    written = _before(message, drafts.find(conn, user_id, message.topic_id))
    files.detach(conn, message_id)
    take_back(conn, message, at=at, undone=True)
    topics.settle_last(conn, message.topic_id)
    return message, put_draft(conn, user_id, message.topic_id, written, at=at)


def _before(message: Message, draft: Draft) -> Written:
    """Both in one draft. Raises Conflict where they are too much for one."""
    text = "\n\n".join(text for text in (message.text, draft.text) if text)
    file_ids = (*[file.id for file in message.files], *draft.file_ids)
    if len(text.encode()) > MAX_TEXT_BYTES or len(file_ids) > MOST_FILES:
        raise Conflict("There is no room for it beside what you have written since.")
    return Written(text, message.reply_to if message.reply_to is not None else draft.reply_to, file_ids)
