"""Two people talk: the whole way of a message, through the front door."""

from __future__ import annotations

import trio
import trio.testing

from convore_lite.testing import Chat, ChatServer


async def test_a_message_reaches_the_other_at_once(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join(group["slug"])
    topic = group["default_topic_id"]
    async with bob.live() as stream:
        assert stream.hello["user_id"] == bob.id
        posted = await ann.post(topic, "Hello @bob")
        event = await stream.next("message_posted")
        assert event["message"]["id"] == posted["id"]
        assert "my" not in event["message"]
        assert (await stream.next())["kind"] == "mentioned"
    assert await bob.unread(topic) == 1
    assert await ann.unread(topic) == 0


async def test_a_heartbeat_keeps_a_quiet_stream(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    ann = await patient_chat.member("ann")
    group = await ann.create_group("Home lab")
    async with ann.live() as stream:
        before = trio.current_time()
        for _ in range(4):
            await stream.wait_heartbeat()
        assert 4 * 24 <= trio.current_time() - before <= 4 * 25
        await ann.post(group["default_topic_id"], "still there?")
        await stream.next("message_posted")


def test_a_real_server_in_a_test_without_async(chat_server: ChatServer) -> None:
    ann = chat_server.member("ann")
    group = chat_server.call(ann.create_group, "Home lab")
    message = chat_server.call(ann.post, group["default_topic_id"], "hello")
    assert message["seq"] == 1
