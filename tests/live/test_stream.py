"""What a live stream tells, to whom, and in which form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat, LiveStream, Member, SseParser

from .conftest import WAYS, plain_only

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "sse" / "sse_vectors.json"
PLACE = re.compile(r"[0-9a-f]{8}-(0|[1-9]\d*)")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HEAD = ["id", "kind", "at"]
MESSAGE = [
    *("id", "group_id", "topic_id", "seq", "author", "text", "nodes", "html", "created_at", "edited_at", "deleted"),
    *("reply_to", "files", "reactions", "previews", "stars", "client_id", "undone"),
]
# Texts that have forged or changed events elsewhere.
HOSTILE = [
    "a\r\nb\rc\n",
    "\n\nevent: logout\ndata: {}\n\n",
    "id: 9\n",
    "\u2028\u2029\u0085\x0b\x0c\x1e",
    "\ufeff\0",
    " x ",
    "👀",
]


@pytest.fixture(params=WAYS)
def way_out(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def sync(member: Member, *streams: LiveStream) -> list[list[dict[str, Any]]]:
    """What each of somebody's streams has told since the last time, up to a mark that is made now."""
    sync.marks += 1  # type: ignore[attr-defined]
    mark = {"mark": sync.marks}  # type: ignore[attr-defined]
    await member.call("PATCH", "/me", {"settings": mark})
    return [(await stream.until("settings_changed", settings=mark))[:-1] for stream in streams]


sync.marks = 0  # type: ignore[attr-defined]


async def three(chat: Chat, kind: str = "public") -> tuple[Member, Member, Member, dict[str, Any]]:
    """ann with a group, bob in it, cleo not in it."""
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab", kind)
    await ann.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "member"})
    return ann, bob, cleo, group


