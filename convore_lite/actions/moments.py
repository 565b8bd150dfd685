"""Tell what is so for a moment, and stands in no log: who has come online or gone, and who is typing.

Rule: who is told is decided when it is told. A membership that changes between the look at it and the telling is looked at again.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Concatenate, Never, ParamSpec, TypeVar

import trio

from ..store import memberships, topics
from ..words.asker import Asker
from ..words.events import Presence, Presences, Typing
from ..words.outgoing import Announced
from . import App
from .post import check_may_post

P = ParamSpec("P")
T = TypeVar("T")

# Seconds between two tellings of who came and went: everybody who did in that time is told of together.
TICK = 1
# Up to so many people are told of one by one. Beyond that each reader gets one event with all who concern them.
ONE_BY_ONE = 10


async def keep_telling_presence(app: App) -> Never:
    """One task for everybody: tell each second who came online or went, and sleep while nobody does."""
    while True:
        await app.presence.wait_for_something()
        await trio.sleep(TICK)
        with suppress(
            sqlite3.Error
        ):  # it is told a second later, or whoever has to know of the failure learns of it elsewhere
            await tell_presence(app)


async def tell_presence(app: App) -> None:
    """Tell those who share a group with somebody that they came online or went."""
    if not (changes := app.presence.changes()):
        return
    groups_of = await _settled(app, memberships.groups_of, frozenset(changes))
    if len(changes) > ONE_BY_ONE:
        _tell_of_crowd(app, changes, groups_of)
    else:
        for user_id, online in changes.items():
            announced = Announced(Presence(user_id, online), app.now(), groups_of.get(user_id, ()))
            app.hub.announce(announced, about=user_id)
    app.presence.told(changes)


async def tell_typing(app: App, asker: Asker, topic_id: int) -> None:
    """Tell the members that one is writing something in a topic. Raises what posting there raises: NotFound, Forbidden."""
    group_id = await _settled(app, _group_to_post_in, asker, topic_id)
    if app.typists.is_news(topic_id, asker.id):
        app.hub.announce(Announced(Typing(topic_id, asker.id), app.now(), [group_id]), about=asker.id)


def _tell_of_crowd(app: App, changes: Mapping[int, bool], groups_of: Mapping[int, set[int]]) -> None:
    crowd: dict[int, set[int]] = defaultdict(set)
    for user_id in changes:
        for group_id in groups_of.get(user_id, ()):
            crowd[group_id].add(user_id)
    came = sorted(user_id for user_id, online in changes.items() if online)
    went = sorted(user_id for user_id, online in changes.items() if not online)
    at = app.now()

    def announced(people: frozenset[int]) -> Announced:
        online, offline = ([one for one in some if one in people] for some in (came, went))
        return Announced(Presences(online, offline), at, crowd.keys())

    app.hub.announce_crowd(crowd, announced)


def _group_to_post_in(conn: sqlite3.Connection, asker: Asker, topic_id: int) -> int:
    topic = topics.find_for(conn, asker.id, topic_id)
    check_may_post(conn, asker, topic)
    return topic.group_id


async def _settled(
    app: App, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **options: P.kwargs
) -> T:
    """Read something about memberships that is still so when this returns: from then on, until the caller waits for something."""
    while True:
        moves = app.hub.moves
        found = await app.store.read(function, *args, **options)
        if app.hub.moves == moves:
            return found
