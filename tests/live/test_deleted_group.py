"""A deleted group: gone for everybody with one commit, each of their streams told once, and its words out of the database."""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio
import trio.testing

from convore_lite.actions import deletion
from convore_lite.actions.upkeep import trim_events
from convore_lite.routes.api import BASE
from convore_lite.store import deletion as deletion_store
from convore_lite.testing import Chat, ChatServer, LiveStream, Member, open_chat

from .test_stream import sync, three

SECRET = "the cellar key is under the pot"


async def count(chat: Chat) -> dict[str, int]:
    def rows(conn: sqlite3.Connection) -> dict[str, int]:
        tables = ("groups", "memberships", "topics", "messages", "mentions", "readings")
        return {table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}

    return await chat.appliance.app.store.read(rows)


async def other_group(ann: Member, bob: Member) -> dict[str, Any]:
    """A group that stays, so that one can tell who still hears something."""
    group = await ann.create_group("Garden")
    await bob.join(group["id"])
    return group


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


async def test_all_of_it_is_gone_and_nothing_else(chat: Chat) -> None:
    ann, bob, _, group = await three(chat, "private")
    garden = await other_group(ann, bob)
    await ann.post(garden["default_topic_id"], "stays, @bob")
    before = await count(chat)
    topic = await ann.open_topic(group["id"], "Cellar", SECRET)
    said = await ann.post(topic["id"], f"@bob {SECRET}")
    await bob.post(topic["id"], "thanks", reply_to=said["id"])
    await bob.call("POST", f"/topics/{topic['id']}/unread", {"seq": 1})
    assert (await bob.call("GET", "/me/unread"))["total"] == 3
    await ann.call("DELETE", "/groups/home-lab")
    for path in (f"/groups/{group['id']}", "/groups/home-lab", f"/topics/{topic['id']}", f"/messages/{said['id']}"):
        for member in (ann, bob):
            assert (await member.refused("GET", path))["status"] == 404
    assert [one["slug"] for one in (await bob.call("GET", "/groups"))["items"]] == ["garden"]
    unread = await bob.call("GET", "/me/unread")
    assert (unread["total"], [one["id"] for one in unread["groups"]]) == (1, [garden["id"]])
    assert [one["message"]["text"] for one in (await bob.call("GET", "/me/mentions"))["items"]] == ["stays, @bob"]
    after = await count(chat)
    assert after == {**before, "groups": 1, "topics": 1, "memberships": 2, "readings": after["readings"]}
    again = await ann.create_group("Home lab")
    assert again["slug"] == "home-lab"  # the address is free
    assert again["id"] > group["id"]


async def test_who_may_delete_it(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat)
    for member in (bob, cleo):
        assert (await member.refused("DELETE", f"/groups/{group['id']}"))["status"] == 403
    hidden = await ann.create_group("Hidden", "private")
    assert (await bob.refused("DELETE", f"/groups/{hidden['id']}"))["status"] == 404
    read = await (await chat.signed_in(ann)).call("POST", "/me/tokens", {"name": "reader", "scope": "read"})
    reader = chat.member_with(ann.user, read["token"])
    assert (await reader.refused("DELETE", f"/groups/{group['id']}"))["status"] == 403
    await ann.call("DELETE", f"/groups/{hidden['id']}")
    await ann.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "admin"})
    await bob.call("DELETE", f"/groups/{group['id']}")
    assert (await ann.refused("DELETE", f"/groups/{group['id']}"))["status"] == 404
    garden = await ann.create_group("Garden")
    async with chat.client(console=True) as console:
        assert (await console.delete(f"{BASE}/groups/garden")).status_code == 204
        assert (await console.delete(f"{BASE}/groups/{garden['id']}")).status_code == 404
        assert (await console.get(f"{BASE}/groups")).json()["items"] == []


