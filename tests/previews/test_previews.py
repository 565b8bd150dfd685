"""What is behind a link stands below the message soon after, for everybody who reads it, and goes with it."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import trio
from PIL import Image

from convore_lite.actions import followers, previews
from convore_lite.store import cursors, log
from convore_lite.store.previews import FRESH, FRESH_NOTHING
from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import open_chat
from convore_lite.words.links import to_preview
from convore_lite.words.markup import parse

from .internet import PRIVATE, Internet, answer, html, picture, redirect

PAGE = """<title>Damp sensor</title><meta property="og:description" content="No cloud needed.">
<meta property="og:site_name" content="Example"><meta property="og:image" content="/sensor.png">"""


class Lab:
    """A chat with an internet, and Ann and Bob in a group of it. *now* is its clock, in milliseconds."""

    def __init__(self, folder: Path, internet: Internet) -> None:
        self.folder, self.internet = folder, internet
        self.now = 1_800_000_000_000
        self.settings: dict[str, Any] = {"link_previews": True}
        internet.put("example.org/sensor", html(PAGE))
        internet.put("example.org/sensor.png", answer(picture(), "content-type: image/png"))

    def open(self) -> Any:
        return open_chat(self.folder, now=lambda: self.now, fetcher=self.internet.fetcher(), **self.settings)


@pytest.fixture
def lab(chat_folder: Path, internet: Internet, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(previews, "BETWEEN", 0)
    monkeypatch.setattr(previews.Previewer, "pace", 0)
    return Lab(chat_folder, internet)


class Place:
    def __init__(self, chat: Chat, ann: Member, bob: Member, topic: int) -> None:
        self.chat, self.ann, self.bob, self.topic = chat, ann, bob, topic

    async def shown(self, message_id: int) -> list[dict[str, Any]]:
        message = await self.bob.call("GET", f"/messages/{message_id}")
        return list(message["previews"])

    async def count(self, table: str) -> int:
        return int(
            await self.chat.appliance.app.store.read(
                lambda conn: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            )
        )


@pytest.fixture
async def place(lab: Lab) -> AsyncIterator[Place]:
    async with lab.open() as chat:
        ann, bob = await chat.member("ann"), await chat.member("bob")
        group = await ann.create_group("Home lab")
        await bob.join("home-lab")
        yield Place(chat, ann, bob, group["default_topic_id"])


async def test_a_link_gets_a_preview(place: Place) -> None:
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, "This one: http://example.org/sensor")
        assert said["previews"] == []
        posted = await stream.next("message_posted")
        changed = await stream.next("previews_changed")
    assert posted["message"]["previews"] == []
    assert (changed["message_id"], changed["topic_id"]) == (said["id"], place.topic)
    [preview] = changed["previews"]
    image = preview.pop("image")
    assert preview == {
        "id": preview["id"],
        "url": "http://example.org/sensor",
        "title": "Damp sensor",
        "description": "No cloud needed.",
        "site": "Example",
    }
    assert (image["width"], image["height"]) == (240, 120)
    assert await place.shown(said["id"]) == [{**preview, "image": image}]
    answered = await place.bob.http.get(image["url"])
    assert answered.headers["content-type"] == "image/webp"
    assert "private" in answered.headers["cache-control"]
    with Image.open(BytesIO(answered.content)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (240, 120))


async def next_shown(stream: Any, message_id: int) -> list[dict[str, Any]]:
    while True:
        event = await stream.next("previews_changed")
        if event["message_id"] == message_id:
            return list(event["previews"])


async def test_the_first_three_links_each_once_in_their_order(place: Place, lab: Lab) -> None:
    for number in range(5):
        lab.internet.put(f"site{number}.example/", html(f"<title>Site {number}</title>"))
    text = "> http://quoted.example/\n\n`http://code.example/` " + " ".join(
        f"http://site{number}.example/" for number in (3, 1, 3, 0, 2, 4)
    )
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, text)
        while len(shown := await next_shown(stream, said["id"])) < 3:
            pass
    assert [one["title"] for one in shown] == ["Site 3", "Site 1", "Site 0"]
    assert sorted(lab.internet.requests) == ["site0.example/", "site1.example/", "site3.example/"]


async def test_a_link_to_a_picture(place: Place, lab: Lab) -> None:
    url = lab.internet.put("example.org/photo", answer(picture(2000, 1000, "JPEG"), "content-type: image/jpeg"))
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, url)
        [preview] = await next_shown(stream, said["id"])
    assert (preview["title"], preview["site"]) == ("", "example.org")
    assert (preview["image"]["width"], preview["image"]["height"]) == (640, 320)


async def test_a_picture_that_is_none_is_left_out(place: Place, lab: Lab) -> None:
    for number, page in enumerate(
        (
            answer(b"<svg onload=alert(1)></svg>", "content-type: image/svg+xml"),
            answer(b"not a picture", "content-type: image/png"),
            answer(bytes(previews.PICTURE_BYTES + 1), "content-type: image/png"),
            html("<title>No picture</title>"),
            redirect(f"http://{PRIVATE}/secret.png"),
        )
    ):
        lab.internet.put(f"example.org/{number}.png", page)
        lab.internet.put(
            f"example.org/{number}", html(f"<title>A</title><meta property=og:image content=/{number}.png>")
        )
        async with place.bob.live() as stream:
            said = await place.ann.post(place.topic, f"http://example.org/{number}")
            [preview] = await next_shown(stream, said["id"])
        assert (preview["title"], preview["image"]) == ("A", None)
    assert PRIVATE not in lab.internet.connects


async def test_nothing_is_shown_where_nothing_is_found(place: Place, lab: Lab) -> None:
    """And the next one is: what fails does not hold up what comes after it."""
    lab.internet.put("example.org/empty", html(""))
    lab.internet.put("example.org/hostile", html("<!--" * 65536))
    lab.internet.names["private.example"] = [[PRIVATE]]
    links = "http://nowhere.example/ http://example.org/empty http://private.example/ "
    nothing = await place.ann.post(place.topic, links)
    also = await place.ann.post(place.topic, f"http://{PRIVATE}/ http://example.org/gone http://example.org/hostile")
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, "http://example.org/sensor")
        assert await next_shown(stream, said["id"])
    with trio.fail_after(20):
        while await place.chat.appliance.app.store.read(previews.previews.waiting, limit=10):
            await trio.sleep(0.01)
    assert await place.shown(nothing["id"]) == await place.shown(also["id"]) == []
    assert PRIVATE not in lab.internet.connects


async def test_posting_does_not_wait(place: Place, lab: Lab) -> None:
    released = threading.Event()

    def slow(peer: socket.socket) -> None:
        released.wait(10)
        peer.sendall(html("<title>Slow</title>"))

    url = lab.internet.put("slow.example/", slow)
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, url)
        await stream.next("message_posted")
        # Others go past it: it holds up nobody but its own host.
        quick = await place.ann.post(place.topic, "http://example.org/sensor")
        assert await next_shown(stream, quick["id"])
        assert await place.shown(said["id"]) == []
        released.set()
        assert [one["title"] for one in await next_shown(stream, said["id"])] == ["Slow"]


async def test_the_same_link_is_fetched_once_a_day(place: Place, lab: Lab) -> None:
    async with place.bob.live() as stream:
        shown = []
        for _ in range(3):
            said = await place.ann.post(place.topic, "http://example.org/sensor")
            shown.append((await next_shown(stream, said["id"]))[0])
        assert lab.internet.requests == ["example.org/sensor", "example.org/sensor.png"]
        # Each message has its own, with an address that tells nothing of the others.
        assert len({one["id"] for one in shown}) == len({one["image"]["url"] for one in shown}) == 3
        assert await place.count("pages") == 1
        lab.now += FRESH + 1
        lab.internet.put("example.org/sensor", html("<title>New name</title>"))
        late = await place.ann.post(place.topic, "http://example.org/sensor")
        assert [one["title"] for one in await next_shown(stream, late["id"])] == ["New name"]
    # What was said before still shows what was there then.
    assert (await place.shown(said["id"]))[0]["title"] == "Damp sensor"


async def test_a_link_tells_nothing_of_other_groups(place: Place, lab: Lab) -> None:
    """What Bob sees is the same whether or not Ann has posted that link where he may not look."""
    secret = await place.ann.create_group("Secret", kind="private")
    async with place.ann.live() as stream:
        said = await place.ann.post(secret["default_topic_id"], "http://example.org/sensor")
        assert [one["title"] for one in await next_shown(stream, said["id"])] == ["Damp sensor"]
        lab.internet.put("example.org/sensor", html("<title>New name</title>"))
        said = await place.bob.post(place.topic, "http://example.org/sensor")
        assert [one["title"] for one in await next_shown(stream, said["id"])] == ["New name"]
        again = await place.ann.post(secret["default_topic_id"], "http://example.org/sensor")
        assert [one["title"] for one in await next_shown(stream, again["id"])] == ["Damp sensor"]


async def test_what_was_not_found_is_tried_again_soon(place: Place, lab: Lab) -> None:
    async with place.bob.live() as stream:
        await place.ann.post(place.topic, "http://example.org/later")
        await place.ann.post(place.topic, "http://example.org/sensor")
        await stream.next("previews_changed")
        lab.internet.put("example.org/later", html("<title>Now</title>"))
        lab.now += FRESH_NOTHING + 1
        said = await place.ann.post(place.topic, "http://example.org/later")
        assert [one["title"] for one in await next_shown(stream, said["id"])] == ["Now"]
    assert lab.internet.requests.count("example.org/later") == 2


async def test_one_host_is_asked_by_one_request_at_a_time(place: Place, lab: Lab) -> None:
    now, most = 0, 0
    lock = threading.Lock()

    def count(peer: socket.socket) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.02)
        with lock:
            now -= 1
        peer.sendall(html("<title>Counted</title>"))

    for number in range(6):
        lab.internet.put(f"busy.example/{number}", count)
    async with place.bob.live() as stream:
        for number in range(6):
            await place.ann.post(place.topic, f"http://busy.example/{number}")
        for _ in range(6):
            await stream.next("previews_changed")
    assert most == 1


async def test_edits(place: Place, lab: Lab) -> None:
    lab.internet.put("other.example/", html("<title>Other</title>"))
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, "http://example.org/sensor")
        [before] = await next_shown(stream, said["id"])
        await place.ann.call(
            "PATCH", f"/messages/{said['id']}", {"text": "No: http://other.example/ and http://example.org/sensor"}
        )
        edited = await stream.next("message_edited")
        # What is still linked stays as it is; what is new comes as it did the first time.
        assert edited["message"]["previews"] == [before]
        assert [one["title"] for one in await next_shown(stream, said["id"])] == ["Other", "Damp sensor"]
        await place.ann.call("PATCH", f"/messages/{said['id']}", {"text": "Only http://other.example/"})
        edited = await stream.next("message_edited")
    assert [one["title"] for one in edited["message"]["previews"]] == ["Other"]
    assert await place.count("pages") == await place.count("previews") == 1
    assert (await place.bob.http.get(before["image"]["url"])).status_code == 404


@pytest.mark.parametrize("by", ["message", "topic", "group", "account"])
async def test_what_is_deleted_leaves_nothing(place: Place, by: str) -> None:
    topic = (await place.ann.open_topic("home-lab", "Sensors"))["id"]
    async with place.bob.live() as stream:
        said = await place.ann.post(topic, "http://example.org/sensor")
        [preview] = await next_shown(stream, said["id"])
    assert (await place.bob.http.get(preview["image"]["url"])).status_code == 200
    if by == "account":
        body = {"password": place.ann.password, "messages": "delete"}
        ann = await place.chat.signed_in(place.ann)
        await ann.call("DELETE", "/me", body)
    else:
        path = {"message": f"/messages/{said['id']}", "topic": f"/topics/{topic}", "group": "/groups/home-lab"}[by]
        await place.ann.call("DELETE", path)
    assert (await place.bob.http.get(preview["image"]["url"])).status_code == 404
    assert await place.count("pages") == await place.count("previews") == 0
    left = await place.chat.appliance.app.store.read(
        lambda conn: [bytes(row[0]) for row in conn.execute("SELECT payload FROM events")]
    )
    assert not any(b"Damp sensor" in payload for payload in left)


async def test_a_message_deleted_while_its_link_is_fetched(place: Place, lab: Lab) -> None:
    asked, released = threading.Event(), threading.Event()

    def slow(peer: socket.socket) -> None:
        asked.set()
        released.wait(10)
        peer.sendall(html("<title>Too late</title>"))

    url = lab.internet.put("slow.example/", slow)
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, url)
        await trio.to_thread.run_sync(asked.wait, 10)
        await place.ann.call("DELETE", f"/messages/{said['id']}")
        released.set()
        quick = await place.ann.post(place.topic, "http://example.org/sensor")
        assert (await stream.next("previews_changed"))["message_id"] == quick["id"]
    with trio.fail_after(10):
        while place.chat.appliance.app.store.statistics().jobs_waiting or await place.count("pages") > 1:
            await trio.sleep(0.01)
    assert await place.count("previews") == 1


async def test_removing_one(place: Place) -> None:
    """By its author or an admin of the group; it does not come back."""
    eve = await place.chat.member("eve")
    await eve.join("home-lab")
    async with place.ann.live() as stream:
        said = await place.bob.post(place.topic, "http://example.org/sensor and more")
        [preview] = await next_shown(stream, said["id"])
        path = f"/messages/{said['id']}/previews/{preview['id']}"
        assert (await eve.refused("DELETE", path))["status"] == 403
        assert (await place.bob.refused("DELETE", f"/messages/{said['id']}/previews/999"))["status"] == 404
        await place.bob.call("DELETE", path)
        assert await next_shown(stream, said["id"]) == []
        await place.bob.call("DELETE", path)  # once is enough
        assert (await place.bob.http.get(preview["image"]["url"])).status_code == 404
        await place.bob.call("PATCH", f"/messages/{said['id']}", {"text": "http://example.org/sensor and less"})
        other = await place.bob.post(place.topic, "http://example.org/sensor")
        [theirs] = await next_shown(stream, other["id"])
        assert await place.shown(said["id"]) == []
        await place.ann.call("DELETE", f"/messages/{other['id']}/previews/{theirs['id']}")
        assert await next_shown(stream, other["id"]) == []
    owner = await place.chat.member("olga", role="owner")
    acts = [entry["act"] for entry in (await owner.call("GET", "/admin/audit"))["items"]]
    assert acts.count("remove preview") == 1


async def test_what_was_moved_keeps_them(place: Place) -> None:
    target = (await place.ann.open_topic("home-lab", "Sensors"))["id"]
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, "http://example.org/sensor")
        shown = await next_shown(stream, said["id"])
    await place.ann.call(
        "POST", f"/topics/{place.topic}/move", {"message_ids": [said["id"]], "to": {"topic_id": target}}
    )
    assert await place.shown(said["id"]) == shown
    assert (await place.bob.http.get(shown[0]["image"]["url"])).status_code == 200


async def test_who_ignores_the_author_hears_nothing(place: Place) -> None:
    async with place.bob.live() as stream, place.ann.live() as own:
        await place.bob.call("PUT", "/me/ignored/ann")
        said = await place.ann.post(place.topic, "http://example.org/sensor")
        assert await next_shown(own, said["id"])
        await place.bob.post(place.topic, "hello")
        heard = [event["kind"] for event in [await stream.next() for _ in range(2)]]
    assert heard == ["ignored_changed", "message_posted"]


async def test_a_restart_between_loses_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what the follower had not read yet, nor what was noted but not fetched."""

    async def never(*_: object) -> None:
        await trio.sleep_forever()

    async with lab.open() as chat:
        ann = await chat.member("ann")
        group = await ann.create_group("Home lab")
        topic = group["default_topic_id"]
        with monkeypatch.context() as held:
            held.setattr(previews, "look", never)
            noted = await ann.post(topic, "http://example.org/sensor")
            with trio.fail_after(10):
                while not await chat.appliance.app.store.read(previews.previews.waiting, limit=1):
                    await trio.sleep(0.01)
            held.setattr(previews.Previewer, "take", never)
            unread = await ann.post(topic, "again: http://example.org/sensor")
    async with lab.open() as chat:
        again = chat.member_with(ann.user, ann.token)
        with trio.fail_after(20):
            for said in (noted, unread):
                while not (await again.call("GET", f"/messages/{said['id']}"))["previews"]:
                    await trio.sleep(0.01)


