"""Who is online: told to those who share a group with them, and for a while longer than their last stream."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.actions.moments import TICK
from convore_lite.presence import GRACE
from convore_lite.routes.live import outlet
from convore_lite.store import memberships
from convore_lite.testing import Chat, ChatServer, Member
from convore_lite.testing.streams import in_memory

from .moments import came, later, moments, went
from .test_endings import rest_of
from .test_poll import poll
from .test_stream import three

Clock = trio.testing.MockClock


async def online(member: Member, group: dict[str, Any]) -> list[str]:
    answer = await member.call("GET", f"/groups/{group['id']}/online")
    assert answer["count"] == len(answer["items"])
    return [user["username"] for user in answer["items"]]


async def test_coming_is_told_at_once_and_going_after_a_while(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, _, group = await three(patient_chat)
    async with ann.live() as stream:
        assert await moments((ann, stream)) == [[]]
        async with bob.live() as bobs:
            began = trio.current_time()
            event = await stream.next("presence")
            assert trio.current_time() - began <= TICK
            assert list(event) == ["kind", "at", "user_id", "online"]
            assert (event["user_id"], event["online"]) == (bob.id, True)
            stream.moments.clear()
            await later(5 * GRACE, (ann, stream), (bob, bobs))
            assert stream.moments == []
        ended = trio.current_time()
        await later(GRACE - 3 * TICK, (ann, stream))
        assert await moments((ann, stream)) == [[]]
        assert await online(ann, group) == ["ann", "bob"]
        event = await stream.next("presence")
        assert (event["user_id"], event["online"]) == (bob.id, False)
        assert GRACE <= trio.current_time() - ended <= GRACE + TICK
        assert await online(ann, group) == ["ann"]


async def test_coming_back_within_the_while_is_not_told(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, _, group = await three(patient_chat)
    async with ann.live() as stream:
        for _ in range(3):
            async with bob.live():
                await later(2 * TICK, (ann, stream))
            await later(GRACE - 5 * TICK, (ann, stream))
        async with bob.live() as again:
            await later(2 * GRACE, (ann, stream), (bob, again))
        await later(GRACE - 5 * TICK, (ann, stream))
        assert await moments((ann, stream)) == [[came(bob)]]
        assert await online(ann, group) == ["ann", "bob"]
        await later(5 * TICK, (ann, stream))
        assert await moments((ann, stream)) == [[went(bob)]]
        async with bob.live():
            assert await moments((ann, stream)) == [[came(bob)]]


async def test_the_last_of_several_tabs_counts(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, _, _ = await three(patient_chat)
    async with ann.live() as stream:
        await moments((ann, stream))
        async with bob.live() as first:
            async with bob.live() as second:
                assert await moments((ann, stream)) == [[came(bob)]]
                # Nobody is told of themselves, in no tab.
                assert await moments((bob, first), (bob, second)) == [[], []]
            await later(2 * GRACE, (ann, stream), (bob, first))
            assert await moments((ann, stream)) == [[]]
        await later(GRACE, (ann, stream))
        assert await moments((ann, stream)) == [[went(bob)]]


async def test_waiting_in_a_long_poll_is_being_there(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    await cleo.join(group["id"])
    async with ann.live() as stream:
        for _ in range(4):
            told = await poll(bob, wait=20)
            assert told["events"] == []
            await later(TICK, (ann, stream))
        assert await moments((ann, stream)) == [[came(bob)]]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cleo.post, group["default_topic_id"], "cleo is in no stream")
            told = await poll(bob, wait=30)
        assert [event["kind"] for event in told["events"]] == ["message_posted"]
        async with trio.open_nursery() as nursery:  # what is told to ann meanwhile is not told here
            nursery.start_soon(partial(poll, cleo, wait=5))
            told = await poll(bob, after=told["next"], wait=5)
        assert told["events"] == []
        assert await moments((ann, stream)) == [[came(cleo)]]
        await later(GRACE, (ann, stream))
        [told_to_ann] = await moments((ann, stream))
        assert sorted(told_to_ann, key=lambda one: int(one["user_id"])) == [went(bob), went(cleo)]


async def test_those_who_share_no_group_hear_nothing(patient_chat: Chat, patient_clock: Clock) -> None:
    """And whoever shares two with somebody hears of them once, with no word of which."""
    ann, bob, cleo, public = await three(patient_chat)
    secret = await ann.create_group("Secret", "private")
    await ann.call("PUT", f"/groups/{secret['id']}/members/bob", {"role": "member"})
    dora, elsewhere = await patient_chat.member("dora"), await cleo.create_group("Elsewhere")
    await dora.join(public["id"])
    async with ann.live() as anns, cleo.live() as cleos, dora.live() as doras:
        await moments((ann, anns), (cleo, cleos), (dora, doras))
        async with bob.live():
            told = await moments((ann, anns), (cleo, cleos), (dora, doras))
            assert told == [[came(bob)], [], [came(bob)]]
        await later(GRACE, (ann, anns), (cleo, cleos), (dora, doras))
        assert await moments((ann, anns), (cleo, cleos), (dora, doras)) == [[went(bob)], [], [went(bob)]]
        await bob.join(elsewhere["id"])
        async with bob.live():
            told = await moments((ann, anns), (cleo, cleos), (dora, doras))
            assert told == [[came(bob)], [came(bob)], [came(bob)]]


async def test_those_who_ignore_somebody_hear_nothing_of_them(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    await cleo.join(group["id"])
    async with ann.live() as anns, cleo.live() as cleos:
        await moments((ann, anns), (cleo, cleos))
        await ann.call("PUT", "/me/ignored/bob")
        async with bob.live():
            assert await moments((ann, anns), (cleo, cleos)) == [[], [came(bob)]]
            assert await online(ann, group) == ["ann", "bob", "cleo"]  # to look somebody up is another thing
            await ann.call("DELETE", "/me/ignored/bob")
        await later(GRACE, (ann, anns), (cleo, cleos))
        assert await moments((ann, anns), (cleo, cleos)) == [[went(bob)], [went(bob)]]


async def test_who_only_looks_on_neither_hears_nor_is_told_of(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    async with ann.live() as anns:
        await moments((ann, anns))
        async with cleo.live(groups=group["id"]) as cleos:
            async with bob.live():
                assert await moments((ann, anns), (cleo, cleos)) == [[came(bob)], []]
                assert await online(ann, group) == ["ann", "bob"]
            await cleo.join(group["id"])
            await later(GRACE, (ann, anns), (cleo, cleos))
            assert await moments((ann, anns), (cleo, cleos)) == [[went(bob)], [went(bob)]]
            assert await online(ann, group) == ["ann", "cleo"]


async def test_leaving_a_group_ends_it(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    await cleo.join(group["id"])
    async with ann.live() as anns, cleo.live() as cleos:
        await moments((ann, anns), (cleo, cleos))
        async with bob.live():
            assert await moments((ann, anns), (cleo, cleos)) == [[came(bob)], [came(bob)]]
        await cleo.call("POST", f"/groups/{group['id']}/leave")  # the one who hears
        await later(GRACE, (ann, anns), (cleo, cleos))
        assert await moments((ann, anns), (cleo, cleos)) == [[went(bob)], []]
        async with bob.live():
            assert await moments((ann, anns)) == [[came(bob)]]
        await ann.call("DELETE", f"/groups/{group['id']}/members/bob")  # the one who is told of
        await later(GRACE, (ann, anns))
        assert await moments((ann, anns)) == [[]]
        async with bob.live():
            assert await moments((ann, anns)) == [[]]


async def test_taken_out_while_it_is_looked_up(
    patient_chat: Chat, patient_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    both = await cleo.create_group("Both")
    await bob.join(both["id"])
    store, looks = patient_chat.appliance.app.store, list[Any]()
    read = store.read

    async def read_and_wait(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        found = await read(function, *args, **options)
        if function is memberships.groups_of:
            looks.append(found)
            if len(looks) == 2:
                await ann.call("DELETE", f"/groups/{group['id']}/members/bob")
        return found

    async with ann.live() as anns, cleo.live() as cleos:
        await moments((ann, anns), (cleo, cleos))
        looks.clear()
        monkeypatch.setattr(store, "read", read_and_wait)
        async with bob.live():
            assert await moments((ann, anns), (cleo, cleos)) == [[came(bob)], [came(bob)]]
        await later(GRACE, (ann, anns), (cleo, cleos))
        assert await moments((ann, anns), (cleo, cleos)) == [[], [went(bob)]]
    assert looks[:3] == [{bob.id: {group["id"], both["id"]}}, looks[0], {bob.id: {both["id"]}}]


async def test_it_is_never_told_again(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    await cleo.join(group["id"])
    async with ann.live() as stream:
        before = stream.last_id
        async with bob.live():
            assert await moments((ann, stream)) == [[came(bob)]]
            async with ann.live(last_id=before) as again:
                assert await moments((ann, again)) == [[]]
            told = await poll(ann, after=before, wait=1)
            assert {event["kind"] for event in told["events"]} == {"settings_changed"}
    async with in_memory(patient_chat.appliance.doors, {"authorization": f"Bearer {ann.token}"})({}, {}) as chunks:
        assert b"hello" in await anext(chunks)
        async with cleo.live():
            frame = b""
            while b"presence" not in frame:
                frame = await anext(chunks)
    head, data, *rest = frame.split(b"\n")
    assert (head, rest) == (b"event: presence", [b"", b""])
    assert data.startswith(b'data: {"kind":"presence","at":"')
    assert data.endswith(b'","user_id":%d,"online":true}' % cleo.id)


async def test_nobody_is_told_of_a_server_that_stops(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, _, _ = await three(patient_chat)
    async with ann.live() as anns:
        async with bob.live() as bobs:
            assert await moments((ann, anns)) == [[came(bob)]]
            patient_chat.appliance.app.hub.end_all()
            assert [event["kind"] for event in await rest_of(bobs) + await rest_of(anns)] == []
        await trio.sleep(2 * GRACE)
        assert anns.moments == []


async def test_an_idle_server_sleeps(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, _, _ = await three(patient_chat)
    async with ann.live(), bob.live():
        assert trio.lowlevel.current_statistics().seconds_to_next_deadline <= TICK
    await trio.sleep(2 * GRACE)
    await trio.testing.wait_all_tasks_blocked()
    assert trio.lowlevel.current_statistics().seconds_to_next_deadline > 10 * TICK


async def test_a_reader_far_behind_is_spared_it(
    patient_chat: Chat, patient_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "LONGEST_QUEUE", 20_000)
    ann, bob, cleo, group = await three(patient_chat)
    await cleo.join(group["id"])
    async with bob.live() as slow, cleo.live() as quick:
        await moments((bob, slow), (cleo, quick))
        texts = [f"{number} {'x' * 1000}" for number in range(4)]
        for text in texts:
            await ann.post(group["default_topic_id"], text)
            await quick.next("message_posted")
        async with ann.live():
            assert await moments((cleo, quick)) == [[came(ann)]]
            posted = [(await slow.next("message_posted"))["message"]["text"] for _ in texts]
            assert posted == texts
            assert await moments((bob, slow)) == [[]]


def test_hearing_over_the_network(chat_server: ChatServer) -> None:
    ann, bob = chat_server.member("ann"), chat_server.member("bob")
    group = chat_server.call(ann.create_group, "Home lab")
    chat_server.call(bob.join, group["id"])

    async def scenario() -> None:
        async with ann.live() as stream:
            place = stream.last_id
            async with bob.live():
                event = await stream.next("presence")
            assert (event["user_id"], event["online"]) == (bob.id, True)
            assert stream.last_id == place
            assert await online(ann, group) == ["ann", "bob"]

    chat_server.call(scenario)
