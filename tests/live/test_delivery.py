"""Who loses a right loses it on open streams too: what waits is dropped, what follows does not come, nor does coming back help.

By both ways out, and each time with somebody beside them who does get it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat, Member, SseParser
from convore_lite.testing.chat import PASSWORD

from .taps import PlainTap, Tap, WireTap, allow_wires
from .test_stream import three

TAPS = {"plain": PlainTap, "fast": WireTap}


@dataclass
class Scene:
    """ann talks in a private group to bob and to cleo, who stays. Both read by the same way out."""

    chat: Chat
    ann: Member
    bob: Member
    token: dict[str, Any]
    group: dict[str, Any]
    bobs: Tap
    cleos: Tap

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self.ann.post(self.group["default_topic_id"], text)


def heard(tap: Tap, parser: SseParser) -> list[str]:
    told = [json.loads(event.data) for event in parser.feed(tap.drain())]
    return [one["message"]["text"] for one in told if one["kind"] == "message_posted"]


@pytest.fixture(params=TAPS)
async def scene(
    request: pytest.FixtureRequest, chat: Chat, monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> AsyncIterator[Scene]:
    allow_wires(monkeypatch)
    ann, bob, cleo, group = await three(chat, "private")
    await ann.call("PUT", f"/groups/{group['id']}/members/cleo", {"role": "member"})
    token = await (await chat.signed_in(bob)).call("POST", "/me/tokens", {"name": "tab", "scope": "read"})
    kind: Callable[..., Tap] = TAPS[request.param]
    bobs, cleos = [kind({"authorization": f"Bearer {secret}"}) for secret in (token["token"], cleo.token)]
    for tap in (bobs, cleos):
        nursery.start_soon(tap.run, chat.appliance.doors)
    with trio.fail_after(20):
        while len(chat.appliance.app.hub.watchers(group["id"])) < 2:
            await trio.testing.wait_all_tasks_blocked(0.005)
    yield Scene(chat, ann, bob, token, group, bobs, cleos)
    for tap in (bobs, cleos):
        tap.hang_up()


async def leave(scene: Scene) -> None:
    await scene.bob.call("POST", f"/groups/{scene.group['id']}/leave")


async def be_taken_out(scene: Scene) -> None:
    await scene.ann.call("DELETE", f"/groups/{scene.group['id']}/members/bob")


async def lose_the_token(scene: Scene) -> None:
    await (await scene.chat.signed_in(scene.bob)).call("DELETE", f"/me/tokens/{scene.token['id']}")


async def get_a_new_password(scene: Scene) -> None:
    """From an admin, who by that signs him out everywhere."""
    async with scene.chat.client(console=True) as console:
        answer = await console.put(f"{BASE}/users/bob/password", json={"password": "chosen for him, and long"})
        assert answer.status_code == 204
        assert (await console.delete(f"{BASE}/tokens/{scene.token['id']}")).status_code in (204, 404)


async def be_deactivated(scene: Scene) -> None:
    async with scene.chat.client(console=True) as console:
        assert (await console.post(f"{BASE}/users/bob/deactivate")).is_success


LOSSES = [leave, be_taken_out, lose_the_token, get_a_new_password, be_deactivated]
Loss = Callable[[Scene], Awaitable[None]]


@asynccontextmanager
async def amid(scene: Scene, *texts: str) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        for text in texts:
            nursery.start_soon(scene.say, text)
        yield


@pytest.mark.parametrize("lose", LOSSES)
@pytest.mark.parametrize("stalled", [False, True], ids=["idle", "stalled"])
async def test_nothing_comes_after_a_loss(scene: Scene, lose: Loss, stalled: bool) -> None:
    bob_parser, cleo_parser = SseParser(), SseParser()
    await scene.say("before")
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert heard(scene.bobs, bob_parser) == heard(scene.cleos, cleo_parser) == ["before"]
    place = bob_parser.last_id
    if stalled:
        scene.bobs.stall()
        if isinstance(scene.bobs, PlainTap):  # it blocks only once it has been given something
            await scene.say("given")
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert heard(scene.bobs, bob_parser) == ["given"]
        await scene.say("waits a", "waits b")
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert scene.chat.appliance.app.hub.statistics().waiting_bytes > 500
    await lose(scene)
    await scene.say("after a", "after b")
    scene.bobs.go_on()
    await trio.testing.wait_all_tasks_blocked(0.02)
    assert heard(scene.bobs, bob_parser) == []
    by_cleo = heard(scene.cleos, cleo_parser)
    assert by_cleo[-2:] == ["after a", "after b"]
    assert not stalled or by_cleo[-4:-2] == ["waits a", "waits b"]
    answer = await came_back(scene, place)
    assert answer in ([], None), "his old place is no way round"


async def came_back(scene: Scene, place: str) -> list[str] | None:
    """What bob gets who comes back with his old place; None where he is not let in."""
    headers = {"authorization": f"Bearer {scene.token['token']}", "last-event-id": place}
    tap = PlainTap(headers)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tap.run, scene.chat.appliance.doors)
        with trio.fail_after(20):
            while not tap.status:
                await trio.testing.wait_all_tasks_blocked(0.005)
        await trio.testing.wait_all_tasks_blocked(0.02)
        tap.hang_up()
    return heard(tap, SseParser()) if tap.status == 200 else None


@pytest.mark.parametrize("lose", [leave, be_taken_out, lose_the_token])
async def test_in_the_same_commit(scene: Scene, lose: Loss) -> None:
    """Much is said at once, before and after the loss: what is later in the log than it does not come."""
    told: list[Any] = []
    store = scene.chat.appliance.app.store
    publish = store._publish
    store._publish = lambda events: (told.append(list(events)), publish(events))[1]  # type: ignore[method-assign]
    async with amid(scene, *"abcdef"):
        await trio.lowlevel.checkpoint()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lose, scene)
            for text in "ghijkl":
                nursery.start_soon(scene.say, text)
    await trio.testing.wait_all_tasks_blocked(0.02)
    flat = [one for events in told for one in events]
    at = next(
        n
        for n, one in enumerate(flat)
        if getattr(one, "kind", "") in ("member_left", None) or not hasattr(one, "number")
    )
    late = [
        json.loads(one.payload)["message"]["text"]
        for one in flat[at + 1 :]
        if getattr(one, "kind", "") == "message_posted"
    ]
    by_bob, by_cleo = heard(scene.bobs, SseParser()), heard(scene.cleos, SseParser())
    assert sorted(by_cleo) == list("abcdefghijkl")
    assert by_bob == [text for text in by_cleo if text in by_bob], "in order"
    assert not set(by_bob) & set(late)


async def test_logging_out(chat: Chat, monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery) -> None:
    """The session's streams end, and another session's go on; with what waits, by the fast way out."""
    allow_wires(monkeypatch)
    ann, _, _, group = await three(chat, "private")
    taps, browsers = [], []
    for _ in range(2):
        browser = chat.client(headers={"origin": "http://chat.test"})
        browsers.append(browser)
        answer = await browser.post(f"{BASE}/session", json={"username": "bob", "password": PASSWORD})
        taps.append(WireTap({"cookie": answer.headers["set-cookie"].partition(";")[0]}))
        nursery.start_soon(taps[-1].run, chat.appliance.doors)
    with trio.fail_after(20):
        while chat.appliance.app.hub.statistics().streams < 2 or not all(tap.wire.left for tap in taps):
            await trio.testing.wait_all_tasks_blocked(0.005)
    for tap in taps:
        tap.stall()
    await ann.post(group["default_topic_id"], "waits")
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert (await browsers[0].delete(f"{BASE}/session")).status_code == 204
    await ann.post(group["default_topic_id"], "after")
    for tap in taps:
        tap.go_on()
    await trio.testing.wait_all_tasks_blocked(0.02)
    assert [heard(tap, SseParser()) for tap in taps] == [[], ["waits", "after"]]
    assert [tap.ended for tap in taps] == [True, False]
    taps[1].hang_up()
    for browser in browsers:
        await browser.aclose()
