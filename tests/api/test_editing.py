"""Editing and deleting messages in the API."""

from __future__ import annotations

import pytest

from convore_lite.routes.api import BASE
from convore_lite.testing import Member

from .answers import check_problem, count_rows
from .conftest import Place


async def patch(member: Member, message_id: int, text: str) -> int:
    return (await member.http.patch(f"{BASE}/messages/{message_id}", json={"text": text})).status_code


async def test_editing_keeps_what_was_said(place: Place) -> None:
    said = await place.bob.post(place.topic, "first")
    for text in ("*second*", "third", "third"):
        edited = await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": text})
    assert edited["edited_at"] >= said["created_at"]
    assert (edited["text"], edited["html"], edited["seq"]) == ("third", "third", said["seq"])
    assert await place.ann.call("GET", f"/messages/{said['id']}") == edited
    history = await place.ann.call("GET", f"/messages/{said['id']}/history")
    assert [version["text"] for version in history["items"]] == ["first", "*second*"]
    assert history["items"][0]["written_at"] == said["created_at"]
    assert history["items"][1]["html"] == "<em>second</em>"


async def test_the_same_words_change_nothing(place: Place) -> None:
    said = await place.bob.post(place.topic, "first")
    before = await count_rows(place.chat)
    assert await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": "first"}) == said
    assert await count_rows(place.chat) == before


async def test_who_may_edit(place: Place) -> None:
    said = await place.bob.post(place.topic, "mine")
    assert await patch(place.ann, said["id"], "hers") == 403
    assert await patch(place.cleo, said["id"], "hers") == 403
    assert await patch(place.bob, said["id"], "") == 422
    assert await patch(place.bob, said["id"] + 1, "none") == 404
    await place.ann.call("PATCH", f"/topics/{place.topic}", {"locked": True})
    assert await patch(place.bob, said["id"], "locked") == 403
    await place.ann.call("PATCH", f"/topics/{place.topic}", {"locked": False})
    await place.bob.call("POST", "/groups/home-lab/leave")
    assert await patch(place.bob, said["id"], "left") == 403
    await place.bob.join("home-lab")
    await place.bob.call("DELETE", f"/messages/{said['id']}")
    assert await patch(place.bob, said["id"], "deleted") == 409


async def test_mentions_follow_the_words(place: Place) -> None:
    said = await place.bob.post(place.topic, "for @ann")
    assert len((await place.ann.call("GET", "/me/mentions"))["items"]) == 1
    async with place.ann.live() as anns, place.cleo.live() as cleos:
        await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": "for @cleo"})
        assert (await cleos.next("mentioned"))["message_id"] == said["id"]
        assert (await anns.next("message_edited"))["message"]["text"] == "for @cleo"
        await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": "still for @cleo"})
        await place.cleo.call("PATCH", "/me", {"settings": {"now": 1}})
        assert "mentioned" not in [event["kind"] for event in await cleos.until("settings_changed")]
    assert (await place.ann.call("GET", "/me/mentions"))["items"] == []
    assert len((await place.cleo.call("GET", "/me/mentions"))["items"]) == 1


async def test_a_deleted_message_leaves_its_place(place: Place) -> None:
    said = await place.bob.post(place.topic, "secret @ann")
    await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": "secret, edited @ann"})
    async with place.ann.live() as stream:
        for _ in range(2):
            await place.bob.call("DELETE", f"/messages/{said['id']}")
        told = await stream.next("message_deleted")
        await place.ann.call("PATCH", "/me", {"settings": {"now": 1}})
        assert "message_deleted" not in [event["kind"] for event in await stream.until("settings_changed")]
    assert {name: told[name] for name in ("message_id", "topic_id", "group_id", "seq")} == {
        "message_id": said["id"],
        "topic_id": place.topic,
        "group_id": place.group["id"],
        "seq": said["seq"],
    }
    [left] = await place.ann.messages(place.topic)
    assert (left["text"], left["nodes"], left["html"], left["deleted"], left["seq"]) == ("", [], "", True, said["seq"])
    assert (await place.ann.call("GET", f"/messages/{said['id']}/history"))["items"] == []
    assert (await place.ann.call("GET", "/me/mentions"))["items"] == []
    topic = await place.ann.call("GET", f"/topics/{place.topic}")
    assert (topic["message_count"], topic["last_seq"], topic["my"]["unread"]) == (0, 1, 0)
    assert (await place.bob.post(place.topic, "next"))["seq"] == 2


async def test_who_may_delete(place: Place) -> None:
    for member, status in ((place.cleo, 403), (place.bob, 403), (place.ann, 204)):
        said = await place.ann.post(place.topic, "hers")
        assert (await member.http.delete(f"{BASE}/messages/{said['id']}")).status_code == status
    said = await place.bob.post(place.topic, "his")
    await place.ann.call("DELETE", f"/messages/{said['id']}")

    def noted(conn: object) -> list[tuple[object, ...]]:
        rows = conn.execute("SELECT act, actor_id, user_id FROM audit WHERE act = 'delete message'")  # type: ignore[attr-defined]
        return [tuple(row) for row in rows]

    # What one does to one's own is no privileged act.
    read = place.chat.appliance.app.store.read
    assert await read(noted) == [("delete message", place.ann.id, place.bob.id)]


@pytest.mark.parametrize("since", ["edited", "deleted"])
async def test_a_retry_after_that_gets_the_message_as_it_is(place: Place, since: str) -> None:
    said = await place.bob.post(place.topic, "first", client_id="c1")
    if since == "edited":
        await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": "second"})
    else:
        await place.bob.call("DELETE", f"/messages/{said['id']}")
    again = {"text": "first", "client_id": "c1"}
    answer = await place.bob.http.post(f"{BASE}/topics/{place.topic}/messages", json=again)
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["text"]) == (said["id"], "second" if since == "edited" else "")
    other = await place.bob.open_topic("home-lab", "Other")
    check_problem(await place.bob.http.post(f"{BASE}/topics/{other['id']}/messages", json=again), 409)
    if since == "edited":
        answer = await place.bob.http.post(f"{BASE}/topics/{place.topic}/messages", json={**again, "text": "second"})
        check_problem(answer, 409)
