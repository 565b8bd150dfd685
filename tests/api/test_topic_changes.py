"""Renaming, resolving, locking, pinning and deleting topics in the API."""

from __future__ import annotations

import pytest

from convore_lite.actions import deletion
from convore_lite.routes.api import BASE
from convore_lite.store import deletion as deletion_store
from convore_lite.store import topics

from .conftest import Place


async def test_who_may_change_what(place: Place) -> None:
    topic = await place.bob.open_topic("home-lab", "Things")
    path = f"{BASE}/topics/{topic['id']}"
    for body in ({"name": "Better"}, {"resolved": True}, {"resolved": False}):
        assert (await place.cleo.http.patch(path, json=body)).status_code == 403
        answer = await place.bob.http.patch(path, json=body)
        assert (answer.status_code, answer.json()) == (200, {**answer.json(), **body})
        assert (await place.bob.http.patch(f"{BASE}/topics/{place.topic}", json=body)).status_code == 403
    for body in ({"locked": True}, {"pinned": True}, {"name": "Best", "locked": True}):
        assert (await place.bob.http.patch(path, json=body)).status_code == 403
        assert (await place.ann.http.patch(path, json=body)).status_code == 200
    assert (await place.ann.http.patch(path, json={"slug": "x"})).status_code == 422


async def test_one_change_is_told_once_and_none_not_at_all(place: Place) -> None:
    topic = await place.bob.open_topic("home-lab", "Things")
    async with place.ann.live() as stream:
        await place.bob.call("PATCH", f"/topics/{topic['id']}", {"name": "Better", "resolved": True})
        await place.bob.call("PATCH", f"/topics/{topic['id']}", {"name": "Better", "resolved": True})
        await place.bob.call("PATCH", f"/topics/{topic['id']}", {})
        await place.ann.call("PATCH", "/me", {"settings": {"now": 1}})
        told = await stream.until("settings_changed")
    assert [event["kind"] for event in told] == ["topic_changed", "settings_changed"]
    assert (told[0]["topic"]["name"], told[0]["topic"]["slug"], told[0]["topic"]["resolved"]) == (
        "Better",
        "better",
        True,
    )


async def test_an_old_address_leads_to_the_topic(place: Place) -> None:
    """Until another topic takes it, and only those who may read the topic."""
    topic = await place.ann.open_topic("home-lab", "Things")
    store, group = place.chat.appliance.app.store, place.group["id"]

    async def found(slug: str, user_id: int = place.bob.id) -> int | None:
        old = await store.read(topics.moved_from, user_id, group, slug)
        return old.id if old else None

    await place.ann.call("PATCH", f"/topics/{topic['id']}", {"name": "Better"})
    await place.ann.call("PATCH", f"/topics/{topic['id']}", {"name": "Best"})
    assert [await found(slug) for slug in ("things", "better", "best", "none")] == [
        topic["id"],
        topic["id"],
        None,
        None,
    ]
    again = await place.ann.call("PATCH", f"/topics/{topic['id']}", {"name": "Better"})
    assert (again["slug"], await found("best"), await found("better")) == ("better", topic["id"], None)
    assert (await place.ann.open_topic("home-lab", "Things"))["slug"] == "things"
    assert await found("things") is None
    hidden = await place.ann.create_group("Hidden", "private")
    await place.ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": hidden["id"]})
    assert await found("better", place.ann.id) == topic["id"]
    assert await found("better") is None


async def test_what_is_noted(place: Place) -> None:
    topic = await place.bob.open_topic("home-lab", "Things")
    path = f"/topics/{topic['id']}"
    await place.bob.call("PATCH", path, {"name": "Better", "resolved": True})
    await place.ann.call("PATCH", path, {"locked": True, "resolved": False})
    await place.ann.call("PATCH", path, {"locked": True})
    await place.ann.call("DELETE", path)

    def acts(conn: object) -> list[str]:
        rows = conn.execute("SELECT act FROM audit WHERE topic_id = ? ORDER BY act", (topic["id"],))  # type: ignore[attr-defined]
        return [row[0] for row in rows]

    assert await place.chat.appliance.app.store.read(acts) == ["delete topic", "lock topic", "reopen topic"]


async def test_a_deleted_topic_is_gone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once; and what was left when the server died goes with the next upkeep."""

    async def dies(*_: object) -> None:
        pass

    erase = deletion._erase
    monkeypatch.setattr(deletion, "_erase", dies)
    topic = await place.bob.open_topic("home-lab", "Things", "the cellar key @ann")
    [said] = await place.ann.messages(topic["id"])
    assert await place.ann.unread(topic["id"]) == 1
    await place.ann.call("DELETE", f"/topics/{topic['id']}")
    store = place.chat.appliance.app.store
    assert len(await store.read(deletion_store.hidden)) == 1
    for member in (place.ann, place.bob):
        for path in (f"/topics/{topic['id']}", f"/messages/{said['id']}"):
            assert (await member.refused("GET", path))["status"] == 404
    assert (await place.ann.call("GET", "/me/unread"))["total"] == 0
    assert (await place.ann.call("GET", "/me/mentions"))["items"] == []
    assert [one["slug"] for one in (await place.ann.call("GET", "/groups"))["items"]] == ["home-lab"]
    assert (await place.bob.open_topic("home-lab", "Things"))["slug"] == "things"
    monkeypatch.setattr(deletion, "_erase", erase)
    await deletion.erase_deleted(place.chat.appliance.app)

    def left(conn: object) -> list[int]:
        tables = ("messages", "mentions", "groups")
        return [conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # type: ignore[attr-defined]

    def in_log(conn: object) -> bool:
        rows = conn.execute("SELECT payload FROM events").fetchall()  # type: ignore[attr-defined]
        return any(b"cellar key" in row[0] for row in rows)

    assert await store.read(left) == [0, 0, 1]
    assert not await store.read(in_log)
