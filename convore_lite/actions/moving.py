"""Move messages to another topic, or make a topic of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..store import Writer, audit, groups, log, memberships, moving, topics
from ..words import slugs
from ..words.asker import Asker
from ..words.errors import BadInput
from ..words.events import MessagesMoved
from ..words.models import Topic
from . import App
from .post import check_may_post
from .topics import check_looks_after, check_no_conversation, insert_topic

MOST = 200


async def move_messages(
    app: App,
    asker: Asker,
    topic_id: int,
    message_ids: Sequence[int],
    *,
    to_topic_id: int | None = None,
    to_group: int | str | None = None,
    name: str | None = None,
) -> Topic:
    """Move messages of a topic to the end of another one, or into a new one of this name in a group; where they are then.

    They keep their order and their ids. Raises NotFound, Forbidden (not an admin of the group; somebody who could not post
    where they are to go), BadInput, Conflict (direct messages).
    """
    if not 1 <= len(message_ids) <= MOST or len(set(message_ids)) != len(message_ids):
        raise BadInput("message_ids", f"1 to {MOST} messages, each once")
    if to_topic_id is not None:
        return await app.write(asker, _move, asker, topic_id, message_ids, to_topic_id, at=app.now())
    if to_group is None or name is None:
        raise BadInput("to", "is a topic, or a group and the name of a new topic")
    shown = slugs.shown_name(name, "to.name")
    return await app.write(asker, _make_topic, asker, topic_id, message_ids, to_group, shown, at=app.now())


def _make_topic(
    conn: Writer, asker: Asker, source: int, message_ids: Sequence[int], group: int | str, name: str, *, at: int
) -> Topic:
    _seqs_to_move(conn, asker, source, message_ids)
    group_id = groups.id_for(conn, asker.id, group)
    memberships.require(conn, group_id, asker.id)
    check_no_conversation(conn, group_id)
    target = insert_topic(conn, group_id, name, creator_id=asker.id, at=at)
    return _move(conn, asker, source, message_ids, target, at=at)


def _move(conn: Writer, asker: Asker, source: int, message_ids: Sequence[int], target: int, *, at: int) -> Topic:
    seqs = _seqs_to_move(conn, asker, source, message_ids)
    here, there = topics.find_for(conn, asker.id, source), topics.find_for(conn, asker.id, target)
    if source == target:
        raise BadInput("to.topic_id", "is where they are")
    check_no_conversation(conn, there.group_id)
    check_may_post(conn, asker, there)
    moving.move_messages(conn, source, target, seqs)
    if here.group_id != there.group_id:
        log.blank_messages(conn, seqs)
    else:
        log.carry_messages(conn, seqs, target)
    _tell(conn, list(seqs), here, topics.bare(conn, target), at=at)
    audit.note(
        conn, asker, "move messages", at=at, group_id=here.group_id, topic_id=source, to_topic=target, count=len(seqs)
    )
    return topics.find_for(conn, asker.id, target)


def _seqs_to_move(conn: Writer, asker: Asker, source: int, message_ids: Sequence[int]) -> dict[int, int]:
    """Where the messages stand. Raises NotFound, Forbidden, Conflict, and BadInput for one that is not there."""
    check_looks_after(conn, asker, topics.find_for(conn, asker.id, source))
    seqs = moving.movable(conn, source, message_ids)
    for place, message_id in enumerate(message_ids):
        if message_id not in seqs:
            raise BadInput(f"message_ids.{place}", "is no message of this topic")
    return seqs


def _tell(conn: Writer, message_ids: list[int], here: Topic, there: Topic, *, at: int) -> None:
    """To one group what has happened; to two each its own half. (By nobody: also those who ignore whoever did it hear of it.)"""
    if here.group_id == there.group_id:
        fact = MessagesMoved(message_ids, here.id, there)
        log.tell(conn, fact, at=at, group_id=there.group_id, topic_id=there.id)
        return
    log.tell(conn, MessagesMoved(message_ids, here.id, None), at=at, group_id=here.group_id, topic_id=here.id)
    log.tell(conn, MessagesMoved(message_ids, None, there), at=at, group_id=there.group_id, topic_id=there.id)
