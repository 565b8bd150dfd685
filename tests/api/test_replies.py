"""Replies: what they quote comes with them, as it is now, to whoever may read it."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import Member

from .conftest import Place


async def quoted(member: Member, message: int) -> Any:
    return (await member.call("GET", f"/messages/{message}"))["quoted"]


async def test_a_reply_quotes_the_first_words(place: Place) -> None:
    first = await place.ann.post(place.topic, "The **restore** drill\nfinished: " + "412 GB " * 40)
    assert first["quoted"] is None
    reply = await place.bob.post(place.topic, "Nice", reply_to=first["id"])
    text = reply["quoted"]["text"]
    assert reply["quoted"] == {"id": first["id"], "author": first["author"], "text": text, "deleted": False}
    assert text.startswith("The restore drill finished: 412 GB 412 GB")
    assert text.endswith("…")
    assert len(text) <= 161
    [_, listed] = await place.cleo.messages(place.topic)
    assert listed["quoted"] == reply["quoted"]


async def test_it_is_as_the_message_is_now(place: Place) -> None:
    first = await place.ann.post(place.topic, "one")
    reply = await place.bob.post(place.topic, "two", reply_to=first["id"])
    await place.ann.call("PATCH", f"/messages/{first['id']}", {"text": "1 & 1"})
    assert (await quoted(place.bob, reply["id"]))["text"] == "1 & 1"
    await place.ann.call("DELETE", f"/messages/{first['id']}")
    assert await quoted(place.bob, reply["id"]) == {
        "id": first["id"],
        "author": first["author"],
        "text": "",
        "deleted": True,
    }


async def test_not_of_somebody_ignored(place: Place) -> None:
    first = await place.ann.post(place.topic, "one")
    reply = await place.bob.post(place.topic, "two", reply_to=first["id"])
    assert (await quoted(place.cleo, reply["id"]))["text"] == "one"
    await place.cleo.call("PUT", "/me/ignored/ann")
    assert await quoted(place.cleo, reply["id"]) is None
    assert (await quoted(place.bob, reply["id"]))["text"] == "one"


async def test_where_it_was_moved_only_for_who_may_read_there(place: Place) -> None:
    first = await place.ann.post(place.topic, "zebra")
    reply = await place.bob.post(place.topic, "two", reply_to=first["id"])
    den = await place.ann.create_group("Den", "private")
    to = {"topic_id": den["default_topic_id"]}
    await place.ann.call("POST", f"/topics/{place.topic}/move", {"message_ids": [first["id"]], "to": to})
    assert (await quoted(place.ann, reply["id"]))["text"] == "zebra"
    assert await quoted(place.bob, reply["id"]) is None
    assert "zebra" not in str(await place.bob.messages(place.topic))
    await place.ann.call("PUT", f"/groups/{den['id']}/members/bob", {"role": "member"})
    assert (await quoted(place.bob, reply["id"]))["text"] == "zebra"


async def test_an_event_has_only_the_id(place: Place) -> None:
    first = await place.ann.post(place.topic, "one")
    async with place.bob.live() as stream:
        reply = await place.ann.post(place.topic, "two", reply_to=first["id"])
        told = (await stream.next("message_posted"))["message"]
        await place.ann.call("PATCH", f"/messages/{reply['id']}", {"text": "three"})
        edited = (await stream.next("message_edited"))["message"]
    for message in (told, edited):
        assert message["reply_to"] == first["id"]
        assert "quoted" not in message
