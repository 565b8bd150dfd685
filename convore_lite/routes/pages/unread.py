"""Catching up: everything unread on one page, by group and topic, the oldest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct
from quart import Response, request

from ...actions import reading
from ...store import catching_up, groups, mentions, topics
from ...store.catching_up import Waiting
from ...words.models import Group, Id, Topic
from .. import forms
from ..context import the_app
from .addresses import address_of, may_look
from .door import Found, blueprint, go, require_person, show
from .frame import is_followed
from .thread import Row, arrange

# Of each topic so many messages are shown, and so many on a page, which ends with the topic that goes beyond.
EACH = 20
MOST = 100


class Mark(Struct, frozen=True):
    """Where the page before ended: with the topic in *group* whose first unread message is *after*, and that is *followed* or not.
    It holds when that is read.
    """

    group: Id | None = None
    followed: int = 0
    after: Id | None = None


class Section(NamedTuple):
    """A topic with what waits in it; *more* is how much is not shown."""

    group: Group
    topic: Topic
    first_id: int
    rows: list[Row]
    more: int

    @property
    def address(self) -> str:
        return address_of(self.group, self.topic)


@blueprint.get("/unread/")
async def unread() -> Response:
    return await show("unread.html", _unread, forms.convert(request.args, Mark))


@blueprint.post("/unread/")
async def read_everything() -> Response:
    await reading.mark_all_read(the_app(), await require_person())
    return go("/")


def _unread(conn: sqlite3.Connection, user_id: int, mark: Mark) -> Found:
    """Conversations first, then the groups as the rail has them; in each what one follows, then the topic that waits longest."""
    mine = sorted(groups.of_member(conn, user_id), key=lambda group: (group.kind != "direct", not is_followed(group)))
    place = {group.id: number for number, group in enumerate(mine)}

    def turn(one: Waiting) -> tuple[int, bool, int]:
        return place[one.group_id], not one.followed, one.first_id

    begin = (place.get(mark.group or 0, -1), not mark.followed, mark.after or 0)
    waiting = sorted(catching_up.waiting(conn, user_id), key=turn)
    left = [one for one in waiting if turn(one) > begin]
    shown = list(_sections(conn, user_id, left, {group.id: group for group in mine}))
    return {
        "here": "unread",
        "sections": shown,
        "again": bool(waiting) and not left,
        "next": left[len(shown) - 1] if len(shown) < len(left) else None,
        "may": may_look(user_id),
    }


def _sections(
    conn: sqlite3.Connection, user_id: int, waiting: Iterable[Waiting], mine: dict[int, Group]
) -> Iterator[Section]:
    room = MOST
    for one in waiting:
        if room <= 0:
            return
        topic = topics.find_for(conn, user_id, one.topic_id)
        found = catching_up.unread(conn, user_id, topic.id, limit=EACH)
        alerts = mentions.naming(conn, user_id, [message.id for message in found])
        count = topic.my.unread if topic.my else 0
        yield Section(
            mine[one.group_id], topic, one.first_id, arrange(found, user_id, None, alerts), count - len(found)
        )
        room -= len(found)
