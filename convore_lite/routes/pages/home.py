"""What needs one: home and mentions."""

from __future__ import annotations

import sqlite3

from msgspec import Struct
from quart import Response, request

from ...store import groups, messages, topics
from ...words.models import Group, Id, Level, Mention, Message, Topic, time_text
from .. import forms
from ..context import the_app
from .door import Found, blueprint, show

# More than this is no longer looked through one by one.
MOST = 50


class Named(Struct, frozen=True):
    """A message that names one, or holds a *keyword* of one's own, and where it was said."""

    message: Message
    topic: Topic
    group: Group
    unread: bool
    keyword: str | None


class TopicEntry(Struct, frozen=True):
    """A topic in a list, and the last that was said in it."""

    topic: Topic
    group: Group
    last: Message | None

    @property
    def direct(self) -> bool:
        return self.group.kind == "direct"

    @property
    def followed(self) -> bool:
        return level_of(self.topic, self.group) == "follow"

    @property
    def muted(self) -> bool:
        return level_of(self.topic, self.group) == "mute"


class Before(Struct, frozen=True):
    before: Id | None = None


@blueprint.get("/")
async def home() -> Response:
    today = time_text(the_app().now())
    return await show("home.html", _home, today)


@blueprint.get("/mentions/")
async def mentions() -> Response:
    return await show("mentions.html", _mentions, forms.convert(request.args, Before).before)


def entry(conn: sqlite3.Connection, user_id: int, topic: Topic, group: Group) -> TopicEntry:
    last = messages.last(conn, user_id, topic.id)
    return TopicEntry(topic, group, last if last and not last.deleted else None)


def level_of(topic: Topic, group: Group) -> Level:
    """A topic that one neither follows nor mutes is as its group."""
    if topic.my and topic.my.level != "normal":
        return topic.my.level
    return group.my.level if group.my else "normal"


def _home(conn: sqlite3.Connection, user_id: int, now: str) -> Found:
    named = [mention for mention in messages.mentions_of(conn, user_id, before=None, limit=MOST) if mention.unread]
    mine = groups.of_member(conn, user_id)
    unread = _unread_topics(conn, user_id)
    return {
        "now": now,
        "for_you": where(conn, user_id, named),
        "direct": [entry for entry in unread if entry.direct and not entry.muted],
        "unread": [entry for entry in unread if not entry.direct or entry.muted],
        "quiet": [group for group in mine if group.my and not group.my.unread and group.kind != "direct"],
    }


def _mentions(conn: sqlite3.Connection, user_id: int, before: int | None) -> Found:
    found = messages.mentions_of(conn, user_id, before=before, limit=MOST + 1)
    more = found[MOST - 1].message.id if len(found) > MOST else None
    return {"here": "mentions", "mentions": where(conn, user_id, found[:MOST]), "more": more}


def _unread_topics(conn: sqlite3.Connection, user_id: int) -> list[TopicEntry]:
    """The topics with something unread: those one follows first, then the latest spoken in."""
    found = [
        (topic, group)
        for group in groups.of_member(conn, user_id)
        if group.my and group.my.unread
        for topic in topics.of_group(conn, user_id, group.id, limit=MOST)
        if topic.my and topic.my.unread
    ]
    found.sort(key=lambda pair: (level_of(*pair) == "follow", pair[0].last_message_at or ""), reverse=True)
    return [entry(conn, user_id, topic, group) for topic, group in found[:MOST]]


def where(conn: sqlite3.Connection, user_id: int, found: list[Mention]) -> list[Named]:
    """Messages with the place where each was said."""
    return [
        Named(
            mention.message,
            topics.find_for(conn, user_id, mention.message.topic_id),
            groups.find_for(conn, user_id, mention.message.group_id),
            mention.unread,
            mention.keyword,
        )
        for mention in found
    ]
