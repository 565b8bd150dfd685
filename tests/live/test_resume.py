"""Coming back: every event exactly once, in order, or one reset."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.actions import upkeep
from convore_lite.routes.live import chapter
from convore_lite.store import log
from convore_lite.testing import Chat, LiveStream, Member

from .conftest import WAYS, OpenChat, plain_only
from .test_stream import sync, three

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "sse" / "sse_vectors.json"
DAY = 24 * 3600 * 1000


@pytest.fixture(params=WAYS)
def way_out(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"]["text"] for event in events if event["kind"] == "message_posted"]


async def test_by_header_and_by_query(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    topic = group["default_topic_id"]
    async with bob.live() as stream:
        start = stream.hello["at_id"]
        for number in range(5):
            await ann.post(topic, f"m{number}")
        ids = [(await stream.next("message_posted"))["id"] for _ in range(5)]
        assert stream.last_id == ids[-1]
    for number, place in enumerate([start, *ids]):
        for how in ({"last_id": place}, {"after": place}, {"last_id": place, "after": "nonsense-1"}):
            async with bob.live(**how) as again:
                assert again.hello["at_id"] == again.hello["id"] == place
                await ann.post(topic, "new")
                missed = [await again.next() for _ in range(5 - number)]
                assert texts(missed) == [f"m{rest}" for rest in range(number, 5)]
                assert [event["id"] for event in missed] == ids[number:]
                assert (await again.until("message_posted"))[-1]["message"]["text"] == "new"


async def test_a_long_gap_comes_page_by_page(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapter, "PAGE", 5)
    ann, bob, _, group = await three(chat)
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    for count in range(1, 17):  # also when the last page is just full
        await ann.post(group["default_topic_id"], f"m{count}")
        async with bob.live(last_id=place) as stream:
            assert texts([await stream.next() for _ in range(count)]) == [
                f"m{number}" for number in range(1, count + 1)
            ]
            await ann.post(group["default_topic_id"], "live")
            assert texts([await stream.next()]) == ["live"]
            place = stream.hello["at_id"]
        await forget_last(chat)


async def forget_last(chat: Chat) -> None:
    """Take the newest event out of the log, as if it had not been written."""
    await chat.appliance.app.store.write(
        lambda conn: conn.execute("DELETE FROM events WHERE number = (SELECT max(number) FROM events)")
    )


@pytest.mark.parametrize("how", ["header", "query"])
async def test_a_place_that_cannot_be_served_is_one_reset(chat: Chat, how: str) -> None:
    ann, bob, _, group = await three(chat)
    await ann.post(group["default_topic_id"], "before")
    async with bob.live() as stream:
        epoch, _, now = stream.hello["at_id"].partition("-")
    vectors = [
        "",
        "0",
        "7",
        "abc",
        f"{epoch}-",
        f"{epoch}-01",
        f"{epoch}-+1",
        f"{epoch}-1;2",
        f"{epoch}-1.0",
        f"{epoch}--1",
    ]
    vectors += [
        f"{epoch}-{int(now) + 10_000}",
        f"{epoch}-9007199254740991",
        f"{epoch}-99999999999999999999",
        "facade00-1",
    ]
    if VECTORS.exists():
        vectors += json.loads(VECTORS.read_text("utf-8"))["last_event_id"]
    async with bob.live(last_id=f"{epoch}-0") as stream:  # from the very beginning is a place
        assert stream.hello["at_id"] == f"{epoch}-0"
        assert (await stream.next())["kind"] == "member_joined"
    if how == "header" and not chat.in_memory:  # what no client could send
        vectors = [place for place in vectors if place.isascii() and place.isprintable() and place == place.strip()]
    for place in vectors:
        await check_reset(bob, ann, group["default_topic_id"], place, how)


async def check_reset(bob: Member, ann: Member, topic: int, place: str, how: str) -> None:
    headers, query = ({"last-event-id": place}, {}) if how == "header" else ({}, {"after": place})
    async with raw_live(bob, headers, query) as stream:
        reset = await stream.next()
        assert (reset["kind"], list(reset)) == ("reset", ["id", "kind", "at", "at_id"]), place
        assert reset["id"] == reset["at_id"] == stream.hello["at_id"] == stream.last_id
        await ann.post(topic, "live again")
        [heard] = await sync(bob, stream)
        assert texts(heard) == ["live again"], place
        assert not any(event["kind"] == "reset" for event in heard)
    async with bob.live(last_id=reset["at_id"]) as stream:  # and the place it names is one
        [heard] = await sync(bob, stream)
        assert texts(heard) == ["live again"]


@asynccontextmanager
async def raw_live(member: Member, headers: dict[str, str], query: dict[str, str]) -> AsyncIterator[LiveStream]:
    """A stream, also with a header that is empty."""
    async with member.opener(query, headers) as chunks:
        stream = LiveStream(chunks)
        stream.hello = await stream.next()
        yield stream


async def test_a_place_of_another_reader_shows_only_what_is_ones_own(chat: Chat) -> None:
    ann, bob, cleo, group = await three(chat, "private")
    async with bob.live() as stream:
        await ann.post(group["default_topic_id"], "a secret for @bob")
        await sync(bob, stream)
        place = stream.hello["at_id"]
    async with bob.live(last_id=place) as stream:
        [heard] = await sync(bob, stream)
        assert texts(heard) == ["a secret for @bob"]
    async with cleo.live(last_id=place) as stream:
        [heard] = await sync(cleo, stream)
        assert heard == []


async def test_after_a_restart(chat_folder: Path, open_way: OpenChat) -> None:
    async with open_way(chat_folder) as chat:
        ann, bob, _, group = await three(chat)
        async with bob.live() as stream:
            await ann.post(group["default_topic_id"], "before")
            await stream.next("message_posted")
            place = stream.last_id
        await ann.post(group["default_topic_id"], "missed")
    async with open_way(chat_folder) as chat:
        again = {one.username: chat.member_with(one.user, one.token) for one in (ann, bob)}
        async with again["bob"].live(last_id=place) as stream:
            await again["ann"].post(group["default_topic_id"], "after")
            [heard] = await sync(again["bob"], stream)
        assert texts(heard) == ["missed", "after"]


async def test_a_place_that_was_trimmed(chat_folder: Path, open_way: OpenChat) -> None:
    now = 0
    async with open_way(chat_folder, now=lambda: now) as chat:
        ann, bob, _, group = await three(chat)
        topic = group["default_topic_id"]
        async with bob.live() as stream:
            old = stream.hello["at_id"]
            await ann.post(topic, "old")
            kept = (await stream.next("message_posted"))["id"]
            now = 20 * DAY
            await ann.post(topic, "newer")
        now = 31 * DAY
        async with bob.live(last_id=old) as stream:
            assert texts([await stream.next()]) == ["old"]
        assert await upkeep.trim_events(chat.appliance.app) > 0
        for place, heard in ((kept, ["newer"]), (old, None)):
            async with bob.live(last_id=place) as stream:
                first = await stream.next()
                assert (first["kind"] == "reset") == (heard is None)
                assert heard is None or texts([first]) == heard
        now = 100 * DAY
        await upkeep.trim_events(chat.appliance.app)  # nothing is kept, and yet it is known where the log is
        async with bob.live() as stream:
            place = stream.hello["at_id"]
        async with bob.live(last_id=place) as stream:
            assert stream.hello["at_id"] == place
            assert not any(event["kind"] == "reset" for event in (await sync(bob, stream))[0])


async def test_a_clock_that_goes_back_leaves_no_hole(chat_folder: Path, open_way: OpenChat) -> None:
    """Trimming forgets from the oldest on, and never one that was written later than one that is kept."""
    now = 10 * DAY
    async with open_way(chat_folder, now=lambda: now) as chat:
        ann, bob, _, group = await three(chat)
        topic = group["default_topic_id"]
        async with bob.live() as stream:
            place = stream.hello["at_id"]
        await ann.post(topic, "before the clock was set")
        now = 1 * DAY
        await ann.post(topic, "after it")
        now = 35 * DAY
        await upkeep.trim_events(chat.appliance.app)
        async with bob.live(last_id=place) as stream:
            [heard] = await sync(bob, stream)
        assert texts(heard) in (["before the clock was set", "after it"], []), "a hole"
        assert (texts(heard) == []) == (heard[0]["kind"] == "reset")


async def test_too_far_behind(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, _, group = await three(chat)
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    for number in range(3):
        await ann.post(group["default_topic_id"], f"m{number}")
    for furthest, kinds in ((3, ["message_posted"] * 3), (2, ["reset"])):
        monkeypatch.setattr(chapter, "FURTHEST", furthest)
        async with bob.live(last_id=place) as stream:
            assert [(await stream.next())["kind"] for _ in kinds] == kinds


@plain_only
async def test_trimmed_while_catching_up(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a slow reader was just about to be sent is gone: that is a reset, not a silent hole."""
    monkeypatch.setattr(chapter, "PAGE", 2)
    ann, bob, _, group = await three(chat)
    topic = group["default_topic_id"]
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    for number in range(7):
        await ann.post(topic, f"m{number}")
    async with bob.live(last_id=place) as stream:
        assert texts([await stream.next(), await stream.next()]) == ["m0", "m1"]
        await chat.appliance.app.store.write(log.trim, before=chat.appliance.app.now() + DAY, limit=10_000)
        events = await stream.until("reset")
        await ann.post(topic, "new")
        [heard] = await sync(bob, stream)
    seen = texts(events)
    assert seen == [f"m{number}" for number in range(2, 2 + len(seen))]
    assert len(seen) < 5
    assert texts(heard) == ["new"]


async def test_a_page_and_the_stream_after_it_leave_no_gap(chat: Chat) -> None:
    """Whoever renders a page and then joins the stream at the page's place has everything, whatever is said meanwhile."""
    ann, bob, _, group = await three(chat)
    topic = group["default_topic_id"]
    said: list[str] = []

    async def talk() -> None:
        for number in range(60):
            said.append(f"m{number}")
            await ann.post(topic, f"m{number}")

    async def look() -> None:
        async with bob.live() as stream:
            place = stream.hello["at_id"]
        on_page = [message["text"] for message in await bob.messages(topic, limit=200)]
        async with bob.live(last_id=place) as stream:
            while "m59" not in on_page:
                on_page += [text for text in texts([await stream.next()]) if text not in on_page]
        assert on_page == [f"m{number}" for number in range(60)]

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(look)
        nursery.start_soon(talk)
    assert len(said) == 60
