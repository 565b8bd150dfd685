"""Undo: a message is taken back as if it had never been there, and its author goes on writing it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from convore_lite.appliance import wall_clock
from convore_lite.testing import open_chat

from .conftest import Place, make_place
from .test_scheduled import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(wall_clock())


@pytest.fixture
async def at(chat_folder: Path, clock: Clock) -> AsyncIterator[Place]:
    async with open_chat(chat_folder, now=clock) as chat:
        yield await make_place(chat)


async def test_it_is_in_the_draft_again_with_all_it_had(at: Place, clock: Clock) -> None:
    asked = await at.bob.post(at.topic, "where is it?")
    file = await at.ann.send_file(b"map")
    said = await at.ann.post(at.topic, "in the @bob", reply_to=asked["id"], file_ids=[file["id"]])
    assert await at.bob.unread(at.topic) == 1
    assert len((await at.bob.call("GET", "/me/mentions"))["items"]) == 1
    clock.now += 10_000
    async with at.bob.live() as bobs, at.ann.live() as anns:
        undone = await at.ann.call("POST", f"/messages/{said['id']}/undo")
        event = await bobs.next("message_deleted")
        assert (event["message_id"], event["seq"], event["undone"]) == (said["id"], 2, True)
        assert (await anns.next("draft_changed"))["revision"] == undone["draft"]["revision"]
    assert (undone["text"], undone["reply_to"], undone["files"]) == ("in the @bob", asked["id"], [file])
    draft = await at.ann.call("GET", f"/topics/{at.topic}/draft")
    assert draft == undone["draft"]
    assert (draft["text"], draft["reply_to"], draft["files"]) == ("in the @bob", asked["id"], [file])
    assert (await at.ann.http.get(file["url"])).content == b"map"
    assert (await at.bob.http.get(file["url"])).status_code == 404
    assert await at.bob.unread(at.topic) == 0
    assert (await at.bob.call("GET", "/me/mentions"))["items"] == []
    again = await at.ann.post(at.topic, "in the drawer", reply_to=asked["id"], file_ids=[file["id"]])
    assert (again["seq"], again["files"]) == (3, [file])


async def test_the_topic_is_as_it_was_before(at: Place, clock: Clock) -> None:
    await at.bob.post(at.topic, "hello")
    before = await at.bob.call("GET", f"/topics/{at.topic}")
    clock.now += 5000
    said = await at.ann.post(at.topic, "oops")
    await at.ann.call("POST", f"/messages/{said['id']}/undo")
    after = await at.bob.call("GET", f"/topics/{at.topic}")
    assert after.pop("last_seq") == before.pop("last_seq") + 1  # the place stays, so that none is missing
    assert after == before
    [_, place] = await at.bob.messages(at.topic)
    assert (place["seq"], place["text"], place["deleted"], place["undone"]) == (2, "", True, True)
    assert "oops" not in str([one async for one in history(at)])


async def history(at: Place) -> AsyncIterator[object]:
    """All that is told to somebody who comes back to the beginning."""
    epoch = at.chat.appliance.app.store.epoch
    poll = await at.bob.http.get(f"/api/v1/live?after={epoch}-0&wait=1", headers={"accept": "application/json"})
    for event in poll.json()["events"]:
        yield event


async def test_it_goes_before_what_was_written_since(at: Place) -> None:
    said = await at.ann.post(at.topic, "first")
    await at.ann.call("PUT", f"/topics/{at.topic}/draft", {"text": "second"})
    undone = await at.ann.call("POST", f"/messages/{said['id']}/undo")
    assert (undone["text"], undone["draft"]["text"]) == ("first", "first\n\nsecond")
    long = await at.ann.post(at.topic, "x" * 16380)
    problem = await at.ann.refused("POST", f"/messages/{long['id']}/undo")
    assert (problem["status"], problem["detail"]) == (
        409,
        "There is no room for it beside what you have written since.",
    )
    assert (await at.ann.call("GET", f"/messages/{long['id']}"))["deleted"] is False


async def test_when_and_whose(at: Place, clock: Clock) -> None:
    late, edited, gone, other = [await at.ann.post(at.topic, word) for word in ("late", "edited", "gone", "other")]
    await at.ann.call("PATCH", f"/messages/{edited['id']}", {"text": "edited since"})
    await at.ann.call("DELETE", f"/messages/{gone['id']}")
    for which, why in ((edited, "edited"), (gone, "deleted")):
        refused = await at.ann.refused("POST", f"/messages/{which['id']}/undo")
        assert (refused["status"], why in refused["detail"]) == (409, True)
    assert (await at.bob.refused("POST", f"/messages/{other['id']}/undo"))["status"] == 403
    await at.ann.call("POST", f"/messages/{other['id']}/undo")
    assert (await at.ann.refused("POST", f"/messages/{other['id']}/undo"))["status"] == 409
    clock.now += 10_001
    assert (await at.ann.refused("POST", f"/messages/{late['id']}/undo"))["status"] == 409
    clock.now -= 3600 * 1000  # the clock was set back
    assert (await at.ann.refused("POST", f"/messages/{late['id']}/undo"))["status"] == 409
