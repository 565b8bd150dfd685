"""How a stream ends: with the session or token that opened it, with its reader, and with a reader who is too slow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
import trio
import trio.testing

from convore_lite.routes.api import BASE
from convore_lite.routes.live import outlet
from convore_lite.routes.live.chapter import read_chapter
from convore_lite.testing import Chat, LiveStream, Member
from convore_lite.testing.chat import PASSWORD
from convore_lite.testing.streams import PATH, StreamEnded, over_network

from .conftest import WAYS, plain_only
from .test_stream import sync, three


@pytest.fixture(params=WAYS)
def way_out(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def stream_of(chat: Chat, headers: dict[str, str]) -> AsyncIterator[LiveStream]:
    """A stream of somebody who signs in with *headers*."""
    if not chat.in_memory:
        async with chat.client(headers=headers) as client, over_network(client)({}, {}) as chunks:
            stream = LiveStream(chunks)
            stream.hello = await stream.next()
            yield stream
        return
    chunks_in, chunks_out = trio.open_memory_channel[bytes](0)
    hung_up = trio.Event()

    async def receive() -> dict[str, Any]:
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200
        if message.get("body"):
            await chunks_in.send(message["body"])

    async def run() -> None:
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "GET",
            "path": PATH,
            "query_string": b"",
            "headers": pairs,
            "client": ("::1", 1),
        }
        async with chunks_in:
            await chat.appliance.doors(scope, receive, send)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        stream = LiveStream(chunks_out)
        stream.hello = await stream.next()
        yield stream
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def browser_of(chat: Chat, username: str) -> AsyncIterator[tuple[httpx2.AsyncClient, LiveStream]]:
    """A browser in which somebody has signed in, and its stream."""
    async with chat.client(headers={"origin": chat.url.rstrip("/")}) as browser:
        answer = await browser.post(f"{BASE}/session", json={"username": username, "password": PASSWORD})
        cookie = answer.headers["set-cookie"].partition(";")[0]
        async with stream_of(chat, {"cookie": cookie}) as stream:
            yield browser, stream


async def rest_of(stream: LiveStream) -> list[dict[str, Any]]:
    """What still comes before the end."""
    events = []
    try:
        while True:
            events.append(await stream.next())
    except StreamEnded:
        return events


def streams(chat: Chat) -> int:
    return chat.appliance.app.hub.statistics().streams


async def settle(chat: Chat, count: int) -> None:
    """Wait until the server has noticed who hung up."""
    with trio.fail_after(20):
        while streams(chat) != count:
            await trio.testing.wait_all_tasks_blocked(0.005)


async def test_signing_out_ends_the_streams_of_that_session(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    async with AsyncExitStack() as stack:
        here, stream = await stack.enter_async_context(browser_of(chat, "bob"))
        _, elsewhere = await stack.enter_async_context(browser_of(chat, "bob"))
        by_token = await stack.enter_async_context(bob.live())
        assert streams(chat) == 3
        assert (await here.delete(f"{BASE}/session")).status_code == 204
        assert streams(chat) == 2
        await ann.post(group["default_topic_id"], "after")
        assert await rest_of(stream) == []
        for other in (elsewhere, by_token):
            assert (await other.next())["message"]["text"] == "after"


async def test_revoking_a_token_ends_its_streams(chat: Chat) -> None:
    ann, bob, _, group = await three(chat)
    bob = await chat.signed_in(bob)
    made = await bob.call("POST", "/me/tokens", {"name": "bot", "scope": "read"})
    bot = chat.member_with(bob.user, made["token"])
    async with bot.live() as bots, bob.live() as bobs:
        await bob.call("DELETE", f"/me/tokens/{made['id']}")
        await ann.post(group["default_topic_id"], "after")
        assert (await bobs.next())["message"]["text"] == "after"
        assert await rest_of(bots) == []
    answer = await bot.http.get(f"{BASE}/live", headers={"last-event-id": bots.last_id})
    assert answer.status_code == 401


async def test_a_new_password_ends_the_other_sessions_streams(chat: Chat) -> None:
    _, bob, _, _ = await three(chat)
    async with browser_of(chat, "bob") as (here, stream), browser_of(chat, "bob") as (_, elsewhere):
        change = {"current": PASSWORD, "new": "a longer and better one"}
        assert (await here.put(f"{BASE}/me/password", json=change)).status_code == 204
        assert await rest_of(elsewhere) == []
        assert await sync(bob, stream) == [[]]


async def test_a_password_from_an_admin_ends_all_streams(chat: Chat) -> None:
    await three(chat)
    admin = await chat.signed_in(await chat.member("admin", role="admin"))
    async with browser_of(chat, "bob") as (_, stream):
        await admin.call("PUT", "/users/bob/password", {"password": "chosen for him"})
        assert await rest_of(stream) == []


@plain_only
async def test_what_waits_is_dropped_with_the_session(chat: Chat) -> None:
    """A reader who does not read for a while is signed out meanwhile: what was queued for them is not sent any more."""
    ann, _, _, group = await three(chat, "private")
    async with browser_of(chat, "bob") as (browser, stream):
        await ann.post(group["default_topic_id"], "on its way")
        await trio.testing.wait_all_tasks_blocked()
        for number in range(3):
            await ann.post(group["default_topic_id"], f"waits {number}")
        assert (await browser.delete(f"{BASE}/session")).status_code == 204
        assert [event["message"]["text"] for event in await rest_of(stream)] == ["on its way"]


async def after_the_door(chat: Chat, what: Callable[[], Any]) -> None:
    """Do *what* just after the next stream's reader was recognised, and before anything is read for them."""
    store = chat.appliance.app.store
    read = store.read

    async def first(function: Any, *args: Any, **options: Any) -> Any:
        if function is read_chapter:
            store.read = read  # type: ignore[method-assign]
            await what()
        return await read(function, *args, **options)

    store.read = first  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
