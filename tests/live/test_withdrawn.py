"""What was said and may not be read any more is not told any more: not from the queue of a slow reader, nor from the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio.testing

from convore_lite.hub import Hub
from convore_lite.routes.api import BASE
from convore_lite.routes.live.outlet import AsgiOutlet
from convore_lite.store import log
from convore_lite.testing import Chat, Member
from convore_lite.words.events import Event, MessageDeleted

from .test_deleted_group import SECRET, kinds
from .test_stream import sync, three

Message = dict[str, Any]
Act = Callable[[Member, Message, dict[str, Any]], Awaitable[None]]


async def delete_message(ann: Member, message: Message, _: dict[str, Any]) -> None:
    await ann.call("DELETE", f"/messages/{message['id']}")


async def move_message(ann: Member, message: Message, hidden: dict[str, Any]) -> None:
    to = {"topic_id": hidden["default_topic_id"]}
    await ann.call("POST", f"/topics/{message['topic_id']}/move", {"message_ids": [message["id"]], "to": to})


async def make_topic(ann: Member, message: Message, hidden: dict[str, Any]) -> None:
    to = {"group_id": hidden["id"], "name": "Cellar"}
    await ann.call("POST", f"/topics/{message['topic_id']}/move", {"message_ids": [message["id"]], "to": to})


async def move_topic(ann: Member, message: Message, hidden: dict[str, Any]) -> None:
    await ann.call("PATCH", f"/topics/{message['topic_id']}", {"group_id": hidden["id"]})


async def delete_topic(ann: Member, message: Message, _: dict[str, Any]) -> None:
    await ann.call("DELETE", f"/topics/{message['topic_id']}")


ACTS: dict[str, Act] = {
    "message_deleted": delete_message,
    "messages_moved": move_message,
    "messages_moved by making a topic": make_topic,
    "topic_deleted by moving it": move_topic,
    "topic_deleted": delete_topic,
}
every_act = pytest.mark.parametrize("kind", ACTS)


async def withdraw(kind: str, ann: Member, message: Message, hidden: dict[str, Any]) -> str:
    await ACTS[kind](ann, message, hidden)
    return kind.partition(" ")[0]


@every_act
async def test_what_waits_for_a_slow_reader(chat: Chat, kind: str) -> None:
    """A member or one who looks on; and what somebody says elsewhere comes."""
    ann, bob, cleo, group = await three(chat)
    hidden = await ann.create_group("Hidden", "private")
    topic = await ann.open_topic(group["id"], "Second")
    for reader, query in ((bob, {}), (cleo, {"groups": group["id"]})):
        topic = await ann.open_topic(group["id"], "Another")
        async with reader.live(**query) as stream:
            await ann.post(group["default_topic_id"], "on its way")
            await trio.testing.wait_all_tasks_blocked()
            said = await ann.post(topic["id"], SECRET)
            edited = await ann.call("PATCH", f"/messages/{said['id']}", {"text": f"{SECRET}, still"})
            await ann.post(group["default_topic_id"], "waits")
            told_as = await withdraw(kind, ann, edited, hidden)
            told = (await sync(reader, stream))[0]
        assert kinds(told) == ["message_posted", "message_posted", told_as]
        assert [event["message"]["text"] for event in told[:2]] == ["on its way", "waits"]
        assert SECRET not in str(told)
        assert "Cellar" not in str(told)
        assert str(hidden["slug"]) not in str(told)


@every_act
async def test_who_comes_back_later(chat: Chat, kind: str) -> None:
    """From every place before it; the same by long poll. One who may read it where it is now can find it."""
    ann, bob, _, group = await three(chat)
    hidden = await ann.create_group("Hidden", "private")
    topic = await ann.open_topic(group["id"], "Second")
    async with bob.live() as stream:
        places = [stream.hello["at_id"]]
        said = await ann.post(topic["id"], SECRET)
        edited = await ann.call("PATCH", f"/messages/{said['id']}", {"text": f"{SECRET}, still"})
        for event in ("message_posted", "message_edited"):
            places.append((await stream.next(event))["id"])
    told_as = await withdraw(kind, ann, edited, hidden)
    await ann.post(group["default_topic_id"], "after it")
    for place in places:
        async with bob.live(last_id=place) as stream:
            told = (await sync(bob, stream))[0]
        assert kinds(told)[:2] == [told_as, "message_posted"]
        assert SECRET not in str(told)
    polled = await bob.http.get(f"{BASE}/live?wait=1&after={places[0]}", headers={"accept": "application/json"})
    assert kinds(polled.json()["events"])[:2] == [told_as, "message_posted"]
    assert SECRET not in polled.text
    readable = kind != "topic_deleted" and kind != "message_deleted"
    found = await ann.http.get(f"{BASE}/messages/{said['id']}")
    assert (SECRET in found.text) == readable
    assert SECRET not in (await bob.http.get(f"{BASE}/messages/{said['id']}")).text


@every_act
async def test_the_group_it_went_to_hears_of_it(chat: Chat, kind: str) -> None:
    ann, _, cleo, group = await three(chat)
    hidden = await ann.create_group("Hidden", "private")
    await ann.call("PUT", f"/groups/{hidden['id']}/members/cleo", {"role": "member"})
    topic = await ann.open_topic(group["id"], "Second", SECRET)
    [said] = await ann.messages(topic["id"])
    async with cleo.live() as stream:
        place = stream.hello["at_id"]
        await withdraw(kind, ann, said, hidden)
        heard = (await sync(cleo, stream))[0]
    async with cleo.live(last_id=place) as stream:
        again = (await sync(cleo, stream))[0]
    assert [event for event in again if event["kind"] != "settings_changed"] == heard
    expected = {
        "messages_moved": ["messages_moved"],
        "messages_moved by making a topic": ["topic_opened", "messages_moved"],
        "topic_deleted by moving it": ["topic_opened"],
    }
    assert kinds(heard) == expected.get(kind, [])
    for event in heard:
        if event["kind"] == "messages_moved":
            assert (event["from_topic_id"], event["message_ids"]) == (None, [said["id"]])
            assert event["to_topic"]["group_id"] == hidden["id"]


async def test_what_is_read_from_the_log_just_then(chat: Chat) -> None:
    """A reader comes back, and takes the first pieces of what they missed; then something of the rest is deleted."""
    ann, bob, _, group = await three(chat)
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    said = [await ann.post(group["default_topic_id"], f"{number} {'x' * 12_000}") for number in range(20)]
    async with bob.live(last_id=place) as stream:
        await trio.testing.wait_all_tasks_blocked()
        await ann.call("DELETE", f"/messages/{said[-1]['id']}")
        told = (await sync(bob, stream))[0]
    assert kinds(told) == ["message_posted"] * 19 + ["message_deleted"]
    assert [event["message"]["id"] for event in told[:-1]] == [one["id"] for one in said[:-1]]


async def test_what_the_hub_remembers(chat: Chat) -> None:
    ann, _, _, group = await three(chat)
    said = await ann.post(group["default_topic_id"], SECRET)
    hub = chat.appliance.app.hub
    assert any(SECRET.encode() in published.json for published in hub._remembered.values())
    await ann.call("DELETE", f"/messages/{said['id']}")
    assert not any(SECRET.encode() in published.json for published in hub._remembered.values())
    kept = await chat.appliance.app.store.read(log.after, 0, limit=1000)
    assert not any(SECRET.encode() in event.payload for event in kept)
    assert [event.number for event in kept] == list(range(1, len(kept) + 1))


async def test_what_is_held_for_one_who_is_still_being_served_the_past() -> None:
    """Its words do not even wait for them."""
    hub, sent = Hub(), []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    def told(number: int, message_id: int) -> Event:
        payload = f'{{"number":{number}}}'.encode()
        return Event(number, 0, "message_posted", payload, 5, None, 7, None, None, message_id)

    fact = MessageDeleted(1, 7, 5, 1)
    deleted = Event(3, 0, fact.kind, b'{"gone":true}', 5, None, 7, None, fact)
    outlet = AsgiOutlet(send)
    with hub.subscribe(1, outlet) as subscription:
        hub.publish([told(1, 1), told(2, 2), deleted])
        assert hub.begin(subscription, groups={5}, visiting=(), ignored=(), after=0)
        assert [out.number for out in outlet._queue] == [2, 3]
        assert outlet.waiting == sum(len(out.frame) for out in outlet._queue)


async def test_those_who_ignore_whoever_did_it_hear_of_it(chat: Chat) -> None:
    """Else they would look at what is gone."""
    ann, bob, cleo, group = await three(chat)
    await cleo.join(group["id"])
    hidden = await ann.create_group("Hidden", "private")
    await cleo.call("PUT", "/me/ignored/ann")
    for kind in ACTS:
        topic = await bob.open_topic(group["id"], "Second", "hello")
        [said] = await bob.messages(topic["id"])
        async with cleo.live() as stream:
            told_as = await withdraw(kind, ann, said, hidden)
            assert told_as in kinds((await sync(cleo, stream))[0])


async def mention(ann: Member, _: Member, group: dict[str, Any]) -> None:
    await ann.post(group["default_topic_id"], "hello @bob")


async def ask_to_be_let_in(_: Member, cleo: Member, group: dict[str, Any]) -> None:
    await cleo.join(group["id"])


# What bob alone is told of a group, as a member and as an admin of it.
TOLD_ALONE: dict[str, tuple[str, Callable[[Member, Member, dict[str, Any]], Awaitable[None]]]] = {
    "mentioned": ("member", mention),
    "join_requested": ("admin", ask_to_be_let_in),
}


@pytest.mark.parametrize("kind", TOLD_ALONE)
async def test_what_one_alone_is_told_of_a_group(chat: Chat, kind: str) -> None:
    """It goes with the group: from the queue of a slow reader, from the log, and from a long poll."""
    ann, bob, cleo, group = await three(chat, "private")
    role, tell = TOLD_ALONE[kind]
    member = f"/groups/{group['id']}/members/bob"
    await ann.call("PUT", member, {"role": role})
    other = await bob.create_group("Elsewhere")
    async with bob.live() as stream:
        place = stream.hello["at_id"]
        await bob.post(other["default_topic_id"], "on its way")
        await trio.testing.wait_all_tasks_blocked()
        await tell(ann, cleo, group)
        async with bob.live(last_id=place) as again:
            assert kind in kinds((await sync(bob, again))[0])
        await ann.call("DELETE", member)
        told = (await sync(bob, stream))[0]
        assert kinds(told)[0] == "message_posted"
        assert kinds(told)[-1] == "member_left"
        assert kind not in kinds(told)
    async with bob.live(last_id=place) as stream:
        assert kind not in kinds((await sync(bob, stream))[0])
    polled = await bob.http.get(f"{BASE}/live?wait=1&after={place}", headers={"accept": "application/json"})
    assert kind not in kinds(polled.json()["events"])


async def test_who_asked_is_told_to_those_who_look_after_the_group_by_then(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat, "private")
    member = f"/groups/{group['id']}/members/bob"
    await ann.call("PUT", member, {"role": "admin"})
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    await cleo.join(group["id"])
    for role, told in (("admin", 1), ("member", 0)):
        await ann.call("PUT", member, {"role": role})
        async with bob.live(last_id=place) as stream:
            assert kinds((await sync(bob, stream))[0]).count("join_requested") == told
