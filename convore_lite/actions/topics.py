"""Topics: open one and say the first thing in it; rename, resolve, lock, pin and move it."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import UNSET, UnsetType

from ..store import Writer, audit, groups, log, memberships, moving, topics
from ..store.messages import Said
from ..words import slugs
from ..words.asker import Asker
from ..words.errors import Conflict, Forbidden
from ..words.events import TopicChanged, TopicDeleted, TopicOpened
from ..words.markup import Draft
from ..words.models import Topic
from . import App
from .mentions import NOBODY, Named, named_by
from .post import check_text, checked_client_id, draft_of, insert_message


async def open_topic(app: App, asker: Asker, group: int | str, *, name: str, text: str | None = None) -> Topic:
    """Open a topic, and say the first thing in it.

    Raises NotFound, Forbidden (not a member), Conflict (a conversation has one topic), BadInput, TooLarge.
    """
    shown = slugs.shown_name(name)
    if text is None:
        return await app.write(asker, _open, asker, group, shown, at=app.now())
    check_text(text)
    draft = await draft_of(app, asker, text, group=group)
    return await app.write(asker, _open, asker, group, shown, draft, named_by(app, draft), at=app.now())


async def change_topic(
    app: App,
    asker: Asker,
    topic_id: int,
    *,
    name: str | UnsetType = UNSET,
    group_id: int | UnsetType = UNSET,
    resolved: bool | UnsetType = UNSET,
    locked: bool | UnsetType = UNSET,
    pinned: bool | UnsetType = UNSET,
) -> Topic:
    """Change a topic, or move it to another group.

    Raises NotFound, Forbidden (name, resolved: neither who opened it nor an admin of the group; the others: no admin; group_id:
    not a member there), Conflict (of a conversation; the topic its group opens with cannot move), BadInput.
    """
    wanted: dict[str, str | bool | UnsetType] = {
        "name": name if name is UNSET else slugs.shown_name(name),
        "resolved": resolved,
        "locked": locked,
        "pinned": pinned,
    }
    chosen = {field: value for field, value in wanted.items() if not isinstance(value, UnsetType)}
    target = None if isinstance(group_id, UnsetType) else group_id
    return await app.write(asker, _change, asker, topic_id, chosen, target, at=app.now())


def check_looks_after(conn: Writer, asker: Asker, topic: Topic) -> None:
    """Raises Forbidden for anyone but the admins of a topic's group, and Conflict in a conversation, which has none."""
    check_no_conversation(conn, topic.group_id)
    if memberships.role_of(conn, topic.group_id, asker.id) != "admin":
        raise Forbidden("Only an admin of the group can do that.")


def check_no_conversation(conn: Writer, group_id: int) -> None:
    """Raises Conflict for a direct group: its one topic stays what it is, and what is said there stays among its people."""
    if groups.bare(conn, group_id).kind == "direct":
        raise Conflict("A conversation has one topic, which stays as it is.")


def check_not_first(conn: sqlite3.Connection, topic: Topic) -> None:
    """Raises Conflict for the topic that its group opens with."""
    if groups.bare(conn, topic.group_id).default_topic_id == topic.id:
        raise Conflict("The group opens with this topic. Choose another one for that first.")


def insert_topic(conn: Writer, group_id: int, name: str, *, creator_id: int, at: int) -> int:
    """A topic with an address of its own, made from its name; its id. Tells the group."""
    slug = _free_slug(conn, group_id, name)
    topic_id = topics.insert(conn, group_id, slug, name, creator_id=creator_id, at=at)
    log.tell(
        conn, TopicOpened(topics.bare(conn, topic_id)), at=at, group_id=group_id, topic_id=topic_id, actor_id=creator_id
    )
    return topic_id


def _free_slug(conn: Writer, group_id: int, name: str) -> str:
    return slugs.free_slug(name, slugs.RESERVED_TOPICS, partial(topics.slugs_like, conn, group_id), "topic")