async def test_hello_comes_first(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    await ann.post(group["default_topic_id"], "before")
    async with bob.live() as stream:
        assert list(stream.hello) == [*HEAD, "at_id", "user_id", "heartbeat"]
        assert (stream.hello["kind"], stream.hello["user_id"], stream.hello["heartbeat"]) == ("hello", bob.id, 25)
        assert stream.hello["id"] == stream.hello["at_id"] == stream.last_id
        assert PLACE.fullmatch(stream.hello["at_id"])
        assert TIME.fullmatch(stream.hello["at"])
        assert (await sync(bob, stream)) == [[]]


async def test_every_kind_has_its_fields(chat: Chat) -> None:
    """The table of the contract, as far as it is built."""
    ann, bob, cleo, group = await three(chat)
    topic = group["default_topic_id"]
    async with ann.live() as anns, bob.live() as bobs:
        opened = await ann.open_topic(group["id"], "Backups", "hello @bob")
        await ann.call("PUT", f"/groups/{group['id']}/members/cleo", {"role": "member"})
        await ann.call("DELETE", f"/groups/{group['id']}/members/cleo")
        await bob.call("POST", f"/topics/{opened['id']}/read")
        await bob.call("PUT", "/me/ignored/cleo")
        [heard_by_ann], [heard_by_bob] = await sync(ann, anns), await sync(bob, bobs)
    for event in heard_by_ann + heard_by_bob:
        assert PLACE.fullmatch(event["id"])
        assert TIME.fullmatch(event["at"])
    told = {event["kind"]: event for event in heard_by_bob}
    assert [event["kind"] for event in heard_by_bob] == [
        *(
            "topic_opened",
            "message_posted",
            "mentioned",
            "member_joined",
            "member_left",
            "topic_read",
            "ignored_changed",
        )
    ]
    assert list(told["topic_opened"]) == [*HEAD, "topic"]
    assert "my" not in told["topic_opened"]["topic"]
    assert told["topic_opened"]["topic"]["name"] == "Backups"
    assert list(told["message_posted"]) == [*HEAD, "message"]
    assert list(told["message_posted"]["message"]) == MESSAGE
    assert told["message_posted"]["message"]["author"]["username"] == "ann"
    message = told["message_posted"]["message"]["id"]
    assert told["mentioned"] | {"id": 0, "at": 0} == {
        **{
            "id": 0,
            "kind": "mentioned",
            "at": 0,
            "message_id": message,
            "topic_id": opened["id"],
            "group_id": group["id"],
            "keyword": None,
            "everyone": None,
        },
        "by": told["message_posted"]["message"]["author"],
    }
    for kind in ("member_joined", "member_left"):
        assert list(told[kind]) == [*HEAD, "group_id", "user"]
        assert (told[kind]["group_id"], told[kind]["user"]["username"]) == (group["id"], "cleo")
    assert list(told["topic_read"]) == [*HEAD, "topic_id", "group_id", "read_seq", "unread", "mentions"]
    assert [told["topic_read"][name] for name in ("topic_id", "read_seq", "unread", "mentions")] == [
        opened["id"],
        1,
        0,
        0,
    ]
    assert told["ignored_changed"]["ignored"] == [cleo.id]
    assert [event["kind"] for event in heard_by_ann] == [
        "topic_opened",
        "message_posted",
        "member_joined",
        "member_left",
    ]
    # The same bytes for everyone: no "mine", no "mentions me".
    assert heard_by_ann == [event for event in heard_by_bob if event["kind"] in {one["kind"] for one in heard_by_ann}]
    assert topic != opened["id"]


async def test_an_event_is_what_the_api_says(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    async with bob.live() as stream:
        posted = await ann.post(group["default_topic_id"], "**hello** @bob http://example.org")
        event = await stream.next("message_posted")
    # What is its reader's own, and what only some may see of what it answers, is in no event.
    assert (posted.pop("my"), posted.pop("quoted")) == ({"starred": False}, None)
    assert event["message"] == posted


async def test_what_is_ones_own_goes_to_oneself(chat: Chat) -> None:
    """And to all one's tabs."""
    ann, bob, _, group = await three(chat)
    topic = group["default_topic_id"]
    async with ann.live() as anns, bob.live() as first, bob.live() as second:
        await ann.post(topic, "hello @bob")
        await bob.call("POST", f"/topics/{topic}/read")
        await bob.call("POST", f"/topics/{topic}/unread", {"seq": 1})
        heard = await sync(bob, first, second)
        assert heard[0] == heard[1]
        assert [event["kind"] for event in heard[0]] == ["message_posted", "mentioned", "topic_read", "topic_read"]
        assert [(event["unread"], event["mentions"]) for event in heard[0][2:]] == [(0, 0), (1, 1)]
        [heard_by_ann] = await sync(ann, anns)
        assert [event["kind"] for event in heard_by_ann] == ["message_posted"]


async def test_ignored_people_are_left_out(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat)
    topic = group["default_topic_id"]
    await cleo.join(group["id"])
    async with bob.live() as bobs, cleo.live() as cleos:
        await bob.call("PUT", "/me/ignored/ann")
        await ann.post(topic, "hello @bob @cleo")
        await cleo.post(topic, "hello @bob")
        [heard] = await sync(bob, bobs)
        assert [(e["kind"], e.get("message", {}).get("author", {}).get("username")) for e in heard] == [
            ("ignored_changed", None),
            ("message_posted", "cleo"),
            ("mentioned", None),
        ]
        [others] = await sync(cleo, cleos)
        assert [event["kind"] for event in others[:2]] == ["message_posted", "mentioned"]
        await bob.call("DELETE", "/me/ignored/ann")
        await ann.post(topic, "again")
        [heard] = await sync(bob, bobs)
        assert [event["kind"] for event in heard] == ["ignored_changed", "message_posted"]
    async with bob.live(last_id=bobs.hello["at_id"]) as stream:  # replayed as is right now
        [heard] = await sync(bob, stream)
        assert [event["message"]["text"] for event in heard if event["kind"] == "message_posted"] == [
            *("hello @bob @cleo", "hello @bob", "again")
        ]


async def test_joining_brings_a_group_and_leaving_takes_it_away(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat)
    topic = group["default_topic_id"]
    async with cleo.live() as cleos, bob.live() as bobs:
        await ann.post(topic, "before")
        await cleo.join(group["id"])
        await ann.post(topic, "while")
        [heard] = await sync(cleo, cleos)
        await cleo.call("POST", f"/groups/{group['id']}/leave")
        await ann.post(topic, "after")
        [rest], [all_of_it] = await sync(cleo, cleos), await sync(bob, bobs)
    kinds = ["message_posted", "member_joined", "message_posted", "member_left", "message_posted"]
    assert [event["kind"] for event in all_of_it] == kinds
    assert heard + rest == all_of_it[1:4]


async def test_being_put_in_and_taken_out(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat, "private")
    topic, path = group["default_topic_id"], f"/groups/{group['id']}/members/cleo"
    async with cleo.live() as cleos, bob.live() as bobs:
        await ann.post(topic, "before")
        await ann.call("PUT", path, {"role": "member"})
        await ann.post(topic, "while")
        [heard] = await sync(cleo, cleos)
        await ann.call("DELETE", path)
        await ann.post(topic, "after @cleo")
        [rest], [all_of_it] = await sync(cleo, cleos), await sync(bob, bobs)
        assert [event["message"]["text"] for event in all_of_it if "message" in event] == [
            "before",
            "while",
            "after @cleo",
        ]
        assert heard + rest == all_of_it[1:4]
        place = cleos.hello["at_id"]
    async with cleo.live(last_id=place) as again:  # what was, is no longer theirs; that they were there, is
        [heard] = await sync(cleo, again)
        assert [event["kind"] for event in heard if event["kind"] != "settings_changed"] == [
            "member_joined",
            "member_left",
        ]


@plain_only
async def test_what_waits_for_a_reader_is_dropped_with_their_rights(chat: Chat) -> None:
    """Somebody who does not read for a while is taken out of one group meanwhile, and not of another."""
    ann, bob, _, group = await three(chat, "private")
    other = await ann.create_group("Other", "private")
    await ann.call("PUT", f"/groups/{other['id']}/members/bob", {"role": "member"})
    async with bob.live() as stream, ann.live() as anns:
        await ann.post(group["default_topic_id"], "on its way")
        await trio.testing.wait_all_tasks_blocked()
        for text in ("a", "b"):
            await ann.post(group["default_topic_id"], f"theirs {text} @bob")
            await ann.post(other["default_topic_id"], f"still ours {text}")
        await ann.call("DELETE", f"/groups/{group['id']}/members/bob")
        [heard], [by_ann] = await sync(bob, stream), await sync(ann, anns)
        assert sum(event["kind"] == "message_posted" for event in by_ann) == 5
        posted = [event["message"]["text"] for event in heard if event["kind"] == "message_posted"]
        assert [text for text in posted if text != "on its way"] == ["still ours a", "still ours b"]
        assert heard[-1]["kind"] == "member_left"


async def test_looking_on_at_public_groups(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat)
    secret = await ann.create_group("Secret", "private")
    await ann.call("PUT", f"/groups/{secret['id']}/members/bob", {"role": "member"})
    asked = f"{group['id']},{secret['id']},99999"
    async with cleo.live(groups=asked) as visitor, cleo.live() as stranger, bob.live() as member:
        await ann.post(group["default_topic_id"], "hello")
        await ann.post(secret["default_topic_id"], "psst")
        seen, unseen = await sync(cleo, visitor, stranger)
        [by_member] = await sync(bob, member)
        assert [event["message"]["text"] for event in by_member] == ["hello", "psst"]
        assert [event["message"]["text"] for event in seen] == ["hello"]
        assert unseen == []
    async with cleo.live(last_id=visitor.hello["at_id"], groups=asked) as visitor:
        [seen] = await sync(cleo, visitor)
        assert [event["message"]["text"] for event in seen if "message" in event] == ["hello"]
        online = await cleo.call("GET", f"/groups/{group['id']}/online")
        # bob was there a moment ago; looking on is not being there
        assert [user["username"] for user in online["items"]] == ["bob"]
        await cleo.join(group["id"])
        await ann.post(group["default_topic_id"], "welcome")
        [seen] = await sync(cleo, visitor)
        assert [event["kind"] for event in seen] == ["member_joined", "message_posted"]
        await cleo.call("POST", f"/groups/{group['id']}/leave")
        await ann.post(group["default_topic_id"], "bye")
        [seen] = await sync(cleo, visitor)
        assert [event["kind"] for event in seen] == ["member_left"]


async def test_who_is_online(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat)
    path = f"/groups/{group['slug']}/online"
    assert await ann.call("GET", path) == {"count": 0, "items": []}
    async with bob.live(), bob.live(), cleo.live():
        online = await ann.call("GET", path)
        assert (online["count"], [user["username"] for user in online["items"]]) == (1, ["bob"])


async def heard_bytes(member: Member, texts: list[str], topic: int) -> bytes:
    """The bytes of a stream while these texts are posted."""
    async with member.opener({}, {}) as chunks:
        stream = await anext(chunks)
        for text in [*texts, "the end"]:
            await member.post(topic, text)
        with trio.fail_after(20):
            while b"the end" not in stream:
                stream += await anext(chunks)
    return stream


async def check_bodies(chat: Chat, texts: list[str]) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    stream = await heard_bytes(ann, texts, topic)
    events = SseParser().feed(stream)
    posted = [event for event in events if event.event == "message_posted"]
    assert [json.loads(event.data)["message"]["text"] for event in posted] == [*texts, "the end"]
    assert {event.event for event in events} == {"hello", "message_posted"}
    for event in events:
        assert event.id == json.loads(event.data)["id"]
        assert event.event == json.loads(event.data)["kind"]
    for line in re.split(rb"\r\n|\r|\n", stream):  # nothing but these ever begins a line
        assert re.match(rb"(id: |event: |data: \{|: |$)", line), line
    step = max(1, len(stream) // 400)
    for cut in range(0, len(stream), step):
        parser = SseParser()
        assert parser.feed(stream[:cut]) + parser.feed(stream[cut:]) == events


async def test_no_text_forges_an_event(chat: Chat) -> None:
    await check_bodies(chat, HOSTILE)


async def test_the_corpus_of_bodies(chat: Chat) -> None:
    if not VECTORS.exists():
        pytest.skip("the shared corpora are not beside this checkout")
    await check_bodies(chat, [body for body in json.loads(VECTORS.read_text("utf-8"))["bodies"] if body])


async def test_no_name_forges_an_event(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    async with bob.live() as stream:
        for name in HOSTILE:
            answer = await ann.http.post(f"{BASE}/groups/{group['id']}/topics", json={"name": name})
            if answer.status_code == 201:
                assert (await stream.next())["topic"] == {k: v for k, v in answer.json().items() if k != "my"}
        [rest] = await sync(bob, stream)
        assert rest == []
