"""Reactions: one emoji and one person once, told to those who hear of the message, and gone with it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from convore_lite.actions import reactions

from .conftest import Place

THUMB, HEART = "\U0001f44d", "\u2764\ufe0f"


def path_of(message_id: int, emoji: str) -> str:
    return f"/messages/{message_id}/reactions/{quote(emoji)}"


async def test_who_reacted_with_what(place: Place) -> None:
    said = await place.ann.post(place.topic, "Found it")
    await place.cleo.join("home-lab")
    async with place.bob.live() as stream:
        for member, emoji in ((place.cleo, THUMB), (place.ann, HEART), (place.bob, THUMB), (place.bob, THUMB)):
            await member.call("PUT", path_of(said["id"], emoji))
        heard = [await stream.next("reaction_added") for _ in range(3)]
        assert [(one["user_id"], one["emoji"]) for one in heard] == [
            (place.cleo.id, THUMB),
            (place.ann.id, HEART),
            (place.bob.id, THUMB),
        ]
        assert {(one["message_id"], one["topic_id"]) for one in heard} == {(said["id"], place.topic)}
        seen = (await place.ann.messages(place.topic))[0]["reactions"]
        assert seen == [
            {"emoji": THUMB, "user_ids": [place.cleo.id, place.bob.id]},
            {"emoji": HEART, "user_ids": [place.ann.id]},
        ]
        for _ in range(2):
            await place.cleo.call("DELETE", path_of(said["id"], THUMB))
        assert (await stream.next("reaction_removed"))["user_id"] == place.cleo.id
        await place.ann.call("PATCH", f"/messages/{said['id']}", {"text": "Found it!"})
        edited = (await stream.next())["message"]  # nothing between: taking back what is not there is not told
        assert edited["reactions"] == [
            {"emoji": HEART, "user_ids": [place.ann.id]},  # now the first
            {"emoji": THUMB, "user_ids": [place.bob.id]},
        ]


@pytest.mark.parametrize("written", ["\u2764", "\u2764\ufe0f", "heart", ":heart:", "red_heart"])
async def test_one_emoji_however_it_is_written(place: Place, written: str) -> None:
    said = await place.ann.post(place.topic, "Found it")
    await place.ann.call("PUT", path_of(said["id"], written))
    assert (await place.ann.call("GET", f"/messages/{said['id']}"))["reactions"][0]["emoji"] == HEART


@pytest.mark.parametrize(
    "written", ["xyz", "1", "<b>", THUMB + HEART, "nothing_of_that_name", "\ufe0f", "%00", "\u202e"]
)
async def test_no_emoji(place: Place, written: str) -> None:
    said = await place.ann.post(place.topic, "Found it")
    for method in ("PUT", "DELETE"):
        assert (await place.ann.refused(method, path_of(said["id"], written)))["status"] == 422


async def test_who_may(place: Place) -> None:
    said = await place.ann.post(place.topic, "Found it")
    path = path_of(said["id"], THUMB)
    assert (await place.cleo.refused("PUT", path))["status"] == 403  # reads it, and is not in the group
    await place.bob.call("PUT", path)
    await place.ann.call("PATCH", f"/topics/{place.topic}", {"locked": True})
    assert (await place.bob.refused("PUT", path_of(said["id"], HEART)))["status"] == 403
    await place.bob.call("DELETE", path)  # one's own can be taken back at any time
    await place.ann.call("PATCH", f"/groups/{place.group['id']}", {"kind": "private"})
    for method in ("PUT", "DELETE"):
        assert (await place.cleo.refused(method, path))["status"] == 404


async def test_not_without_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "MOST_KINDS", 2)
    said = await place.ann.post(place.topic, "Found it")
    for name in ("tada", "heart"):
        await place.ann.call("PUT", path_of(said["id"], name))
    assert (await place.bob.refused("PUT", path_of(said["id"], "fire")))["status"] == 409
    await place.bob.call("PUT", path_of(said["id"], "heart"))
    assert len((await place.ann.call("GET", f"/messages/{said['id']}"))["reactions"]) == 2


async def test_of_who_is_ignored(place: Place) -> None:
    said = await place.ann.post(place.topic, "Found it")
    await place.bob.call("PUT", path_of(said["id"], THUMB))
    assert len((await place.ann.call("GET", f"/messages/{said['id']}"))["reactions"]) == 1
    await place.ann.call("PUT", "/me/ignored/bob")
    async with place.ann.live() as stream:
        await place.bob.call("PUT", path_of(said["id"], HEART))
        await place.ann.post(place.topic, "next")
        assert (await stream.next())["kind"] == "message_posted"
    assert (await place.ann.call("GET", f"/messages/{said['id']}"))["reactions"] == []


async def test_it_goes_with_the_message(place: Place) -> None:
    said = await place.ann.post(place.topic, "Found it")
    await place.bob.call("PUT", path_of(said["id"], THUMB))
    await place.ann.call("DELETE", f"/messages/{said['id']}")
    assert (await place.bob.call("GET", f"/messages/{said['id']}"))["reactions"] == []
    assert (await place.bob.refused("PUT", path_of(said["id"], THUMB)))["status"] == 409
