"""The pages: what people see and the forms that work without script. Everything about them is in this folder."""

from __future__ import annotations

from . import access, direct, entrance, group_settings, groups, home, joining, members, moved, people, settings, topics
from .door import blueprint
from .refused import problem_page

__all__ = [
    "access",
    "blueprint",
    "direct",
    "entrance",
    "group_settings",
    "groups",
    "home",
    "joining",
    "members",
    "moved",
    "people",
    "problem_page",
    "settings",
    "topics",
]