def _open(
    conn: Writer,
    asker: Asker,
    which: int | str,
    name: str,
    draft: Draft | None = None,
    named: Named = NOBODY,
    *,
    at: int,
) -> Topic:
    group_id = groups.id_for(conn, asker.id, which)
    memberships.require(conn, group_id, asker.id)
    check_no_conversation(conn, group_id)
    topic_id = insert_topic(conn, group_id, name, creator_id=asker.id, at=at)
    if draft is not None:
        said = Said(checked_client_id(None), draft.text, draft.nodes, draft.html)
        insert_message(conn, asker, topic_id, said, named, at=at)
    return topics.find_for(conn, asker.id, topic_id)


def _change(
    conn: Writer, asker: Asker, topic_id: int, chosen: dict[str, str | bool], group_id: int | None, *, at: int
) -> Topic:
    topic = topics.find_for(conn, asker.id, topic_id)
    changes = {field: value for field, value in chosen.items() if getattr(topic, field) != value}
    _check_may_change(conn, asker, topic, chosen.keys() | ({"group_id"} if group_id is not None else set()))
    topics.change(conn, topic_id, **changes)
    if "name" in changes:
        _rename(conn, topic, str(changes["name"]))
    if group_id is not None and group_id != topic.group_id:
        _move(conn, asker, topic, group_id, at=at)
    elif changes:
        log.tell(conn, TopicChanged(topics.bare(conn, topic_id)), at=at, group_id=topic.group_id, topic_id=topic_id)
    _note(conn, asker, topic, changes, at=at)
    return topics.find_for(conn, asker.id, topic_id)


def _check_may_change(conn: Writer, asker: Asker, topic: Topic, fields: set[str]) -> None:
    check_no_conversation(conn, topic.group_id)
    role = memberships.require(conn, topic.group_id, asker.id)
    if role == "admin" or not fields:
        return
    if fields - {"name", "resolved"}:
        raise Forbidden("Only an admin of the group can do that.")
    if topic.creator.id != asker.id:
        raise Forbidden("Only who opened it and the admins of the group can do that.")


def _rename(conn: Writer, topic: Topic, name: str) -> None:
    """The address goes with the name, unless it fits the new one as well."""
    if slugs.slug(name) not in (topic.slug, slugs.slug(topic.name)):
        topics.place(conn, topic.id, topic.group_id, _free_slug(conn, topic.group_id, name))


def _move(conn: Writer, asker: Asker, topic: Topic, group_id: int, *, at: int) -> None:
    """To another group. Each of the two hears its own half: that a topic is gone, and that there is a new one."""
    target = groups.id_for(conn, asker.id, group_id)
    role = memberships.require(conn, target, asker.id)
    check_no_conversation(conn, target)
    check_not_first(conn, topic)
    moving.move_topic(conn, topic.id, target)
    topics.place(conn, topic.id, target, _free_slug(conn, target, topics.bare(conn, topic.id).name))
    if role != "admin":
        topics.change(conn, topic.id, pinned=False, locked=False)  # that is for the admins of a group to say
    # Without topic_id: what is told of a topic is told only where the topic is.
    log.tell(conn, TopicDeleted(topic.id, topic.group_id), at=at, group_id=topic.group_id)
    log.tell(conn, TopicOpened(topics.bare(conn, topic.id)), at=at, group_id=target, topic_id=topic.id)
    audit.note(conn, asker, "move topic", at=at, group_id=topic.group_id, topic_id=topic.id, to_group=target)


def _note(conn: Writer, asker: Asker, topic: Topic, changes: dict[str, str | bool], *, at: int) -> None:
    """Into the audit log: what only admins do, and what they do to topics of others."""
    acts = {
        "locked": "lock topic" if changes.get("locked") else "unlock topic",
        "pinned": "pin topic" if changes.get("pinned") else "unpin topic",
    }
    if topic.creator.id != asker.id:
        acts |= {
            "name": "rename topic",
            "resolved": "resolve topic" if changes.get("resolved") else "reopen topic",
        }
    for field in changes.keys() & acts.keys():
        audit.note(conn, asker, acts[field], at=at, group_id=topic.group_id, topic_id=topic.id)
