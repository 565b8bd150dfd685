"""What is taken in and written out by the console is in the audit log."""

from __future__ import annotations

from typing import Any

import httpx2

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat


def user_line(username: str) -> dict[str, Any]:
    return {
        "kind": "user",
        "user_kind": "person",
        "username": username,
        "name": username,
        "created_at": "2026-01-01T00:00:00.000Z",
    }


async def acts(console: httpx2.AsyncClient) -> list[tuple[str, dict[str, Any]]]:
    return [(line["act"], line["detail"]) for line in (await console.get(f"{BASE}/admin/audit")).json()["items"]]


async def take(console: httpx2.AsyncClient, *usernames: str) -> None:
    lines = {"lines": [user_line(name) for name in usernames]}
    answer = await console.post(f"{BASE}/admin/import", json=lines)
    assert answer.status_code == 200, answer.text


async def test_an_import_of_many_batches_is_one_line(chat: Chat) -> None:
    async with chat.client(console=True) as console:
        await take(console, "ann", "bob")
        await take(console, "ann", "cleo")
        await take(console, "ann")  # nothing new: nothing done
        assert await acts(console) == [("import", {"lines": 3})]
        await console.get(f"{BASE}/admin/export", params={"groups": "*"})
        await take(console, "dan")
        chosen = {"groups": "*", "topics": ""}
        assert await acts(console) == [("import", {"lines": 1}), ("export", chosen), ("import", {"lines": 3})]


async def test_an_import_after_a_pause_is_another(chat: Chat) -> None:
    async with chat.client(console=True) as console:
        await take(console, "ann")
        await chat.appliance.app.store.write(lambda conn: conn.execute("UPDATE audit SET at = at - 61000"))
        await take(console, "bob")
        assert await acts(console) == [("import", {"lines": 1})] * 2


async def test_an_export_of_nothing_there_is_none(chat: Chat) -> None:
    async with chat.client(console=True) as console:
        assert (await console.get(f"{BASE}/admin/export", params={"groups": "nowhere"})).status_code == 404
        assert await acts(console) == []
