"""What admins see of people, groups and the disk, and that nobody else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convore_lite.actions.administration import shown
from convore_lite.appliance import open_appliance
from convore_lite.routes.api import BASE
from convore_lite.testing import Chat
from convore_lite.words.settings import Settings

from .conftest import CELLAR, Server

TELLS = ["users", "groups", "audit", "storage", "settings"]


@pytest.mark.parametrize("what", TELLS)
async def test_it_is_told_to_admins_and_the_console_alone(server: Server, what: str) -> None:
    for one in (server.runa, server.ada):
        assert await one.call("GET", f"/admin/{what}")
    async with server.chat.client(console=True) as console:
        assert (await console.get(f"{BASE}/admin/{what}")).status_code == 200
    for other in (server.mia, server.gus):
        assert (await other.refused("GET", f"/admin/{what}"))["status"] == 403
    async with server.chat.client() as stranger:
        assert (await stranger.get(f"{BASE}/admin/{what}")).status_code == 401


async def test_accounts(server: Server) -> None:
    ada = server.ada
    await server.chat.member("robo", kind="bot")
    await ada.call("POST", "/users", {"username": "newt", "email": "new@example.org"})
    found = (await ada.call("GET", "/admin/users"))["items"]
    assert [one["user"]["username"] for one in found] == ["ada", "gus", "mia", "newt", "robo", "runa"]
    assert await server.mia.call("GET", "/me")
    mia = found[2]
    assert (mia["role"], mia["email"], mia["has_password"]) == ("member", None, True)
    assert mia["created_at"] <= mia["last_seen_at"]
    newt = found[3]
    assert (newt["email"], newt["has_password"], newt["last_seen_at"]) == ("new@example.org", False, None)
    for words, names in (("MI", ["mia"]), ("new@", ["newt"]), ("R", ["robo", "runa"]), ("%", []), ("_ia", [])):
        assert [one["user"]["username"] for one in (await ada.call("GET", "/admin/users", q=words))["items"]] == names


async def test_lists_go_on(server: Server) -> None:
    for name in ("Attic", "Barn"):
        await server.mia.create_group(name)
    for what, expected in (("users", 4), ("groups", 3)):
        whole = (await server.ada.call("GET", f"/admin/{what}"))["items"]
        assert len(whole) == expected
        pages: list[Any] = []
        cursor: Any = ""
        while cursor is not None:
            page = await server.ada.call("GET", f"/admin/{what}", limit=1, cursor=cursor)
            pages += page["items"]
            cursor = page["next"]
        assert pages == whole


async def test_groups_are_seen_from_outside_only(server: Server) -> None:
    """Private ones by name and size; nothing of what is in them."""
    answer = await server.ada.http.get(f"{BASE}/admin/groups")
    (group,) = answer.json()["items"]
    assert (group["name"], group["slug"], group["kind"]) == ("Cellar", "cellar", "private")
    assert (group["members_count"], group["topics_count"], group["message_count"]) == (1, 2, 1)
    assert group["creator"]["username"] == "mia"
    assert CELLAR in json.dumps(await server.mia.call("GET", "/groups/cellar/topics"))
    assert CELLAR not in answer.text
    assert (await server.ada.refused("GET", "/groups/cellar"))["status"] == 404


async def test_conversations_of_a_few_are_only_a_sum(server: Server) -> None:
    direct = await server.mia.call("POST", "/direct", {"usernames": ["gus"]})
    await server.mia.post(direct["default_topic_id"], "between us")
    assert [group["slug"] for group in (await server.ada.call("GET", "/admin/groups"))["items"]] == ["cellar"]
    storage = await server.ada.call("GET", "/admin/storage")
    assert storage["totals"] | {"events": 0} == {
        "people": 4, "bots": 0, "groups": 1, "topics": 2, "messages": 2, "direct_messages": 1, "files": 0, "events": 0
    }  # fmt: skip
    assert [group["slug"] for group in storage["largest"]] == ["cellar"]


async def test_storage(server: Server, chat_folder: Path) -> None:
    (chat_folder / "convore-schema-1.db").write_bytes(b"x" * 1000)
    storage = await server.ada.call("GET", "/admin/storage")
    assert storage["sizes"]["database"] == (chat_folder / "convore.db").stat().st_size > 0
    assert storage["sizes"]["write_ahead_log"] > 0
    assert storage["sizes"]["copies"] == 1000
    assert storage["sizes"]["pictures"] == 0
    assert storage["sizes"]["free"] > 0
    assert storage["totals"]["events"] > 0


async def test_a_deleted_group_counts_no_more(server: Server) -> None:
    await server.mia.call("DELETE", "/groups/cellar")
    storage = await server.ada.call("GET", "/admin/storage")
    assert storage["largest"] == []
    assert (storage["totals"]["groups"], storage["totals"]["topics"], storage["totals"]["messages"]) == (0, 0, 0)


async def test_settings_say_where_they_come_from(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "other", name="Ours")
    async with open_appliance(settings, {"name": "CONVORE_NAME"}) as appliance:
        chat = Chat(appliance, "http://chat.test", in_memory=True)
        ada = await chat.member("ada", role="admin")
        items = {one["name"]: one for one in (await ada.call("GET", "/admin/settings"))["items"]}
        await chat.close()
    assert list(items) == list(settings.__struct_fields__)
    meaning = "What this place is called, on its pages."
    assert items["name"] == {"name": "name", "value": "Ours", "source": "CONVORE_NAME", "meaning": meaning}
    assert {one["source"] for name, one in items.items() if name != "name"} == {"default"}


def test_secrets_are_not_shown() -> None:
    assert shown("smtp_password", "hunter2 hunter2") == "set, not shown"
    assert shown("smtp_password", "not set") == "not set"
    assert shown("name", "Ours") == "Ours"