async def test_signed_out_between_the_door_and_the_stream(chat: Chat, accept: str) -> None:
    ann, bob, _, group = await three(chat, "private")
    bob = await chat.signed_in(bob)
    made = await bob.call("POST", "/me/tokens", {"name": "bot", "scope": "read"})
    bot = chat.member_with(bob.user, made["token"])
    async with bot.live() as stream:
        place = stream.hello["at_id"]

    async def revoke() -> None:
        await bob.call("DELETE", f"/me/tokens/{made['id']}")
        await ann.post(group["default_topic_id"], "a secret")

    await after_the_door(chat, revoke)
    answer = await bot.http.get(f"{BASE}/live?wait=1", headers={"accept": accept, "last-event-id": place})
    assert answer.status_code == 401
    assert "secret" not in answer.text
    assert streams(chat) == 0


async def test_revoked_while_a_long_poll_waits(chat: Chat) -> None:
    ann, bob, _, group = await three(chat, "private")
    bob = await chat.signed_in(bob)
    made = await bob.call("POST", "/me/tokens", {"name": "bot", "scope": "read"})
    bot = chat.member_with(bob.user, made["token"])
    answers: list[httpx2.Response] = []

    async def poll() -> None:
        answers.append(await bot.http.get(f"{BASE}/live?wait=60", headers={"accept": "application/json"}))

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(poll)
            while not streams(chat):
                await trio.testing.wait_all_tasks_blocked(0.01)
            await bob.call("DELETE", f"/me/tokens/{made['id']}")
            await ann.post(group["default_topic_id"], "a secret")
    assert answers[0].status_code == 401


