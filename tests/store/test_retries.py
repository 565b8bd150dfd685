"""A client that gets no answer tries again with the same client_id, and its message is said once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import trio

from convore_lite.testing import Chat, Member, open_chat


async def post(member: Member, topic: int, body: dict[str, Any]) -> tuple[int, Any]:
    answer = await member.http.post(f"/api/v1/topics/{topic}/messages", json=body)
    return answer.status_code, answer.json()


async def test_fifty_at_once_are_one_message(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join(group["id"])
    topic = group["default_topic_id"]
    answers: list[tuple[int, Any]] = []

    async def try_it() -> None:
        answers.append(await post(ann, topic, {"text": "Hello @bob", "client_id": "once"}))

    async with bob.live() as stream:
        async with trio.open_nursery() as clients:
            for _ in range(50):
                clients.start_soon(try_it)
        await ann.post(topic, "the next")
        told = [await stream.next() for _ in range(3)]
    assert Counter(status for status, _ in answers) == {201: 1, 200: 49}
    assert all(body == answers[0][1] for _, body in answers)
    assert [message["seq"] for message in await bob.messages(topic)] == [1, 2]
    assert [event["kind"] for event in told] == ["message_posted", "mentioned", "message_posted"]
    assert told[-1]["message"]["text"] == "the next"
    assert await bob.unread(topic) == 2


async def test_after_a_restart_too(chat_folder: Path) -> None:
    async with open_chat(chat_folder) as chat:
        ann = await chat.member("ann")
        topic = (await ann.create_group("Home lab"))["default_topic_id"]
        first = await post(ann, topic, {"text": "Hello", "client_id": "once"})
    async with open_chat(chat_folder) as chat:
        ann = chat.member_with(ann.user, ann.token)
        again = await post(ann, topic, {"text": "Hello", "client_id": "once"})
        assert (first[0], again[0]) == (201, 200)
        assert first[1] == again[1]
        assert len(await ann.messages(topic)) == 1


async def test_the_same_id_for_something_else_is_a_conflict(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join(group["id"])
    topic = group["default_topic_id"]
    other = (await ann.open_topic(group["id"], "Another"))["id"]
    first = await ann.post(topic, "Hello", client_id="mine")
    for body, place in (
        ({"text": "Hello!"}, topic),
        ({"text": "Hello", "reply_to": first["id"]}, topic),
        ({"text": "Hello"}, other),
    ):
        status, problem = await post(ann, place, {**body, "client_id": "mine"})
        assert (status, problem["status"]) == (409, 409)
    # An id is its author's own: somebody else may come to the same one.
    assert (await bob.post(topic, "Hello!", client_id="mine"))["seq"] == 2
    assert len(await bob.messages(topic)) == 2
    assert await bob.messages(other) == []


async def test_without_an_id_every_post_is_its_own(chat: Chat) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    posted = [await ann.post(topic, "Hello") for _ in range(2)]
    assert [message["seq"] for message in posted] == [1, 2]
    assert posted[0]["client_id"] != posted[1]["client_id"]
