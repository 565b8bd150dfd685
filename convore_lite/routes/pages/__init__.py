"""The pages: what people see and the forms that work without script. Everything about them is in this folder."""

from __future__ import annotations

from . import (
    access,
    admin,
    direct,
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
    settings,
    topic_changes,
    topics,
)
from .door import blueprint
from .refused import problem_page

__all__ = [
    "access",
    "admin",
    "blueprint",
    "direct",
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
    "problem_page",
    "settings",
    "topic_changes",
    "topics",
]