async def deleted_while_watched(chat: Chat, ann: Member, bob: Member, cleo: Member) -> None:
    group = await ann.create_group("Home lab")
    await bob.join(group["id"])
    garden = await other_group(ann, bob)
    await cleo.join(garden["id"])
    async with AsyncExitStack() as stack:
        anns = await stack.enter_async_context(ann.live())
        bobs = [await stack.enter_async_context(bob.live()) for _ in range(2)]
        visitor = await stack.enter_async_context(cleo.live(groups=group["id"]))
        watching: list[LiveStream] = [anns, *bobs, visitor]
        await ann.post(group["default_topic_id"], "hello")
        for stream in watching:
            await stream.next("message_posted")
        await ann.call("DELETE", f"/groups/{group['id']}")
        await ann.post(garden["default_topic_id"], "on we go")
        for stream in watching:
            told = await stream.until("message_posted")
            assert [event["group_id"] for event in told if event["kind"] == "group_deleted"] == [group["id"]]
            assert told[-1]["message"]["text"] == "on we go"
    assert chat.appliance.app.hub.watchers(group["id"]) == set()


async def test_each_stream_is_told_once(chat: Chat) -> None:
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    await deleted_while_watched(chat, ann, bob, cleo)


def test_over_the_network_too(chat_server: ChatServer) -> None:
    ann, bob, cleo = [chat_server.member(name) for name in ("ann", "bob", "cleo")]
    chat_server.call(deleted_while_watched, chat_server.chat, ann, bob, cleo)


@pytest.mark.parametrize("private", [True, False])
async def test_what_waits_of_it_is_dropped(chat: Chat, private: bool) -> None:
    """For somebody who does not read at the moment, a member or (where it is public) one who looks on."""
    ann, bob, cleo, group = await three(chat, "private" if private else "public")
    garden = await other_group(ann, bob)
    await cleo.join(garden["id"])
    reader, query = (bob, {}) if private else (cleo, {"groups": group["id"]})
    async with reader.live(**query) as stream:
        await ann.post(garden["default_topic_id"], "on its way")
        await trio.testing.wait_all_tasks_blocked()
        await ann.post(group["default_topic_id"], SECRET)
        await ann.post(garden["default_topic_id"], "waits")
        await ann.call("DELETE", f"/groups/{group['id']}")
        told = (await sync(reader, stream))[0]
    assert kinds(told) == ["message_posted", "message_posted", "group_deleted"]
    assert [event["message"]["text"] for event in told[:2]] == ["on its way", "waits"]


async def test_who_was_away_learns_of_it(chat: Chat) -> None:
    """From every place in the log; and of nothing that was said there."""
    ann, bob, cleo, group = await three(chat, "private")
    garden = await other_group(ann, bob)
    places = []
    async with bob.live() as stream:
        places.append(stream.hello["at_id"])
        for number in range(3):
            await ann.post(group["default_topic_id"], f"{SECRET}, @bob {number}")
            await ann.post(garden["default_topic_id"], f"stays {number}")
            places.append((await stream.until("message_posted"))[-1]["id"])
            places.append((await stream.until("message_posted"))[-1]["id"])
    epoch = places[0].partition("-")[0]
    await ann.call("DELETE", f"/groups/{group['id']}")
    for place in [f"{epoch}-0", *places]:
        async with bob.live(last_id=place) as stream:
            told = (await sync(bob, stream))[0]
        told = [event for event in told if event["kind"] != "settings_changed"]
        assert kinds(told).count("group_deleted") == 1
        assert {event["kind"] for event in told} <= {"member_joined", "topic_opened", "message_posted", "group_deleted"}
        assert str(group["id"]) not in {
            str(event.get("group_id")) for event in told if event["kind"] != "group_deleted"
        }
        assert all(event["message"]["text"].startswith("stays") for event in told if "message" in event)
        assert SECRET not in str(told)
    polled = await bob.http.get(f"{BASE}/live?wait=1&after={places[0]}", headers={"accept": "application/json"})
    assert kinds(polled.json()["events"]).count("group_deleted") == 1
    async with cleo.live(last_id=f"{epoch}-0") as stream:  # never in it, and away: there is nothing to learn
        assert "group_deleted" not in kinds((await sync(cleo, stream))[0])
    assert await trim_events(chat.appliance.app) == 0


