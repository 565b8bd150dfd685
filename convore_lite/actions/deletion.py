"""Deleting a group or a topic: it is gone for everybody at once, and what it held soon after."""

from __future__ import annotations

from contextlib import suppress

from ..store import Writer, audit, deletion, log, overview, topics
from ..words.asker import Asker
from ..words.errors import DiskFull, NotFound, Unavailable
from ..words.events import GroupDeleted, TopicDeleted
from ..words.models import Group, GroupSummary
from . import App
from .files import clear_loose
from .groups import find_to_manage
from .topics import check_looks_after, check_not_first

# Rows taken away in one commit: some tens of milliseconds on a slow machine, for which others wait.
STEP = 500


async def delete_group(app: App, asker: Asker, group: int | str) -> None:
    """Delete a group with all that was said in it. Raises NotFound, Forbidden.

    Nobody finds it from the first commit on, and when this returns it is out of the database. Where it is interrupted,
    `erase_deleted` goes on.
    """
    group_id = await app.write(asker, _delete, asker, group, at=app.now())
    with suppress(DiskFull, Unavailable):  # it is deleted; what is left waits
        await _erase(app, group_id)


async def delete_topic(app: App, asker: Asker, topic_id: int) -> None:
    """Delete a topic with all that was said in it. Raises NotFound, Forbidden, Conflict (the one its group opens with)."""
    grave = await app.write(asker, _delete_topic, asker, topic_id, at=app.now())
    with suppress(DiskFull, Unavailable):
        await _erase(app, grave)


async def erase_deleted(app: App) -> None:
    """Take away what is left of deleted groups and topics. Raises DiskFull, Unavailable."""
    for group_id in await app.store.read(deletion.hidden):
        await _erase(app, group_id)


async def _erase(app: App, group_id: int) -> None:
    place: int | None = 0
    while place is not None:  # first: which events are the group's can be told only as long as its topics are there
        place = await app.store.write(deletion.blank_events, group_id, after=place, limit=STEP)
    while await app.store.write(deletion.erase, group_id, limit=STEP):
        await clear_loose(app)


def _delete(conn: Writer, asker: Asker, which: int | str, *, at: int) -> int:
    group = _find_to_delete(conn, asker, which)
    group_id = group.id
    # To each who was in it, so that those who come back later learn of it too; and then to those who only look on.
    for user_id in deletion.hide(conn, group_id, at=at):
        log.tell(conn, GroupDeleted(group_id), at=at, user_id=user_id)
    log.tell(conn, GroupDeleted(group_id), at=at, group_id=group_id)
    # With its address, for nobody can look that up any more; its name goes with all else.
    audit.note(conn, asker, "delete group", at=at, group_id=group_id, slug=group.slug)
    return group_id


def _find_to_delete(conn: Writer, asker: Asker, which: int | str) -> Group | GroupSummary:
    """A group to delete: for its admins, and for admins of this place, who need not be able to read it, but no conversation.

    Raises NotFound, Forbidden.
    """
    if asker.administers:
        with suppress(NotFound):
            return overview.group(conn, which)
    return find_to_manage(conn, asker, which)


def _delete_topic(conn: Writer, asker: Asker, topic_id: int, *, at: int) -> int:
    topic = topics.find_for(conn, asker.id, topic_id)
    check_looks_after(conn, asker, topic)
    check_not_first(conn, topic)
    grave = deletion.hide_topic(conn, topic_id, at=at)
    # Without topic_id: what is told of a topic is told only where the topic is.
    log.tell(conn, TopicDeleted(topic_id, topic.group_id), at=at, group_id=topic.group_id)
    audit.note(conn, asker, "delete topic", at=at, group_id=topic.group_id, topic_id=topic_id)
    return grave
