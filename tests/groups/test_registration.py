"""Who may make an account: nobody, who was invited, or everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convore_lite.testing import Chat, open_chat
from convore_lite.testing.chat import PASSWORD

from .conftest import API, make_place, status
from .test_invitations import accept, invite, use, works

NEW = {"username": "newcomer", "name": "New Comer", "password": PASSWORD}


@pytest.fixture
async def open_place(chat_folder: Path) -> AsyncIterator[Chat]:
    async with open_chat(chat_folder, registration="open", rate_limits=False) as chat:
        yield chat


async def register(chat: Chat, body: dict[str, Any], **headers: str) -> httpx2.Response:
    async with chat.client(headers=headers) as client:
        return await client.post(f"{API}/registration", json=body)


async def test_everybody(open_place: Chat) -> None:
    answer = await register(open_place, NEW)
    assert answer.status_code == 201
    assert (answer.json()["username"], answer.json()["name"], answer.json()["role"]) == (
        "newcomer",
        "New Comer",
        "member",
    )
    cookies = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
    async with open_place.client(headers=cookies) as client:
        assert (await client.get(f"{API}/me")).json() == answer.json()
    async with open_place.client() as client:
        signed_in = await client.post(f"{API}/session", json={"username": "newcomer", "password": PASSWORD})
        assert signed_in.status_code == 201


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"username": "newcomer"}, 409),
        ({"username": "newc0mer"}, 409),
        ({"username": "NewComer"}, 409),
        ({"username": "ncw comer"}, 422),
        ({"password": "short"}, 422),
        ({"password": "1234567890"}, 422),
        ({"name": "a\u202eb"}, 422),
        ({"role": "owner"}, 422),
        ({"kind": "bot"}, 422),
    ],
)
async def test_what_is_refused(open_place: Chat, fields: dict[str, Any], expected: int) -> None:
    assert (await register(open_place, NEW)).status_code == 201
    answer = await register(open_place, {**NEW, "username": "other", **fields})
    assert answer.status_code == expected
    assert "set-cookie" not in answer.headers


async def test_not_from_another_site(open_place: Chat) -> None:
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await register(open_place, NEW, **foreign)).status_code == 403
    assert (await register(open_place, NEW)).status_code == 201


async def test_by_invitation(chat: Chat) -> None:
    """Unless something else is set."""
    boss = await chat.member("boss", role="owner")
    assert (await register(chat, NEW)).status_code == 403
    assert (await use(chat, await invite(boss), "newcomer")).status_code == 201


async def test_nobody(chat_folder: Path) -> None:
    """Not by an invitation either; those into a group still let people in who are here."""
    async with open_chat(chat_folder, rate_limits=False) as chat:
        boss = await chat.member("boss", role="owner")
        before = await invite(boss)
        assert await works(chat, before)
    async with open_chat(chat_folder, registration="closed", rate_limits=False) as chat:
        place = await make_place(chat)
        owner = await chat.member("second", role="owner")
        await owner.create_group("Office", "private")
        assert await status(owner, "POST", "/invitations", {}) == 409
        assert not await works(chat, before)
        refused = [await use(chat, code, "newcomer") for code in (before, await invite(owner, "office"), "never-made")]
        assert [answer.status_code for answer in refused] == [404] * 3
        assert len({answer.content for answer in refused}) == 1
        assert (await register(chat, NEW)).status_code == 403
        assert await accept(place.cleo, await invite(owner, "office")) == 200