async def test_nothing_of_it_is_told_before_it_is_taken_away(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time between the first commit and the last, or a server that dies there; the next start goes on."""
    ann, bob, _, group = await three(chat)
    garden = await other_group(ann, bob)
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    said = await ann.post(group["default_topic_id"], f"@bob {SECRET}")
    await ann.post(garden["default_topic_id"], "stays")

    async def dies(*_: Any) -> None:
        pass

    erase = deletion._erase
    monkeypatch.setattr(deletion, "_erase", dies)
    await ann.call("DELETE", f"/groups/{group['id']}")
    app = chat.appliance.app
    assert await app.store.read(deletion_store.hidden) == [group["id"]]
    assert (await count(chat))["messages"] == 2
    async with bob.live(last_id=place, groups=group["id"]) as stream:
        assert kinds((await sync(bob, stream))[0]) == ["message_posted", "group_deleted"]
    assert (await ann.refused("GET", f"/messages/{said['id']}"))["status"] == 404
    assert [one["slug"] for one in (await ann.call("GET", "/groups", discover="recent"))["items"]] == ["garden"]
    async with chat.client(console=True) as console:
        assert [one["slug"] for one in (await console.get(f"{BASE}/groups")).json()["items"]] == ["garden"]
        exported = await everything_exported(console)
        assert "stays" in exported
        assert SECRET not in exported
        put = await console.put(f"{BASE}/groups/{group['id']}/members/bob", json={"role": "admin"})
        assert put.status_code == 404
    monkeypatch.setattr(deletion, "_erase", erase)
    await deletion.erase_deleted(app)
    assert await app.store.read(deletion_store.hidden) == []
    assert (await count(chat))["messages"] == 1


async def test_its_words_leave_the_database(chat_folder: Path) -> None:
    """The rows at once; the bytes that are left in the file with VACUUM."""
    async with open_chat(chat_folder) as chat:
        ann, bob, _, group = await three(chat)
        garden = await other_group(ann, bob)
        for number in range(30):
            await ann.post(group["default_topic_id"], f"{SECRET} @bob {number}")
            await ann.post(garden["default_topic_id"], f"carrots {number}")
        await ann.call("DELETE", f"/groups/{group['id']}")
        assert await chat.appliance.app.store.read(every_value_with, "cellar key") == 0
        assert await chat.appliance.app.store.read(every_value_with, "carrots") > 0
    files = vacuumed(chat_folder)
    assert any(b"carrots" in content for content in files.values())
    assert [path for path, content in files.items() if b"cellar key" in content or b"Home lab" in content] == []


async def everything_exported(console: httpx2.AsyncClient) -> str:
    pages, cursor = [], ""
    while cursor is not None:
        answer = await console.get(f"{BASE}/admin/export", params={"groups": "*", "cursor": cursor})
        pages.append(answer.text)
        cursor = answer.json()["next"]
    return "".join(pages)


def vacuumed(folder: Path) -> dict[Path, bytes]:
    """What is in each file of a data folder that nobody serves, after VACUUM."""
    connection = sqlite3.connect(folder / "convore.db", isolation_level=None)
    connection.execute("VACUUM")
    connection.close()
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def every_value_with(conn: sqlite3.Connection, words: str) -> int:
    """In how many values of all tables these words are."""
    found = 0
    for (table,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for row in conn.execute(f"SELECT * FROM {table}"):
            found += sum(
                words in (value.decode(errors="replace") if isinstance(value, bytes) else str(value)) for value in row
            )
    return found


async def test_it_goes_in_small_steps(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "STEP", 7)
    ann, bob, _, group = await three(chat)
    garden = await other_group(ann, bob)
    for number in range(12):
        topic = await ann.open_topic(group["id"], f"Topic {number}", "one")
        await bob.post(topic["id"], "two")
    await ann.post(garden["default_topic_id"], "stays")
    store = chat.appliance.app.store
    steps = (await store.read(lambda conn: conn.execute("SELECT max(number) FROM events").fetchone()[0])) // 7
    before = store.statistics().commits
    await ann.call("DELETE", f"/groups/{group['id']}")
    assert store.statistics().commits - before >= steps + 24 // 7 + 13 // 7
    left = await count(chat)
    assert (left["groups"], left["topics"], left["messages"]) == (1, 1, 1)
