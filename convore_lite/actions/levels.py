"""Say how much one wants to hear: of a group, of a topic, and by which words in any of one's groups."""

from __future__ import annotations

from collections.abc import Sequence

from ..store import Writer, groups, levels, log, memberships, topics
from ..store import keywords as keyword_store
from ..words import keywords
from ..words.asker import Asker
from ..words.events import KeywordsChanged, LevelChanged
from ..words.models import Level
from . import App


async def set_topic_level(app: App, asker: Asker, topic_id: int, level: Level) -> None:
    """Follow or mute a topic; normal: as its group. Raises NotFound, Forbidden (not a member)."""
    await app.write(asker, _set_topic_level, asker.id, topic_id, level, at=app.now())


async def set_group_level(app: App, asker: Asker, group: int | str, level: Level) -> None:
    """Follow or mute a group. Raises NotFound, Forbidden (not a member)."""
    await app.write(asker, _set_group_level, asker.id, group, level, at=app.now())


async def set_keywords(app: App, asker: Asker, words: Sequence[str]) -> list[str]:
    """Choose the words by which messages of others count as mentions; all of them, in their one spelling. Raises BadInput."""
    return await app.write(asker, _set_keywords, asker.id, keywords.checked(words), at=app.now())


def _set_topic_level(conn: Writer, user_id: int, topic_id: int, level: Level, *, at: int) -> None:
    topic = topics.find_for(conn, user_id, topic_id)
    memberships.require(conn, topic.group_id, user_id)
    if level == levels.of_topic(conn, user_id, topic_id):
        return
    levels.set_for_topic(conn, user_id, topic_id, level)
    log.tell(conn, LevelChanged(topic.group_id, topic_id, level), at=at, user_id=user_id, topic_id=topic_id)


def _set_group_level(conn: Writer, user_id: int, group: int | str, level: Level, *, at: int) -> None:
    group_id = groups.id_for(conn, user_id, group)
    memberships.require(conn, group_id, user_id)
    if level == levels.of_group(conn, user_id, group_id):
        return
    levels.set_for_group(conn, user_id, group_id, level)
    log.tell(conn, LevelChanged(group_id, None, level), at=at, user_id=user_id)


def _set_keywords(conn: Writer, user_id: int, words: list[str], *, at: int) -> list[str]:
    if words != keyword_store.of_user(conn, user_id):
        keyword_store.replace(conn, user_id, words)
        log.tell(conn, KeywordsChanged(words), at=at, user_id=user_id)
    return words
