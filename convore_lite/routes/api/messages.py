"""Messages in the API: list, post, look at, edit, delete; and those that mention one."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from ...actions import App, editing, post, undo
from ...store import messages as message_store
from ...store import topics as topic_store
from ...words.asker import Asker
from ...words.errors import BadInput
from ...words.limits import POSTS
from ...words.models import Count, Draft, File, Id, Mention, Message, Version
from .door import Answer, Limit, Page, Paging, operation, page, part


class MessageQuery(Struct, frozen=True):
    limit: Limit = 50
    before: Id | None = None
    after: Id | None = None
    around: Id | None = None


class NewMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """*text* may be empty where there are files."""

    text: str
    client_id: str | None = None
    reply_to: Id | None = None
    file_ids: list[Id] = []
    draft_revision: Count | None = None


class Undone(Struct, frozen=True):
    """What a message said that was taken back, and the *draft* that it is in now."""

    text: str
    reply_to: Id | None
    files: list[File]
    draft: Draft


class EditForm(Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class MentionQuery(Struct, frozen=True):
    limit: Limit = 50
    cursor: Id | None = None


@operation("GET", "/topics/<id:topic_id>/messages", {200: Page[Message]}, query=MessageQuery)
async def list_messages(app: App, asker: Asker, topic_id: int, query: MessageQuery) -> Page[Message]:
    """A page of a topic, oldest to newest: the last messages, or those before, after or around one."""
    if sum(place is not None for place in (query.before, query.after, query.around)) > 1:
        raise BadInput("before", "give one of before, after and around")
    return await app.store.read(_messages, asker.id, topic_id, query)


@operation("POST", "/topics/<id:topic_id>/messages", {201: Message, 200: Message}, body=NewMessage, rate=POSTS)
async def post_message(app: App, asker: Asker, topic_id: int, body: NewMessage) -> Answer:
    """Say something. A retry with the same client_id answers 200 with the first message."""
    message, fresh = await post.post_message(
        app,
        asker,
        topic_id,
        text=body.text,
        client_id=body.client_id,
        reply_to=body.reply_to,
        file_ids=body.file_ids,
        draft_revision=body.draft_revision,
    )
    return Answer(message, 201 if fresh else 200)


@operation("GET", "/messages/<id:message_id>", {200: Message})
async def get_message(app: App, asker: Asker, message_id: int) -> Message:
    """One message."""
    return await app.store.read(message_store.find_for, asker.id, message_id)


@operation("PATCH", "/messages/<id:message_id>", {200: Message}, body=EditForm, rate=POSTS)
async def edit_message(app: App, asker: Asker, message_id: int, body: EditForm) -> Message:
    """Edit a message of one's own. What it said before stays in its history."""
    return await editing.edit_message(app, asker, message_id, text=body.text)


@operation("DELETE", "/messages/<id:message_id>", {204: None})
async def delete_message(app: App, asker: Asker, message_id: int) -> None:
    """Delete a message of one's own, or as an admin of its group anybody's. Its place in the topic stays."""
    await editing.delete_message(app, asker, message_id)


@operation("POST", "/messages/<id:message_id>/undo", {200: Undone}, rate=POSTS)
async def undo_message(app: App, asker: Asker, message_id: int) -> Undone:
    """Take back what one posted a moment ago. Its words are in one's draft again, before what one wrote since."""
    message, draft = await undo.undo_message(app, asker, message_id)
    return Undone(message.text, message.reply_to, message.files, draft)


@operation("GET", "/messages/<id:message_id>/history", {200: Page[Version]}, query=Paging)
async def list_versions(app: App, asker: Asker, message_id: int, query: Paging) -> Page[Version]:
    """What a message said before it was edited, oldest first."""
    return part(await app.store.read(message_store.versions, asker.id, message_id), query)


@operation("GET", "/me/mentions", {200: Page[Mention]}, query=MentionQuery)
async def list_mentions(app: App, asker: Asker, query: MentionQuery) -> Page[Mention]:
    """Messages that mention one, newest first."""
    found = await app.store.read(message_store.mentions_of, asker.id, before=query.cursor, limit=query.limit + 1)
    return page(found, query.limit, lambda mention: mention.message.id)


def _messages(conn: sqlite3.Connection, user_id: int, topic_id: int, query: MessageQuery) -> Page[Message]:
    """`next` goes on in the direction one came: an id for before, or for after."""
    topic_store.find_for(conn, user_id, topic_id)
    if query.around is not None:
        return Page(message_store.around(conn, user_id, topic_id, query.around, limit=query.limit), None)
    if query.after is not None:
        return page(
            message_store.after(conn, user_id, topic_id, query.after, limit=query.limit + 1),
            query.limit,
            lambda last: last.id,
        )
    found = message_store.before(conn, user_id, topic_id, query.before, limit=query.limit + 1)
    kept = found[-query.limit :]
    return Page(kept, kept[0].id if len(found) > query.limit else None)
