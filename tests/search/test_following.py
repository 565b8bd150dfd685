"""The index follows what happens, from wherever it is: nothing is missing, and nothing is there twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import trio

from convore_lite.routes.api import BASE
from convore_lite.store import Writer, finding, log
from convore_lite.testing import Chat, open_chat

from .conftest import Find, texts


async def test_an_import_is_found(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    attic = await ann.create_group("Attic")
    birds = await ann.open_topic(attic["id"], "Birds", "kingfisher number 1")
    await chat.searchable()
    async with chat.client(console=True) as console:
        written, cursor = [], ""
        while cursor is not None:
            page = (await console.get(f"{BASE}/admin/export", params={"groups": attic["id"], "cursor": cursor})).json()
            written, cursor = [*written, *page["items"]], page["next"]
        [line] = [one for one in written if "kingfisher" in one.get("text", "")]
        more = [
            {**line, "seq": seq, "client_id": f"old-{seq}", "text": f"kingfisher number {seq}"} for seq in range(2, 32)
        ]
        taken = await console.post(f"{BASE}/admin/import", json={"lines": more})
        assert {one["outcome"] for one in taken.json()["outcomes"]} == {"taken"}
    assert (await find(ann, "kingfisher"))["total"] == 31
    await ann.post(birds["id"], "kingfisher number 32")
    assert (await find(ann, "kingfisher"))["total"] == 32


async def test_what_somebody_said_who_leaves_for_good(chat: Chat, find: Find) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    admin = await chat.member("olga", role="admin")
    lab = await ann.create_group("Home lab")
    await bob.join("home-lab")
    await bob.post(lab["default_topic_id"], "a kingfisher")
    assert (await find(ann, "kingfisher"))["total"] == 1
    await admin.call("DELETE", "/users/bob", {"messages": "delete"})
    assert (await ann.call("GET", "/search", q="kingfisher"))["total"] == 0
    assert (await find(ann, "kingfisher"))["total"] == 0


def forget_the_log(conn: Writer) -> None:
    conn.execute("DELETE FROM events")


async def test_where_the_log_does_not_tell_any_more_a_new_index_is_made(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        ann = await chat.member("ann")
        lab = await ann.create_group("Home lab")
        await ann.post(lab["default_topic_id"], "a kingfisher")
        await chat.searchable()
        first = chat.appliance.app.index.standing.event
    async with open_chat(tmp_path) as chat:
        ann = chat.member_with(ann.user, ann.token)
        await ann.post(lab["default_topic_id"], "another kingfisher")
        assert await chat.appliance.app.store.read(log.last_number) > first
        await chat.appliance.app.store.write(forget_the_log)
        await chat.searchable()
        answer = await ann.call("GET", "/search", q="kingfisher")
        assert sorted(texts(answer)) == ["a kingfisher", "another kingfisher"]


async def test_a_stop_and_what_was_said_without_an_index(tmp_path: Path) -> None:
    for number in range(3):
        async with open_chat(tmp_path) as chat:
            if not number:
                ann = await chat.member("ann")
                lab = await ann.create_group("Home lab")
            ann = chat.member_with(ann.user, ann.token)
            await ann.post(lab["default_topic_id"], f"kingfisher {number}")
            if number != 1:
                await chat.searchable()
                answer = await ann.call("GET", "/search", q="kingfisher", sort="newest")
                assert answer["total"] == number + 1
                assert answer["complete"]


async def test_without_an_index_what_was_said_last_is_looked_through(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab, vault = await ann.create_group("Home lab"), await ann.create_group("Vault", "private")
    for number in range(5):
        await ann.post(lab["default_topic_id"], f"kingfisher {number}")
    await ann.post(vault["default_topic_id"], "kingfisher in the vault")
    answer = await bob.call("GET", "/search", q="kingf", limit=2)
    assert texts(answer) == ["kingfisher 4", "kingfisher 3"]
    assert (answer["total"], answer["complete"], answer["next"]) == (5, False, "2")
    assert (await ann.call("GET", "/search", q="kingfisher -vault"))["total"] == 5
    assert (await ann.call("GET", "/search", q="kingfisher in:vault"))["total"] == 1


async def test_one_at_a_time_looks_through_what_was_said(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a thread for long, and others have to read as well."""
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    await ann.post(lab["default_topic_id"], "a kingfisher")
    looking, most = 0, 0
    scan = finding.scan

    def counted(conn: sqlite3.Connection, asked: finding.Asked) -> list[int]:
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        found = scan(conn, asked)
        looking -= 1
        return found

    async def search() -> None:
        assert (await ann.call("GET", "/search", q="kingfisher"))["total"] == 1

    monkeypatch.setattr(finding, "scan", counted)
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(search)
    assert most == 1


async def test_the_index_and_the_database_are_compared(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann", role="admin")
    lab = await ann.create_group("Home lab")
    await ann.post(lab["default_topic_id"], "a kingfisher")
    assert await ann.call("GET", "/admin/search/check") == {
        "messages": 1, "indexed": None, "sample": 1, "missing": None
    }  # fmt: skip
    await find(ann, "kingfisher")
    assert await ann.call("GET", "/admin/search/check") == {"messages": 1, "indexed": 1, "sample": 1, "missing": 0}
    state = await ann.call("GET", "/admin/search")
    assert state == {
        "ready": True,
        "event": state["event"],
        "behind": 0,
        "making": False,
        "percent": None,
        "trouble": None,
    }
    await ann.call("POST", "/admin/search/reindex")
    await find(ann, "kingfisher")
