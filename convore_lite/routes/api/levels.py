"""Levels and keyword alerts in the API: how much one wants to hear."""

from __future__ import annotations

from msgspec import Struct

from ...actions import App, levels
from ...store import keywords as keyword_store
from ...words.asker import Asker
from ...words.models import Level
from .door import operation


class LevelForm(Struct, frozen=True, forbid_unknown_fields=True):
    level: Level


class Keywords(Struct, frozen=True, forbid_unknown_fields=True):
    keywords: list[str]


@operation("PUT", "/topics/<id:topic_id>/level", {204: None}, body=LevelForm)
async def set_topic_level(app: App, asker: Asker, topic_id: int, body: LevelForm) -> None:
    """Follow or mute a topic, or let it be as its group (normal)."""
    await levels.set_topic_level(app, asker, topic_id, body.level)


@operation("PUT", "/groups/<which>/level", {204: None}, body=LevelForm)
async def set_group_level(app: App, asker: Asker, which: int | str, body: LevelForm) -> None:
    """Follow or mute a group. In a muted one only messages that mention one count as unread."""
    await levels.set_group_level(app, asker, which, body.level)


@operation("GET", "/me/keywords", {200: Keywords})
async def get_keywords(app: App, asker: Asker) -> Keywords:
    """The words that make a message a mention of one."""
    return Keywords(await app.store.read(keyword_store.of_user, asker.id))


@operation("PUT", "/me/keywords", {200: Keywords}, body=Keywords)
async def set_keywords(app: App, asker: Asker, body: Keywords) -> Keywords:
    """Choose the words that make a message a mention of one: at most 50, of 2 to 60 characters."""
    return Keywords(await levels.set_keywords(app, asker, body.keywords))