async def test_switched_off(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "FAR", 1)
    lab.settings["link_previews"] = False
    async with lab.open() as chat:
        ann, store = await chat.member("ann"), chat.appliance.app.store
        group = await ann.create_group("Home lab")
        await ann.post(group["default_topic_id"], "http://example.org/sensor")
        with trio.fail_after(10):
            while await store.read(cursors.find, "previews") != await store.read(log.last_number):
                await trio.sleep(0.01)
    assert lab.internet.requests == []
    # Switched on again, it goes on from there.
    lab.settings["link_previews"] = True
    async with lab.open() as chat:
        again = chat.member_with(ann.user, ann.token)
        async with again.live() as stream:
            late = await again.post(group["default_topic_id"], "later: http://example.org/sensor")
            assert (await stream.next("previews_changed"))["message_id"] == late["id"]
        [first, _] = await again.messages(group["default_topic_id"])
    assert first["previews"] == []


async def test_ten_links_a_minute(lab: Lab) -> None:
    lab.settings["rate_limits"] = True
    async with lab.open() as chat:
        # Time stands still: a slow machine takes the six seconds after which one more is allowed.
        chat.appliance.app.rates._clock = lambda: 0.0
        ann = await chat.member("ann")
        group = await ann.create_group("Home lab")
        for number in range(12):
            lab.internet.put(f"site{number}.example/", html(f"<title>{number}</title>"))
        async with ann.live() as stream:
            for number in range(0, 12, 3):
                links = " ".join(f"http://site{number + more}.example/" for more in range(3))
                said = await ann.post(group["default_topic_id"], links)
            shown: list[dict[str, Any]] = []
            while len(lab.internet.requests) < 10 or not shown:
                event = await stream.next("previews_changed")
                shown = event["previews"] if event["message_id"] == said["id"] else shown
    assert len(lab.internet.requests) == 10
    assert [one["title"] for one in shown] == ["9"]


def test_what_a_spoiler_hides_gets_no_preview() -> None:
    draft = parse("||see http://a.example/|| http://b.example/", {})
    assert to_preview(draft.nodes) == ["http://b.example/"]
