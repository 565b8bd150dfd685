"""The kit's live streams over the network."""

from __future__ import annotations

from convore_lite.testing import ChatServer


def test_a_stream_may_be_left_before_its_end(chat_server: ChatServer) -> None:
    async def scene() -> None:
        ann = await chat_server.chat.member("ann")
        topic = (await ann.create_group("Games"))["default_topic_id"]
        async with ann.live() as stream:
            await ann.post(topic, "one")
            await ann.post(topic, "two")
            event = await stream.next("message_posted")
        assert event["message"]["text"] == "one"

    chat_server.call(scene)
