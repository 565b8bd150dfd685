"""The pages: what people see and the forms that work without script. Everything about them is in this folder."""

from __future__ import annotations

from . import (
    access,
    admin,
    direct,
    drafts,
    entrance,
    group_settings,
    groups,
    home,
    joining,
    members,
    messages,
    moved,
    moving,
    people,
    previews,
    reactions,
    scheduled,
    search,
    settings,
    stars,
    topic_changes,
    topics,
    unread,
)
from .door import blueprint
from .refused import problem_page

__all__ = [
    "access",
    "admin",
    "blueprint",
    "direct",
    "drafts",
    "entrance",
    "group_settings",
    "groups",
    "home",
    "joining",
    "members",
    "messages",
    "moved",
    "moving",
    "people",
    "previews",
    "reactions",
    "problem_page",
    "scheduled",
    "search",
    "settings",
    "stars",
    "topic_changes",
    "topics",
    "unread",
]
