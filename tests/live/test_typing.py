"""Who is typing: told to the members who listen, seldom enough, and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.actions.members import leave_group
from convore_lite.routes.api import BASE
from convore_lite.routes.live import outlet
from convore_lite.testing import Chat, ChatServer, Member
from convore_lite.testing.streams import in_memory
from convore_lite.typists import AGAIN, NAMES, Typists

from .moments import moments
from .test_poll import poll
from .test_stream import three

Clock = trio.testing.MockClock


async def typing(member: Member, topic_id: int) -> None:
    answer = await member.http.post(f"{BASE}/topics/{topic_id}/typing")
    assert (answer.status_code, answer.content) == (204, b"")


async def refused(member: Member, topic_id: int) -> int:
    return int((await member.refused("POST", f"/topics/{topic_id}/typing"))["status"])


def types(member: Member, topic_id: int) -> dict[str, Any]:
    return {"kind": "typing", "topic_id": topic_id, "user_id": member.id}


async def test_the_members_are_told(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    dora, topic = await patient_chat.member("dora"), group["default_topic_id"]
    await dora.join(group["id"])
    await dora.call("PUT", "/me/ignored/bob")
    async with ann.live() as anns, bob.live() as bobs, cleo.live(groups=group["id"]) as looking, dora.live() as doras:
        listening = [(ann, anns), (bob, bobs), (cleo, looking), (dora, doras)]
        await moments(*listening)
        written = patient_chat.appliance.app.store.statistics().jobs_done
        await typing(bob, topic)
        assert patient_chat.appliance.app.store.statistics().jobs_done == written
        event = await anns.next("typing")
        assert list(event) == ["kind", "at", "topic_id", "user_id"]
        # Neither oneself, nor who only looks on, nor who ignores them.
        assert await moments(*listening) == [[types(bob, topic)], [], [], []]
        await typing(ann, topic)
        assert await moments(*listening) == [[], [types(ann, topic)], [], [types(ann, topic)]]


async def test_so_often(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    await cleo.join(group["id"])
    topic, other = group["default_topic_id"], (await ann.open_topic(group["id"], "Other"))["id"]
    async with ann.live() as stream:
        await moments((ann, stream))
        for _ in range(3):
            await typing(bob, topic)
        await typing(bob, other)
        await typing(cleo, topic)
        told = [types(bob, topic), types(bob, other), types(cleo, topic)]
        assert await moments((ann, stream)) == [told]
        await typing(bob, topic)
        await trio.sleep(AGAIN)
        await typing(bob, topic)
        assert await moments((ann, stream)) == [[types(bob, topic)]]


async def test_of_so_many(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, _, _, group = await three(patient_chat)
    topic = group["default_topic_id"]
    crowd = [await patient_chat.member(f"c{number}") for number in range(NAMES + 2)]
    for member in crowd:
        await member.join(group["id"])
    async with ann.live() as stream:
        await moments((ann, stream))
        for member in crowd:
            await typing(member, topic)
        assert await moments((ann, stream)) == [[types(member, topic) for member in crowd[:NAMES]]]
        await trio.sleep(AGAIN)
        for member in reversed(crowd):
            await typing(member, topic)
        assert await moments((ann, stream)) == [[types(member, topic) for member in crowd[:1:-1]]]


async def test_whoever_may_post_may_type(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    secret, topic = await ann.create_group("Secret", "private"), group["default_topic_id"]
    reader = (
        await (await patient_chat.signed_in(bob)).call("POST", "/me/tokens", {"name": "reader", "scope": "read"})
    )["token"]
    async with ann.live() as stream:
        await moments((ann, stream))
        assert await refused(cleo, topic) == 403
        assert await refused(bob, secret["default_topic_id"]) == await refused(bob, 99_999) == 404
        assert await refused(patient_chat.member_with(bob.user, reader), topic) == 403
        answer = await patient_chat.client().post(f"{BASE}/topics/{topic}/typing")
        assert answer.status_code == 401
        await patient_chat.appliance.app.store.write(lambda conn: conn.execute("UPDATE topics SET locked = 1"))
        assert await refused(bob, topic) == 403
        assert await moments((ann, stream)) == [[]]
        async with bob.live() as bobs:
            await typing(ann, topic)
            assert await moments((bob, bobs)) == [[types(ann, topic)]]
        await patient_chat.appliance.app.store.write(lambda conn: conn.execute("UPDATE topics SET locked = 0"))
        stream.moments.clear()
        await typing(bob, topic)
        assert types(bob, topic) in (await moments((ann, stream)))[0]


async def test_after_being_taken_out(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat, "private")
    topic, path = group["default_topic_id"], f"/groups/{group['id']}/members"
    await ann.call("PUT", f"{path}/cleo", {"role": "member"})
    async with ann.live() as anns, bob.live() as bobs:
        await moments((ann, anns), (bob, bobs))
        await typing(cleo, topic)
        assert await moments((ann, anns), (bob, bobs)) == [[types(cleo, topic)]] * 2
        await trio.sleep(AGAIN)
        await ann.call("DELETE", f"{path}/bob")
        assert await refused(bob, topic) == 404
        await typing(cleo, topic)
        assert await moments((ann, anns), (bob, bobs)) == [[types(cleo, topic)], []]


async def test_taken_out_while_it_is_looked_up(
    patient_chat: Chat, patient_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, _, group = await three(patient_chat, "private")
    topic, store, hub = group["default_topic_id"], patient_chat.appliance.app.store, patient_chat.appliance.app.hub
    read, waits = store.read, list[bool]()

    async def read_and_wait(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        found = await read(function, *args, **options)
        if function.__name__ == "_group_to_post_in":
            waits.append(True)
            if len(waits) == 2:
                await leave_group(patient_chat.appliance.app, args[0], group["id"])
        return found

    async with ann.live() as stream:
        await moments((ann, stream))
        monkeypatch.setattr(store, "read", read_and_wait)
        await typing(bob, topic)
        assert await moments((ann, stream)) == [[types(bob, topic)]]
        await trio.sleep(AGAIN)
        moves = hub.moves
        assert await refused(bob, topic) == 404
        assert hub.moves == moves + 1
        assert await moments((ann, stream)) == [[]]


async def test_it_is_never_told_again(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, _, group = await three(patient_chat)
    topic = group["default_topic_id"]
    async with ann.live() as stream:
        before = stream.last_id
        await typing(bob, topic)
        await stream.next("typing")
        assert stream.last_id == before
        async with ann.live(last_id=before) as again:
            assert await moments((ann, again)) == [[]]
        assert {event["kind"] for event in (await poll(ann, after=before, wait=1))["events"]} == {"settings_changed"}
    await trio.sleep(AGAIN)
    async with in_memory(patient_chat.appliance.doors, {"authorization": f"Bearer {ann.token}"})({}, {}) as chunks:
        assert b"hello" in await anext(chunks)
        await typing(bob, topic)
        frame = await anext(chunks)
    head, data, *rest = frame.split(b"\n")
    assert (head, rest) == (b"event: typing", [b"", b""])
    assert data.startswith(b'data: {"kind":"typing","at":"')
    assert data.endswith(b'","topic_id":%d,"user_id":%d}' % (topic, bob.id))


async def test_what_waits_is_dropped_with_the_membership(patient_chat: Chat, patient_clock: Clock) -> None:
    """Somebody who does not read for a while is taken out of the group meanwhile."""
    ann, bob, cleo, group = await three(patient_chat, "private")
    topic, path = group["default_topic_id"], f"/groups/{group['id']}/members"
    await ann.call("PUT", f"{path}/cleo", {"role": "member"})
    async with bob.live() as slow, cleo.live() as quick:
        await moments((bob, slow), (cleo, quick))
        await ann.post(topic, "on its way, and fills the channel")
        await trio.testing.wait_all_tasks_blocked()
        await typing(ann, topic)
        async with ann.live():
            assert [one["kind"] for one in (await moments((cleo, quick)))[0]] == ["typing", "presence"]
            await ann.call("DELETE", f"{path}/bob")
            assert (await slow.next())["message"]["text"].startswith("on its way")
            assert await moments((bob, slow)) == [[]]


async def test_a_reader_far_behind_is_spared_it(
    patient_chat: Chat, patient_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "LONGEST_QUEUE", 20_000)
    ann, bob, cleo, group = await three(patient_chat)
    topic = group["default_topic_id"]
    await cleo.join(group["id"])
    async with bob.live() as slow, cleo.live() as quick:
        await moments((bob, slow), (cleo, quick))
        texts = [f"{number} {'x' * 1000}" for number in range(4)]
        for text in texts:
            await ann.post(topic, text)
            await quick.next("message_posted")
        await typing(ann, topic)
        assert await moments((cleo, quick)) == [[types(ann, topic)]]
        assert [(await slow.next("message_posted"))["message"]["text"] for _ in texts] == texts
        assert await moments((bob, slow)) == [[]]
        await typing(ann, topic)
        await trio.sleep(AGAIN)
        await typing(ann, topic)
        assert types(ann, topic) in (await moments((bob, slow)))[0]


async def test_little_is_kept(patient_clock: Clock) -> None:
    typists = Typists()
    for topic_id in range(1000):
        for user_id in range(20):
            assert typists.is_news(topic_id, user_id) == (user_id < NAMES)
    assert len(typists) == 1000
    await trio.sleep(AGAIN / 2)
    assert not typists.is_news(0, 99)
    await trio.sleep(AGAIN / 2)
    assert typists.is_news(0, 99)
    assert len(typists) == 1


def test_hearing_over_the_network(chat_server: ChatServer) -> None:
    ann, bob = chat_server.member("ann"), chat_server.member("bob")
    group = chat_server.call(ann.create_group, "Home lab")
    chat_server.call(bob.join, group["id"])

    async def scenario() -> None:
        async with ann.live() as stream:
            place = stream.last_id
            await typing(bob, group["default_topic_id"])
            event = await stream.next("typing")
            assert (event["topic_id"], event["user_id"]) == (group["default_topic_id"], bob.id)
            assert stream.last_id == place

    chat_server.call(scenario)
