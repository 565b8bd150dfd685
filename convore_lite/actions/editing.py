"""Edit and delete messages. What a message said before it was edited can be read on; of a deleted one only its place stays."""

from __future__ import annotations

from contextlib import suppress

from ..store import Writer, audit, log, memberships, messages, previews, topics
from ..words.asker import Asker
from ..words.errors import Conflict, DiskFull, Forbidden, Unavailable
from ..words.events import MessageDeleted, MessageEdited
from ..words.links import to_preview
from ..words.markup import Draft
from ..words.models import Message
from . import App
from .files import clear_loose
from .mentions import Named, named_by, tell_mentioned
from .post import check_may_post, check_text, draft_of


async def edit_message(app: App, asker: Asker, message_id: int, *, text: str) -> Message:
    """Let one's own message say something else.

    Raises NotFound, Forbidden (somebody else's; not a member; the topic is locked), Conflict (deleted), BadInput, TooLarge.
    """
    # What is not there is not worth reading a long text.
    message = await app.store.read(messages.find_for, asker.id, message_id)
    check_text(text, may_be_empty=bool(message.files))
    draft = await draft_of(app, asker, text, topic_id=message.topic_id)
    return await app.write(asker, _edit, asker, message_id, draft, named_by(app, draft), at=app.now())


async def delete_message(app: App, asker: Asker, message_id: int) -> None:
    """Delete one's own message, or as an admin of its group anybody's; once is enough. Raises NotFound, Forbidden.

    When this returns, its files are gone from the disk.
    """
    await app.write(asker, _delete, asker, message_id, at=app.now())
    with suppress(DiskFull, Unavailable):  # it is deleted; bytes that nobody can read wait for the next hour
        await clear_loose(app)


def take_back(conn: Writer, message: Message, *, at: int, undone: bool = False) -> None:
    """Leave nothing of a message but its place: neither here nor in the log. Tells its group.

    Pages do not show the place of one *undone*.
    """
    messages.take_back(conn, message.id, undone=undone)
    log.blank_messages(conn, [message.id])
    fact = MessageDeleted(message.id, message.topic_id, message.group_id, message.seq, undone)
    # Not to those who ignore its author: they have never heard of it.
    log.tell(conn, fact, at=at, group_id=message.group_id, topic_id=message.topic_id, actor_id=message.author.id)


def _edit(conn: Writer, asker: Asker, message_id: int, draft: Draft, named: Named, *, at: int) -> Message:
    message = messages.find_for(conn, asker.id, message_id)
    if message.author.id != asker.id:
        raise Forbidden("Only its author can edit a message.")
    check_may_post(conn, asker, topics.find_for(conn, asker.id, message.topic_id))
    if message.deleted:
        raise Conflict("This message was deleted.")
    if message.text == draft.text:
        return message
    messages.edit(conn, message_id, draft.text, draft.nodes, draft.html, at=at)
    previews.keep_only(conn, message_id, to_preview(draft.nodes))
    edited = messages.bare(conn, message_id)
    log.tell(
        conn,
        MessageEdited(edited),
        at=at,
        group_id=edited.group_id,
        topic_id=edited.topic_id,
        actor_id=asker.id,
        message_id=message_id,
    )
    tell_mentioned(conn, edited, named, at=at)
    return messages.find_for(conn, asker.id, message_id)


def _delete(conn: Writer, asker: Asker, message_id: int, *, at: int) -> None:
    message = messages.find_for(conn, asker.id, message_id)
    own = message.author.id == asker.id
    if not own and memberships.role_of(conn, message.group_id, asker.id) != "admin":
        raise Forbidden("Only its author and the admins of the group can delete a message.")
    if message.deleted:
        return
    take_back(conn, message, at=at)
    if not own:
        audit.note(
            conn,
            asker,
            "delete message",
            at=at,
            user_id=message.author.id,
            group_id=message.group_id,
            topic_id=message.topic_id,
        )
