"""Messages sent later: once, at their time, if their author may say them then; and kept for their author where not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio.testing

from convore_lite.appliance import wall_clock
from convore_lite.store import inline
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import PASSWORD
from convore_lite.testing.clock import HoldsClock
from convore_lite.words.models import time_text

from .conftest import Place, make_place

HOUR = 3600 * 1000


@dataclass
class Clock:
    """A wall clock that is set by hand."""

    now: int

    def __call__(self) -> int:
        return self.now

    def after(self, milliseconds: int) -> str:
        return time_text(self.now + milliseconds)


@pytest.fixture
def clock() -> Clock:
    return Clock(wall_clock())


@pytest.fixture
async def at(chat_folder: Path, clock: Clock) -> AsyncIterator[Place]:
    async with open_chat(chat_folder, now=clock) as chat:
        yield await make_place(chat, "private")


async def later(member: Member, topic: int, text: str, send_at: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await member.call(
        "POST", f"/topics/{topic}/scheduled", {"text": text, "send_at": send_at, **more}
    )
    return made


async def waits(member: Member) -> list[dict[str, Any]]:
    return list((await member.call("GET", "/me/scheduled"))["items"])


async def come_to(place: Place, clock: Clock, milliseconds: int) -> None:
    """Let it be so much later, and everything that is due then be done."""
    clock.now += milliseconds
    async with place.ann.live() as stream:
        await later(place.ann, place.topic, "the mark", clock.after(1))
        clock.now += 2
        place.chat.appliance.app.bell.ring()
        while (await stream.next("message_posted"))["message"]["text"] != "the mark":
            pass


async def test_it_is_said_at_its_time_and_once(at: Place, clock: Clock) -> None:
    async with at.bob.live() as bobs:
        made = await later(at.bob, at.topic, "good *morning* @ann", clock.after(HOUR))
        assert (await bobs.next("scheduled_changed"))["scheduled_id"] == made["id"]
        assert (made["topic_id"], made["send_at"], made["problem"]) == (at.topic, clock.after(HOUR), None)
        await come_to(at, clock, HOUR - 10)
        assert [one["text"] for one in await at.ann.messages(at.topic)] == ["the mark"]
        await come_to(at, clock, HOUR)
        event = await bobs.next("scheduled_changed")
        assert event["scheduled_id"] == made["id"]
    [_, said, _] = await at.ann.messages(at.topic)
    assert (said["text"], said["author"]["username"], said["client_id"]) == (
        "good *morning* @ann",
        "bob",
        made["client_id"],
    )
    assert "<strong>" in said["html"] or "<em>" in said["html"]
    assert [one["message"]["id"] for one in (await at.ann.call("GET", "/me/mentions"))["items"]] == [said["id"]]
    assert await waits(at.bob) == []
    assert (await at.bob.refused("GET", f"/scheduled/{made['id']}"))["status"] == 404


async def test_scheduling_again_is_the_first_one(at: Place, clock: Clock) -> None:
    when = clock.after(HOUR)
    made = await later(at.ann, at.topic, "once", when, client_id="c")
    assert await later(at.ann, at.topic, "once", when, client_id="c") == made
    for other in ({"text": "twice", "send_at": when}, {"text": "once", "send_at": clock.after(2 * HOUR)}):
        problem = await at.ann.refused("POST", f"/topics/{at.topic}/scheduled", {"client_id": "c", **other})
        assert problem["status"] == 409
    await at.ann.post(at.topic, "once", client_id="c")  # sent by hand meanwhile, by a client that gave up
    await come_to(at, clock, 2 * HOUR)
    assert [one["text"] for one in await at.ann.messages(at.topic)] == ["once", "the mark"]
    problem = await at.ann.refused("POST", f"/topics/{at.topic}/scheduled", {"text": "once", "send_at": when})
    assert problem["errors"] == [{"field": "send_at", "message": "has passed already"}]


async def test_it_can_be_changed_sent_and_given_up(at: Place, clock: Clock) -> None:
    made = [await later(at.ann, at.topic, text, clock.after(HOUR)) for text in ("one", "two", "three")]
    changed = await at.ann.call(
        "PATCH", f"/scheduled/{made[0]['id']}", {"text": "first", "send_at": clock.after(3 * HOUR)}
    )
    assert (changed["text"], changed["send_at"]) == ("first", clock.after(3 * HOUR))
    assert [one["text"] for one in await waits(at.ann)] == ["two", "three", "first"]
    said = await at.ann.call("POST", f"/scheduled/{made[1]['id']}/send")
    assert said["text"] == "two"
    await at.ann.call("DELETE", f"/scheduled/{made[2]['id']}")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/send")):
        body = {} if method == "PATCH" else None
        for somebody, which in ((at.ann, made[1]), (at.bob, made[0])):
            assert (await somebody.refused(method, f"/scheduled/{which['id']}{path}", body))["status"] == 404
    await come_to(at, clock, 2 * HOUR)
    assert [one["text"] for one in await at.ann.messages(at.topic)] == ["two", "the mark"]
    await come_to(at, clock, 2 * HOUR)
    assert [one["text"] for one in await at.ann.messages(at.topic)][-2:] == ["first", "the mark"]


async def lose_the_group(at: Place) -> str:
    await at.ann.call("DELETE", f"/groups/{at.group['id']}/members/bob")
    return "The topic is gone, or you cannot see it any more."


async def lock(at: Place) -> str:
    await at.ann.call("PATCH", f"/topics/{at.topic}", {"locked": True})
    return "This topic is locked."


async def look_on(at: Place) -> str:
    await at.ann.call("PATCH", f"/groups/{at.group['id']}", {"kind": "public"})
    await at.ann.call("DELETE", f"/groups/{at.group['id']}/members/bob")
    return "Join the group first."


async def close_the_account(at: Place) -> str:
    async with at.chat.client(console=True) as console:
        assert (await console.post("/api/v1/users/bob/deactivate")).is_success
    return "Your account was closed at that time."


@pytest.mark.parametrize("lose", [lose_the_group, lock, look_on, close_the_account])
async def test_what_may_not_be_said_then_is_kept_with_the_reason(at: Place, clock: Clock, lose: Any) -> None:
    made = await later(at.bob, at.topic, "good morning", clock.after(HOUR))
    reason = await lose(at)
    await come_to(at, clock, HOUR)
    assert [one["text"] for one in await at.ann.messages(at.topic)] == ["the mark"]
    bob = at.bob
    if lose is close_the_account:
        async with at.chat.client(console=True) as console:
            await console.post("/api/v1/users/bob/reactivate")
        bob = await at.chat.signed_in(at.bob)
    [kept] = await waits(bob)
    assert (kept["id"], kept["text"], kept["problem"]) == (made["id"], "good morning", reason)
    assert kept["topic_id"] == (None if lose is lose_the_group else at.topic)
    await at.ann.call("PUT", f"/groups/{at.group['id']}/members/bob", {"role": "member"})
    await at.ann.call("PATCH", f"/topics/{at.topic}", {"locked": False})
    await bob.call("PATCH", f"/scheduled/{made['id']}", {"send_at": clock.after(HOUR)})
    await come_to(at, clock, HOUR)
    assert "good morning" in [one["text"] for one in await at.ann.messages(at.topic)]


async def test_the_words_stay_when_the_topic_goes(at: Place, clock: Clock) -> None:
    topic = (await at.ann.open_topic(at.group["id"], "Not for long"))["id"]
    await later(at.bob, topic, "dear all", clock.after(HOUR))
    await at.ann.call("DELETE", f"/topics/{topic}")
    [kept] = await waits(at.bob)
    assert (kept["topic_id"], kept["text"], kept["problem"]) == (None, "dear all", None)
    assert (await at.bob.refused("POST", f"/scheduled/{kept['id']}/send"))["status"] == 404
    await come_to(at, clock, HOUR)
    assert (await waits(at.bob))[0]["problem"] == "The topic is gone, or you cannot see it any more."


async def test_it_is_said_where_the_topic_is_then(at: Place, clock: Clock) -> None:
    there = await at.ann.create_group("Elsewhere", "private")
    topic = await at.ann.open_topic(at.group["id"], "Wanderer", "who is there?")
    [asked] = await at.ann.messages(topic["id"])
    await later(at.ann, topic["id"], "me", clock.after(HOUR), reply_to=asked["id"])
    await later(at.ann, topic["id"], "and me", clock.after(HOUR), reply_to=asked["id"])
    await at.ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": there["id"]})
    first = (await waits(at.ann))[0]
    assert (await at.ann.call("POST", f"/scheduled/{first['id']}/send"))["reply_to"] == asked["id"]
    to = {"message_ids": [asked["id"]], "to": {"topic_id": there["default_topic_id"]}}
    await at.ann.call("POST", f"/topics/{topic['id']}/move", to)
    await come_to(at, clock, HOUR)
    said = (await at.ann.messages(topic["id"]))[-1]
    assert (said["text"], said["group_id"], said["reply_to"]) == ("and me", there["id"], None)


async def test_its_files_go_with_it(at: Place, clock: Clock) -> None:
    file, lost = [await at.ann.send_file(word) for word in (b"one", b"two")]
    made = await later(at.ann, at.topic, "", clock.after(HOUR), file_ids=[file["id"]])
    assert made["files"] == [file]
    await later(at.ann, at.topic, "look", clock.after(HOUR), file_ids=[lost["id"]])
    await at.ann.post(at.topic, "now already", file_ids=[lost["id"]])
    await come_to(at, clock, 48 * HOUR)
    assert [(one["text"], one["files"]) for one in await at.bob.messages(at.topic)][1:] == [
        ("", [file]),
        ("the mark", []),
    ]
    [kept] = await waits(at.ann)
    assert (kept["text"], kept["problem"]) == ("look", "A file of it was posted with another message.")
    body = {"text": "x", "send_at": clock.after(HOUR), "file_ids": [file["id"]]}
    assert (await at.bob.refused("POST", f"/topics/{at.topic}/scheduled", body))["errors"][0]["field"] == "file_ids.0"


async def test_it_takes_the_draft_along(at: Place, clock: Clock) -> None:
    saved = await at.ann.call("PUT", f"/topics/{at.topic}/draft", {"text": "good mor"})
    await later(at.ann, at.topic, "Good morning", clock.after(HOUR), draft_revision=saved["revision"])
    assert (await at.ann.call("GET", f"/topics/{at.topic}/draft"))["text"] == ""


async def test_bad_input(at: Place, clock: Clock) -> None:
    path = f"/topics/{at.topic}/scheduled"
    for when in ("tomorrow", "2026-11-27", "2026-11-27T12:00:00", "", clock.after(0), clock.after(367 * 24 * HOUR)):
        problem = await at.ann.refused("POST", path, {"text": "x", "send_at": when})
        assert (problem["status"], problem["errors"][0]["field"]) == (422, "send_at"), when
    good = {"text": "x", "send_at": clock.after(HOUR)}
    assert (await at.ann.refused("POST", path, {**good, "text": ""}))["status"] == 422
    assert (await at.ann.refused("POST", path, {**good, "text": "x" * 16385}))["status"] == 413
    assert (await at.ann.refused("POST", path, {**good, "reply_to": 999}))["status"] == 422
    assert (await at.cleo.refused("POST", path, good))["status"] == 404
    for _ in range(100):
        await at.ann.call("POST", path, good)
    assert (await at.ann.refused("POST", path, good))["status"] == 409


async def test_it_is_erased_with_the_account(at: Place, clock: Clock) -> None:
    await later(at.bob, at.topic, "nobody reads this", clock.after(HOUR))
    browser = await at.chat.signed_in(at.bob)
    await browser.call("DELETE", "/me", {"password": PASSWORD, "messages": "keep"})
    await come_to(at, clock, HOUR)
    assert [one["text"] for one in await at.ann.messages(at.topic)] == ["the mark"]


async def test_what_was_due_while_no_server_ran_is_sent_at_the_start(chat_folder: Path, clock: Clock) -> None:
    async with open_chat(chat_folder, now=clock, run_sync=inline) as chat:
        place = await make_place(chat)
        for minutes in (3, 2, 1):
            await later(place.ann, place.topic, f"after {minutes}", clock.after(minutes * 60_000))
    clock.now += HOUR
    async with open_chat(chat_folder, now=clock, run_sync=inline) as chat:
        bob = chat.member_with(place.bob.user, place.bob.token)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert [one["text"] for one in await bob.messages(place.topic)] == ["after 1", "after 2", "after 3"]


async def test_a_clock_that_is_set(chat_folder: Path, clock: Clock, patient_clock: trio.testing.MockClock) -> None:
    """Set back, nothing comes early or twice; set forward, what is due then comes within half a minute, without being woken."""
    async with open_chat(chat_folder, now=clock, run_sync=HoldsClock(patient_clock)) as chat:
        place = await make_place(chat)
        await later(place.ann, place.topic, "good morning", clock.after(HOUR))
        clock.now -= 10 * 365 * 24 * HOUR
        await trio.sleep(100)
        assert await place.ann.messages(place.topic) == []
        clock.now += 20 * 365 * 24 * HOUR
        began = trio.current_time()
        await wait_for_messages(place.chat, place.topic)
        assert trio.current_time() - began <= 31
        clock.now -= 10 * 365 * 24 * HOUR
        await trio.sleep(3 * 3600)
        assert len(await place.ann.messages(place.topic)) == 1


async def wait_for_messages(chat: Chat, topic: int) -> None:
    app = chat.appliance.app
    while True:
        ring = app.bell.next_ring()
        if app.store.look(
            lambda conn: conn.execute("SELECT last_seq FROM topics WHERE id = ?", (topic,)).fetchone()[0]
        ):
            return
        await ring.wait()
