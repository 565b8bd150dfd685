"""Conversations in the API. They are found like groups, as groups of the kind direct."""

from __future__ import annotations

from msgspec import Struct

from ...actions import App, direct
from ...words.asker import Asker
from ...words.models import Group
from .door import Answer, operation


class People(Struct, frozen=True, forbid_unknown_fields=True):
    usernames: list[str]


@operation("POST", "/direct", {201: Group, 200: Group}, body=People)
async def open_direct(app: App, asker: Asker, body: People) -> Answer:
    """Begin a conversation with one or more people. The same people have one: the answer is 200 where it is there already."""
    group, new = await direct.open_direct(app, asker, body.usernames)
    return Answer(group, 201 if new else 200)
