"""Fixtures of the API's tests: two people who know each other, a stranger, and where they talk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from convore_lite.testing import Chat, Member


@dataclass(frozen=True)
class Place:
    """A group that ann made and bob joined, and its first topic. cleo is in no group."""

    chat: Chat
    ann: Member
    bob: Member
    cleo: Member
    group: dict[str, Any]
    topic: int


async def make_place(chat: Chat, kind: str = "public") -> Place:
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab", kind)
    await ann.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "member"})
    return Place(chat, ann, bob, cleo, group, group["default_topic_id"])


@pytest.fixture
async def place(chat: Chat) -> Place:
    return await make_place(chat)


@pytest.fixture
async def private(chat: Chat) -> Place:
    """The same in a private group."""
    return await make_place(chat, "private")
