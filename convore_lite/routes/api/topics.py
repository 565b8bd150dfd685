"""Topics in the API: list, open, look at, change, move, delete; and move messages between them."""

from __future__ import annotations

import sqlite3

from msgspec import UNSET, Struct, UnsetType

from ...actions import App, deletion, moments, moving, topics
from ...store import groups as group_store
from ...store import memberships
from ...store import people as people_store
from ...store import topics as topic_store
from ...words.asker import Asker
from ...words.errors import BadInput
from ...words.limits import POSTS
from ...words.models import Everyone, Id, Mentionable, Topic
from .door import Page, Paging, offset_of, operation, page

# As many as one looks through before one types the next letter.
COMPLETIONS = 8
EVERYONE: tuple[Everyone, ...] = ("group", "here")


class NewTopic(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    text: str | None = None


class TopicForm(Struct, frozen=True, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    group_id: Id | UnsetType = UNSET
    resolved: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class MoveTarget(Struct, frozen=True, forbid_unknown_fields=True):
    """A topic, or a group with the name of a new one."""

    topic_id: Id | UnsetType = UNSET
    group_id: Id | UnsetType = UNSET
    name: str | UnsetType = UNSET


class MoveForm(Struct, frozen=True, forbid_unknown_fields=True):
    message_ids: list[Id]
    to: MoveTarget


class TopicQuery(Paging, frozen=True):
    q: str = ""


class MentionQuery(Struct, frozen=True):
    q: str = ""


@operation("GET", "/groups/<which>/topics", {200: Page[Topic]}, query=TopicQuery)
async def list_topics(app: App, asker: Asker, which: int | str, query: TopicQuery) -> Page[Topic]:
    """The topics of a group: pinned first, then the latest spoken in. With q, the first with that in their name."""
    if query.q:
        return Page(await app.store.read(_named, asker.id, which, query.q, query.limit), None)
    offset = offset_of(query)
    found = await app.store.read(_topics, asker.id, which, offset, query.limit + 1)
    return page(found, query.limit, lambda topic: str(offset + query.limit))


@operation("POST", "/groups/<which>/topics", {201: Topic}, body=NewTopic, rate=POSTS)
async def open_topic(app: App, asker: Asker, which: int | str, body: NewTopic) -> Topic:
    """Open a topic in a group one is in, with its first message if there is a text."""
    return await topics.open_topic(app, asker, which, name=body.name, text=body.text)


@operation("GET", "/topics/<id:topic_id>", {200: Topic})
async def get_topic(app: App, asker: Asker, topic_id: int) -> Topic:
    """One topic."""
    return await app.store.read(topic_store.find_for, asker.id, topic_id)


@operation("GET", "/topics/<id:topic_id>/mentionable", {200: Mentionable}, query=MentionQuery)
async def list_mentionable(app: App, asker: Asker, topic_id: int, query: MentionQuery) -> Mentionable:
    """Whom one can mention in a topic, with q of those whose username or name begins so: a few, to complete what somebody types."""
    return await app.store.read(_mentionable, asker.id, topic_id, query.q)


@operation("PATCH", "/topics/<id:topic_id>", {200: Topic}, body=TopicForm)
async def change_topic(app: App, asker: Asker, topic_id: int, body: TopicForm) -> Topic:
    """Rename or resolve a topic that one opened; lock, pin or move it to another group. For admins of its group."""
    return await topics.change_topic(
        app,
        asker,
        topic_id,
        name=body.name,
        group_id=body.group_id,
        resolved=body.resolved,
        locked=body.locked,
        pinned=body.pinned,
    )


@operation("DELETE", "/topics/<id:topic_id>", {204: None})
async def delete_topic(app: App, asker: Asker, topic_id: int) -> None:
    """Delete a topic with all that was said in it. For admins of its group."""
    await deletion.delete_topic(app, asker, topic_id)


@operation("POST", "/topics/<id:topic_id>/move", {200: Topic}, body=MoveForm)
async def move_messages(app: App, asker: Asker, topic_id: int, body: MoveForm) -> Topic:
    """Move messages to the end of another topic, or make a new topic of them. For admins of the group."""
    match body.to:
        case MoveTarget(topic_id=int(target), group_id=UnsetType(), name=UnsetType()):
            return await moving.move_messages(app, asker, topic_id, body.message_ids, to_topic_id=target)
        case MoveTarget(topic_id=UnsetType(), group_id=int(group), name=str(name)):
            return await moving.move_messages(app, asker, topic_id, body.message_ids, to_group=group, name=name)
        case _:
            raise BadInput("to", "is a topic_id, or a group_id and a name")


@operation("POST", "/topics/<id:topic_id>/typing", {204: None})
async def tell_typing(app: App, asker: Asker, topic_id: int) -> None:
    """Tell the members that one is writing something. Nothing is kept of it."""
    await moments.tell_typing(app, asker, topic_id)


def _named(conn: sqlite3.Connection, user_id: int, which: int | str, words: str, limit: int) -> list[Topic]:
    return topic_store.named_for(conn, user_id, group_store.id_for(conn, user_id, which), words, limit=limit)


def _mentionable(conn: sqlite3.Connection, user_id: int, topic_id: int, words: str) -> Mentionable:
    group_id = topic_store.find_for(conn, user_id, topic_id).group_id
    people = people_store.mentionable_for(conn, user_id, group_id, words, limit=COMPLETIONS)
    calls = memberships.may_name_everyone(conn, group_id, user_id)
    return Mentionable(people, [name for name in EVERYONE if calls and name.startswith(words.lower())])


def _topics(conn: sqlite3.Connection, user_id: int, which: int | str, offset: int, limit: int) -> list[Topic]:
    group_id = group_store.id_for(conn, user_id, which)
    return topic_store.of_group(conn, user_id, group_id, offset=offset, limit=limit)
