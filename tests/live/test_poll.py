"""The long poll: for clients that cannot read a stream."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.routes.api import BASE
from convore_lite.routes.live import chapter
from convore_lite.testing import Chat, Member

from .conftest import Ready
from .test_endings import streams
from .test_stream import three

JSON = {"accept": "application/json"}


async def poll(member: Member, **query: Any) -> dict[str, Any]:
    answer = await member.http.get(f"{BASE}/live", params=query, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    assert list(told) == ["events", "next"]
    return told


def texts(told: dict[str, Any]) -> list[str]:
    return [event["message"]["text"] for event in told["events"] if event["kind"] == "message_posted"]


async def now(member: Member) -> str:
    async with member.live() as stream:
        return str(stream.hello["at_id"])


async def test_it_answers_at_once_with_what_was_missed(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    place = await now(bob)
    for text in ("one", "two"):
        await ann.post(group["default_topic_id"], text)
    async with bob.live(last_id=place) as stream:
        streamed = [await stream.next(), await stream.next()]
    told = await poll(bob, after=place, wait=60)
    assert told == {"events": streamed, "next": streamed[-1]["id"]}
    answer = await bob.http.get(f"{BASE}/live", headers={**JSON, "last-event-id": place})
    assert answer.json() == told


async def test_it_answers_as_soon_as_there_is_something(ready: Ready) -> None:
    async with ready.copied() as (chat, people):
        ann, bob = people["ann"], people["bob"]
        group = await ann.create_group("Home lab")
        await bob.join(group["id"])
        for from_a_place in (False, True):
            start = {"after": await now(bob)} if from_a_place else {}
            box: list[dict[str, Any]] = []

            async def wait(start: dict[str, Any] = start, box: list[dict[str, Any]] = box) -> None:
                box.append(await poll(bob, wait=60, **start))

            with trio.fail_after(20):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(wait)
                    await trio.testing.wait_all_tasks_blocked()
                    assert (box, streams(chat)) == ([], 1)
                    await ann.post(group["default_topic_id"], "hello")
            assert texts(box[0]) == ["hello"]
        assert streams(chat) == 0


async def test_it_answers_with_nothing_when_the_time_is_up(
    patient_chat: Chat, patient_clock: trio.testing.MockClock
) -> None:
    _, bob, _, _ = await three(patient_chat)
    place = await now(bob)
    for query, seconds in (({"wait": 1}, 1), ({"wait": 60}, 60), ({}, 30)):
        before = trio.current_time()
        assert await poll(bob, after=place, **query) == {"events": [], "next": place}
        assert trio.current_time() - before == pytest.approx(seconds)
    assert streams(patient_chat) == 0


async def test_what_concerns_others_does_not_end_the_wait(
    patient_chat: Chat, patient_clock: trio.testing.MockClock
) -> None:
    """And the place moves on with the log, so that a quiet reader does not fall behind."""
    ann, _, cleo, group = await three(patient_chat, "private")
    place = await now(cleo)
    await ann.post(group["default_topic_id"], "not for cleo")
    told = await poll(cleo, after=place, wait=5)
    assert told["events"] == []
    assert told["next"] == await now(ann) != place


async def test_polling_on_misses_nothing_and_repeats_nothing(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapter, "PAGE", 3)
    ann, bob, _, group = await three(chat)
    place, got = await now(bob), []

    async def talk() -> None:
        for number in range(40):
            await ann.post(group["default_topic_id"], f"m{number}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk)
        while "m39" not in got:
            told = await poll(bob, after=place, wait=20)
            assert 0 < len(told["events"]) <= 3
            assert told["next"] == told["events"][-1]["id"]
            place = told["next"]
            got += texts(told)
    assert got == [f"m{number}" for number in range(40)]


async def test_a_place_that_cannot_be_served(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    await ann.post(group["default_topic_id"], "before")
    here = await now(bob)
    for place in ("", "abc", "facade00-1", f"{here}0000", here.replace("-", "-0")):
        told = await poll(bob, after=place, wait=60)
        [reset] = told["events"]
        assert list(reset) == ["id", "kind", "at", "at_id"]
        assert (reset["kind"], reset["at_id"], told["next"]) == ("reset", here, here)
    await ann.post(group["default_topic_id"], "after")
    assert texts(await poll(bob, after=told["next"], wait=60)) == ["after"]


async def test_what_it_returns_of_a_topic_is_read(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    topic, other = group["default_topic_id"], (await ann.open_topic(group["id"], "Other"))["id"]
    place = await now(bob)
    for text in ("one", "two @bob"):
        await ann.post(topic, text)
        await ann.post(other, text)
    assert (await bob.unread(topic), await bob.unread(other)) == (2, 2)
    told = await poll(bob, after=place, read_topic=topic)
    assert texts(told) == ["one", "one", "two @bob", "two @bob"]
    assert (await bob.unread(topic), await bob.unread(other)) == (0, 2)
    [read] = (await poll(bob, after=told["next"]))["events"]
    assert (read["kind"], read["topic_id"], read["unread"], read["mentions"]) == ("topic_read", topic, 0, 0)
    # Only what it returned: not what came later, nor what a reset leaves out.
    await ann.post(topic, "three")
    await poll(bob, after="facade00-1", read_topic=topic)
    assert await bob.unread(topic) == 1
    told = await poll(bob, after=read["id"], read_topic=topic)
    assert texts(told) == ["three"]
    assert await bob.unread(topic) == 0


async def test_a_reset_marks_nothing_read(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, _, group = await three(chat)
    topic, place = group["default_topic_id"], await now(bob)
    for number in range(3):
        await ann.post(topic, f"m{number}")
    monkeypatch.setattr(chapter, "FURTHEST", 1)
    told = await poll(bob, after=place, read_topic=topic)
    assert [event["kind"] for event in told["events"]] == ["reset"]
    assert await bob.unread(topic) == 3


async def test_reading_a_topic_of_others_reads_nothing(
    patient_chat: Chat, patient_clock: trio.testing.MockClock
) -> None:
    ann, bob, cleo, group = await three(patient_chat, "private")
    topic, place = group["default_topic_id"], await now(cleo)
    await ann.post(topic, "a secret")
    told = await poll(cleo, after=place, read_topic=topic, groups=group["id"], wait=1)
    assert told["events"] == []
    assert await bob.unread(topic) == 1


async def test_both_kinds_by_what_is_accepted(chat: Chat) -> None:
    _, bob, _, _ = await three(chat)
    for accept, kind in (
        ("application/json", "application/json"),
        ("application/json;q=0.9", "application/json"),
        ("text/html, application/json", "application/json"),
    ):
        answer = await bob.http.get(f"{BASE}/live?after=x", headers={"accept": accept})
        assert answer.headers["content-type"] == kind
    for accept in ("text/event-stream", "*/*", "text/event-stream, application/json", ""):
        async with bob.opener({}, {"accept": accept}) as chunks:
            assert (await anext(chunks)).startswith(b"id: ")
