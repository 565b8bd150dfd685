"""Searching in a chat in memory: by what a member finds, once the index has caught up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from convore_lite.testing import Chat, Member

Find = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def find(chat: Chat) -> Find:
    """Search as somebody: ``await find(ann, "backups")`` gives the answer, of an index that is up to date."""

    async def found(member: Member, text: str, **query: Any) -> dict[str, Any]:
        await chat.searchable()
        answer: dict[str, Any] = await member.call("GET", "/search", q=text, **query)
        assert answer["complete"], answer
        return answer

    return found


def texts(answer: dict[str, Any]) -> list[str]:
    return [hit["message"]["text"] for hit in answer["items"]]
