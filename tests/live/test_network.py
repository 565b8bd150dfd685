"""The same over a real connection: what only a server with sockets can get wrong."""

from __future__ import annotations

import httpx2
import pytest
import trio
import trio.testing

from convore_lite.routes.api import BASE
from convore_lite.testing import ChatServer, Member
from convore_lite.testing.chat import PASSWORD

from .test_stream import sync


@pytest.fixture
def talk(chat_server: ChatServer) -> tuple[ChatServer, Member, Member, int]:
    """A server, two people, and a topic they share."""
    ann, bob = chat_server.member("ann"), chat_server.member("bob")
    group = chat_server.call(ann.create_group, "Home lab")
    chat_server.call(bob.join, group["id"])
    return chat_server, ann, bob, group["default_topic_id"]


async def nobody_streams(server: ChatServer) -> None:
    """Wait until the server has noticed that everybody hung up."""
    hub = server.chat.appliance.app.hub
    with trio.fail_after(20):
        while hub.statistics().streams:
            await trio.testing.wait_all_tasks_blocked(0.01)


def test_hearing_hanging_up_and_coming_back(talk: tuple[ChatServer, Member, Member, int]) -> None:
    server, ann, bob, topic = talk

    async def scenario() -> None:
        async with bob.live() as first, bob.live() as second:
            await ann.post(topic, "one")
            for stream in (first, second):
                assert (await stream.next("message_posted"))["message"]["text"] == "one"
        await nobody_streams(server)
        await ann.post(topic, "two")
        async with bob.live(last_id=first.last_id) as again:
            await ann.post(topic, "three")
            [heard] = await sync(bob, again)
        assert [event["message"]["text"] for event in heard] == ["two", "three"]
        await nobody_streams(server)

    server.call(scenario)


def test_what_a_stream_is_made_of(talk: tuple[ChatServer, Member, Member, int]) -> None:
    server, _, bob, _ = talk
    headers = {"authorization": f"Bearer {bob.token}"}
    with httpx2.stream("GET", f"{server.url}{BASE}/live", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert next(answer.iter_raw()).startswith(b"id: ")


def test_signing_out_ends_the_connection(talk: tuple[ChatServer, Member, Member, int]) -> None:
    server, _, _, _ = talk
    with httpx2.Client(base_url=server.url, headers={"origin": server.url}) as browser:
        session = {"username": "bob", "password": PASSWORD}
        assert browser.post(f"{BASE}/session", json=session).status_code == 201
        with browser.stream("GET", f"{BASE}/live") as answer:
            chunks = answer.iter_raw()
            assert b"hello" in next(chunks)
            assert browser.delete(f"{BASE}/session").status_code == 204
            assert b"message_posted" not in b"".join(chunks)
        assert browser.get(f"{BASE}/live").status_code == 401


def test_a_long_poll(talk: tuple[ChatServer, Member, Member, int]) -> None:
    server, ann, bob, topic = talk
    headers = {"authorization": f"Bearer {bob.token}", "accept": "application/json"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as client:
        place = client.get(f"{BASE}/live?after=nonsense").json()["next"]
        server.call(ann.post, topic, "hello")
        told = client.get(f"{BASE}/live?after={place}&wait=60").json()
        assert [event["message"]["text"] for event in told["events"]] == ["hello"]
        with pytest.raises(httpx2.ReadTimeout):
            client.get(f"{BASE}/live?after={told['next']}&wait=60", timeout=0.2)
    server.call(nobody_streams, server)
