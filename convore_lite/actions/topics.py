"""Topics: open one, and say the first thing in it."""

from __future__ import annotations

from functools import partial

from ..store import Writer, groups, log, topics
from ..store.messages import Said
from ..words import slugs
from ..words.asker import Asker
from ..words.events import TopicOpened
from ..words.markup import Draft
from ..words.models import Topic
from . import App
from .post import check_text, checked_client_id, draft_of, insert_message


async def open_topic(app: App, asker: Asker, group: int | str, *, name: str, text: str | None = None) -> Topic:
    """Open a topic, and say the first thing in it. Raises NotFound, Forbidden (not a member), BadInput, TooLarge."""
    shown = slugs.shown_name(name)
    if text is None:
        return await app.store.write(_open, asker, group, shown, at=app.now())
    check_text(text)
    return await app.store.write(_open, asker, group, shown, await draft_of(app, asker, text), at=app.now())


def insert_topic(conn: Writer, group_id: int, name: str, *, creator_id: int, at: int) -> int:
    """A topic with an address of its own, made from its name; its id. Tells the group."""
    slug = slugs.free_slug(name, slugs.RESERVED_TOPICS, partial(topics.slugs_like, conn, group_id), "topic")
    topic_id = topics.insert(conn, group_id, slug, name, creator_id=creator_id, at=at)
    log.tell(
        conn, TopicOpened(topics.bare(conn, topic_id)), at=at, group_id=group_id, topic_id=topic_id, actor_id=creator_id
    )
    return topic_id


def _open(conn: Writer, asker: Asker, which: int | str, name: str, draft: Draft | None = None, *, at: int) -> Topic:
    group_id = groups.id_for(conn, asker.id, which)
    groups.require_member(conn, group_id, asker.id)
    topic_id = insert_topic(conn, group_id, name, creator_id=asker.id, at=at)
    if draft is not None:
        said = Said(checked_client_id(None), draft.text, draft.nodes, draft.html)
        insert_message(conn, asker, topic_id, said, draft.mentions, at=at)
    return topics.find_for(conn, asker.id, topic_id)
