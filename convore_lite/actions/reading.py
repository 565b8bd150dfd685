"""Mark things read and unread. Pointers only move forward, except for "unread from here"."""

from __future__ import annotations

from ..store import Writer, groups, log, memberships, people, reading, topics
from ..words.asker import Asker
from ..words.errors import BadInput
from ..words.events import IgnoredChanged, TopicRead
from ..words.models import Topic, User
from . import App


async def mark_read(app: App, asker: Asker, topic_id: int, seq: int | None = None) -> None:
    """Read a topic up to *seq*, or all of it. Raises NotFound, and BadInput for a seq the topic does not have."""
    await app.write(asker, _mark_read, asker.id, topic_id, seq, at=app.now())


async def mark_unread(app: App, asker: Asker, topic_id: int, seq: int) -> None:
    """Make *seq* and what follows unread again. Raises NotFound, BadInput."""
    await app.write(asker, _mark_unread, asker.id, topic_id, seq, at=app.now())


async def mark_group_read(app: App, asker: Asker, group: int | str) -> None:
    """Read everything in a group. Raises NotFound."""
    await app.write(asker, _mark_group_read, asker.id, group, at=app.now())


async def mark_all_read(app: App, asker: Asker) -> None:
    await app.write(asker, read_everything, asker.id, None, at=app.now())


async def ignore(app: App, asker: Asker, who: int | str) -> None:
    """Hear no more of somebody. Raises NotFound, and BadInput for oneself."""
    await app.write(asker, _ignore, asker.id, who, at=app.now())


async def stop_ignoring(app: App, asker: Asker, who: int | str) -> None:
    await app.write(asker, _stop_ignoring, asker.id, who, at=app.now())


def move_pointer(conn: Writer, user_id: int, topic: Topic, seq: int, *, at: int) -> None:
    """Read up to *seq*, and tell one's other tabs if that cleared anything."""
    before = reading.topic_counts(conn, user_id, topic.id)
    if seq <= reading.pointer(conn, user_id, topic.id):
        return
    reading.set_pointer(conn, user_id, topic.id, seq)
    if before.unread:
        tell_read(conn, user_id, topic.group_id, topic.id, at=at)


def tell_read(conn: Writer, user_id: int, group_id: int, topic_id: int, *, at: int) -> None:
    counts = reading.topic_counts(conn, user_id, topic_id)
    fact = TopicRead(topic_id, group_id, counts.read_seq, counts.unread, counts.mentions)
    log.tell(conn, fact, at=at, user_id=user_id, topic_id=topic_id)


def read_everything(conn: Writer, user_id: int, group_id: int | None, *, at: int) -> None:
    """All of one group, or of all groups, is read; one event for each topic in which something waited."""
    waiting = reading.waiting_topics(conn, user_id, group_id)
    reading.read_all(conn, user_id, group_id)
    for group, topic_id in waiting:
        tell_read(conn, user_id, group, topic_id, at=at)


def _mark_read(conn: Writer, user_id: int, topic_id: int, seq: int | None, *, at: int) -> None:
    topic = topics.find_for(conn, user_id, topic_id)
    _check_seq(topic, seq)
    move_pointer(conn, user_id, topic, topic.last_seq if seq is None else seq, at=at)


def _mark_unread(conn: Writer, user_id: int, topic_id: int, seq: int, *, at: int) -> None:
    topic = topics.find_for(conn, user_id, topic_id)
    _check_seq(topic, seq)
    if memberships.role_of(conn, topic.group_id, user_id) is None:
        return  # an onlooker has no counts
    reading.make_unread(conn, user_id, topic_id, seq)
    tell_read(conn, user_id, topic.group_id, topic_id, at=at)


def _mark_group_read(conn: Writer, user_id: int, group: int | str, *, at: int) -> None:
    read_everything(conn, user_id, groups.id_for(conn, user_id, group), at=at)


def _check_seq(topic: Topic, seq: int | None) -> None:
    if seq is not None and not 1 <= seq <= topic.last_seq:
        raise BadInput(
            "seq", f"this topic has messages 1 to {topic.last_seq}" if topic.last_seq else "this topic has no messages"
        )


def _ignore(conn: Writer, user_id: int, who: int | str, *, at: int) -> None:
    other = people.find_for(conn, user_id, who)
    if other.id == user_id:
        raise BadInput("user", "is yourself")
    people.ignore(conn, user_id, other.id)
    _tell_ignored(conn, user_id, at=at)


def _stop_ignoring(conn: Writer, user_id: int, who: int | str, *, at: int) -> None:
    people.stop_ignoring(conn, user_id, _find_to_hear(conn, user_id, who).id)
    _tell_ignored(conn, user_id, at=at)


def _find_to_hear(conn: Writer, user_id: int, who: int | str) -> User:
    """Somebody of whom one may know, or whom one ignores from a time when one did. Raises NotFound."""
    ignored = people.users_ignored_by(conn, user_id)
    found = next((user for user in ignored if who in (user.id, user.username)), None)
    return found or people.find_for(conn, user_id, who)


def _tell_ignored(conn: Writer, user_id: int, *, at: int) -> None:
    log.tell(conn, IgnoredChanged(people.ignored_by(conn, user_id)), at=at, user_id=user_id)