@plain_only
@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
async def test_hanging_up_leaves_nothing_behind(chat: Chat, accept: str) -> None:
    """At whichever moment."""
    ann, bob, _, group = await three(chat)
    headers = [(b"authorization", f"Bearer {bob.token}".encode()), (b"accept", accept.encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": PATH,
        "query_string": b"wait=60",
        "headers": headers,
        "client": ("::1", 1),
    }
    reached = set()
    for patience in range(12):
        steps = 0
        gone = trio.Event()

        async def receive(gone: trio.Event = gone) -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            nonlocal steps
            steps += 1
            await trio.lowlevel.checkpoint()

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(chat.appliance.doors, scope, receive, send)
                for _ in range(patience):
                    await trio.testing.wait_all_tasks_blocked(0.001)
                    await trio.lowlevel.checkpoint()
                reached.add((steps, streams(chat)))
                gone.set()
        assert streams(chat) == 0
        assert chat.appliance.app.hub._by_group == {}
    assert max(count for _, count in reached) == 1
    async with bob.live() as stream:  # and the next one works
        await ann.post(group["default_topic_id"], "hello")
        assert (await stream.next())["message"]["text"] == "hello"


@plain_only
async def test_a_slow_reader_is_dropped_and_comes_back(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet, "LONGEST_QUEUE", 20_000)
    ann, bob, _, group = await three(chat)
    topic = group["default_topic_id"]
    async with ann.live() as quick:
        async with bob.live() as slow:
            for number in range(60):
                await ann.post(topic, f"m{number}")
                assert (await quick.next("message_posted"))["message"]["text"] == f"m{number}"
            got = [event["message"]["text"] for event in await rest_of(slow)]
        assert got == [f"m{number}" for number in range(len(got))]
        assert 0 < len(got) < 60
        assert slow.retry is not None
        async with bob.live(last_id=slow.last_id) as again:
            while len(got) < 60:
                got.append((await again.next("message_posted"))["message"]["text"])
    assert got == [f"m{number}" for number in range(60)]


async def test_a_stalled_reader_is_given_up(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    """One that takes nothing at all, while catching up or later, does not keep its place for ever."""
    ann, bob, _, group = await three(patient_chat)
    async with bob.live() as stream:
        place = stream.hello["at_id"]
    await ann.post(group["default_topic_id"], "missed")
    headers = [(b"authorization", f"Bearer {bob.token}".encode()), (b"last-event-id", place.encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": PATH,
        "query_string": b"",
        "headers": headers,
        "client": ("::1", 1),
    }
    for taken in range(5):
        sent = 0

        async def send(message: dict[str, Any], taken: int = taken) -> None:
            nonlocal sent
            if sent > taken:
                await trio.sleep_forever()
            sent += 1

        before = trio.current_time()
        with trio.fail_after(200):
            await patient_chat.appliance.doors(scope, trio.sleep_forever, send)
        assert trio.current_time() - before <= 25 * taken + 30
        assert streams(patient_chat) == 0


async def test_a_quiet_stream_shows_signs_of_life(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    ann, bob, _, group = await three(patient_chat)
    async with bob.live() as stream:
        before = trio.current_time()
        for count in range(1, 4):
            await stream.wait_heartbeat()
            assert 24 * count <= trio.current_time() - before <= 25 * count
        await trio.sleep(10)
        await ann.post(group["default_topic_id"], "hello")
        await stream.next("message_posted")
        posted = trio.current_time()
        await stream.wait_heartbeat()
        assert 24 <= trio.current_time() - posted <= 25


async def test_the_server_stops(chat: Chat) -> None:
    _, bob, _, _ = await three(chat)
    async with bob.live() as first, bob.live() as second:
        chat.appliance.app.hub.end_all()
        for stream in (first, second):
            assert await rest_of(stream) == []
            assert stream.retry is not None
            assert 500 <= stream.retry <= 5000
    assert streams(chat) == 0


class TestLimits:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"max_streams_per_user": 2, "max_streams_per_address": 3}

    async def test_per_user(self, chat: Chat) -> None:
        ann, bob, cleo, _ = await three(chat)
        async with ann.live():
            async with ann.live():
                await check_too_many(ann, "You have 2 live streams open already.")
                async with bob.live():
                    await check_too_many(cleo, "3 live streams are open from this address already.")
                    await check_too_many(cleo, "3 live streams are open from this address already.", "application/json")
                async with cleo.live():
                    pass
            await settle(chat, 1)
            async with ann.live(), bob.live():
                assert streams(chat) == 3
        await settle(chat, 0)

    async def test_what_is_refused_does_not_count(self, chat: Chat) -> None:
        ann, _, _, _ = await three(chat)
        for _ in range(5):
            assert (await ann.http.get(f"{BASE}/live?wait=x")).status_code == 422
            assert (
                await ann.http.get(f"{BASE}/live?after=x", headers={"accept": "application/json"})
            ).status_code == 200
        async with ann.live(), ann.live():
            pass

    @plain_only
    async def test_other_addresses(self, chat: Chat) -> None:
        people = await three(chat)
        more = [await chat.member(f"more{number}") for number in range(3)]
        async with AsyncExitStack() as stack:
            for member in people[:3]:
                await stack.enter_async_context(member.live())
            await check_too_many(more[0], "3 live streams are open from this address already.")
            # The kit's streams come from 127.0.0.1, these from ::1.
            for member in more:
                await stack.enter_async_context(stream_of(chat, {"authorization": f"Bearer {member.token}"}))
            assert streams(chat) == 6


async def check_too_many(member: Member, sentence: str, accept: str = "text/event-stream") -> None:
    answer = await member.http.get(f"{BASE}/live?wait=1", headers={"accept": accept})
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == sentence
    assert int(answer.headers["retry-after"]) > 0


@plain_only
async def test_revoked_while_they_catch_up(chat: Chat) -> None:
    """Of what was missed only the pieces come that were on their way; whoever may still hear gets all of it."""
    ann, bob, _, group = await three(chat)
    async with bob.live() as stream:
        place = stream.last_id
    for _ in range(30):
        await ann.post(group["default_topic_id"], "missed " * 1000)
    bob = await chat.signed_in(bob)
    made = await bob.call("POST", "/me/tokens", {"name": "bot", "scope": "read"})
    bot = chat.member_with(bob.user, made["token"])
    async with bot.live(last_id=place) as bots:
        await bob.call("DELETE", f"/me/tokens/{made['id']}")
        assert len(await rest_of(bots)) < 15
    async with bob.live(last_id=place) as bobs:
        [missed] = await sync(bob, bobs)
        assert [event["kind"] for event in missed].count("message_posted") == 30
