"""Drafts: the same on all of one's devices, nobody else's, and never written over unseen.

More examples than the suite runs: ``DRAFT_EXAMPLES=2000 pytest tests/api/test_drafts.py``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.store import files, inline
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import API, PASSWORD

from .conftest import Place

EXAMPLES = int(os.environ.get("DRAFT_EXAMPLES", "12"))
NOTHING = {"text": "", "reply_to": None, "files": [], "revision": 0, "updated_at": None}


async def put(member: Member, topic: int, text: str, revision: int = 0, **more: Any) -> dict[str, Any]:
    saved: dict[str, Any] = await member.call(
        "PUT", f"/topics/{topic}/draft", {"text": text, "revision": revision, **more}
    )
    return saved


async def draft_of(member: Member, topic: int) -> dict[str, Any]:
    found: dict[str, Any] = await member.call("GET", f"/topics/{topic}/draft")
    return found


async def test_it_is_kept_for_all_devices_of_one_and_nobody_else(place: Place) -> None:
    assert await draft_of(place.ann, place.topic) == {"topic_id": place.topic, **NOTHING}
    async with place.ann.live() as anns, place.bob.live() as bobs:
        saved = await put(place.ann, place.topic, "half a")
        event = await anns.next("draft_changed")
        assert (event["topic_id"], event["revision"], event["empty"]) == (place.topic, 1, False)
        assert "half a" not in str(event)
        await place.ann.post(place.topic, "next")
        assert (await bobs.next())["kind"] == "message_posted"  # and nothing of drafts before it
    assert await draft_of(place.ann, place.topic) == saved
    assert (saved["text"], saved["revision"]) == ("half a", 1)
    assert (await place.ann.call("GET", "/me/drafts"))["items"] == [saved]
    assert (await draft_of(place.bob, place.topic))["text"] == ""
    assert (await place.bob.call("GET", "/me/drafts"))["items"] == []


async def test_whoever_is_behind_gets_what_is_there(place: Place) -> None:
    first = await put(place.ann, place.topic, "on the phone")
    problem = await place.ann.refused("PUT", f"/topics/{place.topic}/draft", {"text": "at the desk"})
    assert (problem["status"], problem["draft"]) == (409, first)
    assert await put(place.ann, place.topic, "on the phone") == first  # the same from both is no conflict
    both = await put(place.ann, place.topic, "on the phone, at the desk", first["revision"])
    assert both["revision"] == 2
    assert (await place.ann.refused("DELETE", f"/topics/{place.topic}/draft?revision=1"))["draft"] == both
    await place.ann.call("DELETE", f"/topics/{place.topic}/draft", revision=2)
    await place.ann.call("DELETE", f"/topics/{place.topic}/draft")
    emptied = await draft_of(place.ann, place.topic)
    assert (emptied["text"], emptied["revision"]) == ("", 3)  # so that what was saved before cannot come back
    assert (await place.ann.refused("PUT", f"/topics/{place.topic}/draft", {"text": "late", "revision": 2}))[
        "status"
    ] == 409


async def test_sending_takes_it_along(place: Place) -> None:
    saved = await put(place.ann, place.topic, "helo")
    async with place.ann.live() as stream:
        await place.ann.post(place.topic, "hello", draft_revision=saved["revision"])
        event = await stream.next("draft_changed")
    assert (event["revision"], event["empty"]) == (2, True)
    await put(place.ann, place.topic, "good mor", 2)
    await place.ann.post(place.topic, "good morning")  # of a client that knows nothing of drafts: it is all there
    assert (await draft_of(place.ann, place.topic))["text"] == ""
    await put(place.ann, place.topic, "something else", 4)
    await place.ann.post(place.topic, "good evening")
    await place.ann.post(place.topic, "good night", draft_revision=4)
    await place.bob.post(place.topic, "something else")
    assert (await draft_of(place.ann, place.topic))["text"] == "something else"


async def test_a_retry_takes_nothing_more(place: Place) -> None:
    saved = await put(place.ann, place.topic, "once")
    sent = {"client_id": "c", "draft_revision": saved["revision"]}
    await place.ann.post(place.topic, "once", **sent)
    await put(place.ann, place.topic, "once more", 2)
    await place.ann.post(place.topic, "once", **sent)
    assert (await draft_of(place.ann, place.topic))["text"] == "once more"


async def test_what_it_answers(place: Place) -> None:
    said = await place.bob.post(place.topic, "who has the key?")
    elsewhere = await place.ann.open_topic(place.group["id"], "Elsewhere", "not here")
    saved = await put(place.ann, place.topic, "I have", reply_to=said["id"])
    assert saved["reply_to"] == said["id"]
    other = (await place.ann.messages(elsewhere["id"]))[0]["id"]
    wrong = {"text": "I have", "revision": 1, "reply_to": other}
    assert (await place.ann.refused("PUT", f"/topics/{place.topic}/draft", wrong))["errors"][0]["field"] == "reply_to"
    await place.bob.call("DELETE", f"/messages/{said['id']}")
    assert (await draft_of(place.ann, place.topic))["reply_to"] is None


async def test_its_files_wait_with_it(place: Place) -> None:
    file, other = [await place.ann.send_file(word) for word in (b"one", b"two")]
    saved = await put(place.ann, place.topic, "", file_ids=[file["id"]])
    assert (saved["files"], (await draft_of(place.ann, place.topic))["files"]) == ([file], [file])
    app = place.chat.appliance.app
    await app.store.write(files.remove_unposted, before=app.now() + 1, limit=100)  # as after a day
    assert (await place.ann.http.get(file["url"])).content == b"one"
    assert (await place.ann.http.get(other["url"])).status_code == 404
    wrong = {"text": "", "revision": 1, "file_ids": [other["id"]]}
    assert (await place.ann.refused("PUT", f"/topics/{place.topic}/draft", wrong))["errors"][0]["field"] == "file_ids.0"
    await place.ann.post(place.topic, "without it")
    assert (await draft_of(place.ann, place.topic))["files"] == [file]
    await place.ann.post(place.topic, "with it", file_ids=[file["id"]])
    assert (await draft_of(place.ann, place.topic))["files"] == []
    assert (await place.ann.call("GET", "/me/drafts"))["items"] == []


async def test_bad_input(place: Place) -> None:
    path = f"/topics/{place.topic}/draft"
    assert (await place.ann.refused("PUT", path, {"text": "x" * 16385}))["status"] == 413
    await place.ann.call("PUT", path, {"text": "x" * 16384})
    assert (await place.ann.refused("PUT", path, {"text": "x", "revision": -1}))["status"] == 422
    assert (await place.ann.refused("PUT", path, {"text": "x", "file_ids": [1]}))["status"] == 422
    for method in ("PUT", "DELETE"):  # who only looks on has none
        body = {"text": "x"} if method == "PUT" else None
        assert (await place.cleo.refused(method, path, body))["status"] == 403
    assert (await draft_of(place.cleo, place.topic))["revision"] == 0


async def test_it_waits_for_whoever_loses_the_group(private: Place) -> None:
    await put(private.bob, private.topic, "between us")
    assert len((await private.bob.call("GET", "/me/drafts"))["items"]) == 1
    member = f"/groups/{private.group['id']}/members/bob"
    await private.ann.call("DELETE", member)
    assert (await private.bob.call("GET", "/me/drafts"))["items"] == []
    for method in ("GET", "PUT", "DELETE"):
        body = {"text": "x"} if method == "PUT" else None
        assert (await private.bob.refused(method, f"/topics/{private.topic}/draft", body))["status"] == 404
    await private.ann.call("PUT", member, {"role": "member"})
    assert (await draft_of(private.bob, private.topic))["text"] == "between us"


async def test_it_goes_where_the_topic_goes(place: Place) -> None:
    there = await place.ann.create_group("Elsewhere", "private")
    topic = (await place.ann.open_topic(place.group["id"], "Wanderer"))["id"]
    for member in (place.ann, place.bob):
        await put(member, topic, "on the way")
    await place.ann.call("PATCH", f"/topics/{topic}", {"group_id": there["id"]})
    assert (await draft_of(place.ann, topic))["text"] == "on the way"
    assert (await place.bob.call("GET", "/me/drafts"))["items"] == []
    await place.ann.call("DELETE", f"/topics/{topic}")
    assert (await place.ann.call("GET", "/me/drafts"))["items"] == []
    assert await rows(place.chat) == 0


async def test_it_is_erased_with_the_account(place: Place) -> None:
    await put(place.bob, place.topic, "nobody reads this")
    await put(place.ann, place.topic, "still here")
    browser = await place.chat.signed_in(place.bob)
    await browser.call("DELETE", "/me", {"password": PASSWORD, "messages": "keep"})
    assert await rows(place.chat) == 1


async def rows(chat: Chat) -> int:
    return int(
        await chat.appliance.app.store.read(lambda conn: conn.execute("SELECT count(*) FROM drafts").fetchone()[0])
    )


async def test_page_by_page_the_latest_first(place: Place) -> None:
    topics = [place.topic, *[(await place.ann.open_topic(place.group["id"], name))["id"] for name in ("B", "C")]]
    for topic in topics:
        await put(place.ann, topic, f"in {topic}")
    first = await place.ann.call("GET", "/me/drafts", limit=2)
    second = await place.ann.call("GET", "/me/drafts", limit=2, cursor=first["next"])
    assert second["next"] is None
    listed = [one["topic_id"] for one in [*first["items"], *second["items"]]]
    assert listed == topics[::-1]


@dataclass
class Device:
    """A device that writes down every word with a number, keeps both texts on a conflict, and may be away for long."""

    member: Member
    topic: int
    text: str = ""
    known: str = ""
    revision: int = 0

    async def type(self, word: str) -> None:
        self.text = f"{self.text} {word}".strip()

    async def save(self) -> None:
        """As the composer does: what one of two texts holds of the other needs to be there once."""
        body = {"text": self.text, "revision": self.revision}
        answer = await self.member.http.put(f"{API}/topics/{self.topic}/draft", json=body)
        while answer.status_code == 409:
            there = answer.json()["draft"]
            self.learn(there["text"], there["revision"])
            body = {"text": self.text, "revision": self.revision}
            answer = await self.member.http.put(f"{API}/topics/{self.topic}/draft", json=body)
        self.known, self.revision = self.text, answer.json()["revision"]

    async def look(self) -> None:
        there = await draft_of(self.member, self.topic)
        self.learn(there["text"], there["revision"])

    def learn(self, text: str, revision: int) -> None:
        if self.text == self.known or self.text in text:
            self.text = text
        elif text not in self.text:
            self.text = f"{text} {self.text}"
        self.known, self.revision = text, revision

    async def send(self) -> None:
        if self.text:
            await self.member.post(self.topic, self.text, draft_revision=self.revision)
            self.text = ""
            await self.look()


verbs = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["type", "type", "save", "look", "send"])), max_size=25)


@pytest.mark.timeout(600)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(verbs)
def test_no_word_is_lost_between_two_devices(ann_at: Path, told: list[tuple[int, str]]) -> None:
    trio.run(live_through, ann_at, told)


@pytest.fixture(scope="module")
def ann_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ann has a group; each example has a topic of its own there."""
    folder = tmp_path_factory.mktemp("drafts")

    async def make() -> None:
        async with open_chat(folder / "chat", run_sync=inline) as chat:
            ann = await chat.member("ann")
            await ann.create_group("Home lab")
            (folder / "ann").write_text(json.dumps([ann.user, ann.token]))

    trio.run(make)
    return folder


async def live_through(folder: Path, told: list[tuple[int, str]]) -> None:
    async with open_chat(folder / "chat", run_sync=inline) as chat:
        ann = chat.member_with(*json.loads((folder / "ann").read_text()))
        topic = (await ann.open_topic("home-lab", "Another"))["id"]
        devices = [Device(ann, topic) for _ in range(2)]
        typed = []
        for number, (which, verb) in enumerate(told):
            if verb == "type":
                typed.append(f"w{number}w")
                await devices[which].type(typed[-1])
            else:
                await getattr(devices[which], verb)()
        for device in [*devices, devices[0]]:
            await device.save()
        assert devices[0].text == (await draft_of(ann, topic))["text"]
        said = " ".join(one["text"] for one in await ann.messages(topic))
        assert [word for word in typed if word not in f"{said} {devices[0].text}"] == []
