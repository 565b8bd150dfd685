"""Where topics and messages are found: at their address, or by one that they had before."""

from __future__ import annotations

import sqlite3

from msgspec import Struct
from quart import Response, redirect, request

from ...store import groups, messages, topics
from ...words.errors import NotFound
from ...words.models import Group, Message, Topic
from .. import forms
from .door import blueprint


class Elsewhere(Exception):
    """What was asked for has another *address* now: that of its topic, ``/GROUP/TOPIC/``."""

    def __init__(self, group: Group, topic: Topic) -> None:
        super().__init__(address_of(group, topic))

    @property
    def address(self) -> str:
        return str(self.args[0])


class May(Struct, frozen=True):
    """What a page offers its reader to do with a topic. The verbs look for themselves.

    *take_part*: mark unread, choose a level. *write*: also now, as the topic may be locked. *change*: rename and resolve.
    *look_after*: lock, pin, move messages. *remove*: move the topic to another group, delete it. *delete_any*: delete what
    others wrote. *me* is the reader's id.
    """

    me: int
    take_part: bool
    write: bool
    change: bool
    look_after: bool
    remove: bool
    delete_any: bool


@blueprint.errorhandler(Elsewhere)
async def elsewhere(found: Elsewhere) -> Response:
    """On to the new address (308: a form stays a form), with all that follows the topic's own part of the old one."""
    rest = request.full_path.rstrip("?").split("/", 3)[3]
    return redirect(found.address + rest, 308)  # type: ignore[return-value]


def address_of(group: Group, topic: Topic) -> str:
    return f"/{group.slug}/{topic.slug}/"


def find_topic(conn: sqlite3.Connection, user_id: int, which: str, slug: str) -> tuple[Group, Topic]:
    """A topic by its address. Raises NotFound, and Elsewhere where it was renamed or moved to where *user_id* may read it."""
    group = groups.find_for(conn, user_id, forms.which(which))
    try:
        return group, topics.find_by_slug(conn, user_id, group.id, slug.lower())
    except NotFound:
        topic = topics.moved_from(conn, user_id, group.id, slug.lower())
        if topic is None:
            raise
        raise Elsewhere(groups.find_for(conn, user_id, topic.group_id), topic) from None


def find_message(
    conn: sqlite3.Connection, user_id: int, which: str, slug: str, message_id: int
) -> tuple[Group, Topic, Message]:
    """A message by its permanent address. Raises NotFound, and Elsewhere where it stands in another topic now."""
    here = groups.find_for(conn, user_id, forms.which(which))
    message = messages.find_for(conn, user_id, message_id)
    topic = topics.find_for(conn, user_id, message.topic_id)
    if (here.id, slug.lower()) != (message.group_id, topic.slug):
        raise Elsewhere(groups.find_for(conn, user_id, message.group_id), topic)
    return here, topic, message


def may_look(user_id: int) -> May:
    """On a page beside the topic, where nothing is offered but looking."""
    return May(me=user_id, take_part=False, write=False, change=False, look_after=False, remove=False, delete_any=False)


def may_of(group: Group, topic: Topic, user_id: int) -> May:
    role = group.my.role if group.my else None
    here = role is not None and group.kind != "direct"
    admin = here and role == "admin"
    return May(
        me=user_id,
        take_part=role is not None,
        write=role == "admin" or (role is not None and not topic.locked),
        change=here and (admin or topic.creator.id == user_id),
        look_after=admin,
        remove=admin and topic.id != group.default_topic_id,
        delete_any=role == "admin",
    )
