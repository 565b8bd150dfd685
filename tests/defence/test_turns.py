"""Turns: so much of one person is worked on at once, and who is too quick is told so after a moment. Nobody else waits."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite import rates
from convore_lite.routes.turns import MOST, TURN, Turns
from convore_lite.testing import Chat, ChatServer
from convore_lite.testing.chat import API
from convore_lite.words.limits import GUESSES

from .census import cookie_of


async def test_the_fifth_waits_and_others_do_not(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    await bob.call("GET", "/me")  # the first use of a token is written down
    store, held, released = chat.appliance.app.store, list[object](), trio.Event()
    write = store.write

    async def slowly(*args: Any, **options: Any) -> Any:
        held.append(args)
        await released.wait()
        return await write(*args, **options)

    monkeypatch.setattr(store, "write", slowly)
    async with trio.open_nursery() as nursery:
        for number in range(MOST + 2):
            nursery.start_soon(ann.post, topic, f"m{number}")
        with trio.fail_after(20):
            while len(held) < MOST:
                await trio.sleep(0.01)
        for _ in range(3):
            await bob.call("GET", f"/topics/{topic}/messages")
        assert len(held) == MOST
        released.set()
    assert len(await ann.messages(topic)) == MOST + 2


class Lab:
    """An application whose requests begin in turn, and go on when they are told to."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.go_on: dict[int, trio.Event] = {}
        self.turns = Turns(self._answer)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await scope[TURN].wait(scope["whose"])
        number = scope["number"]
        self.begun.append(number)
        self.go_on[number] = trio.Event()
        await self.go_on[number].wait()
        await send({"type": "http.response.start"})
        await trio.sleep_forever()  # it is read slowly

    async def ask(self, number: int, whose: int = 1) -> None:
        async def send(message: Any) -> None: ...

        await self.turns({"number": number, "whose": whose}, None, send)


async def test_a_turn_is_over_when_the_answer_begins() -> None:
    lab = Lab()
    async with trio.open_nursery() as nursery:
        for number in range(MOST + 3):
            nursery.start_soon(lab.ask, number)
            await trio.testing.wait_all_tasks_blocked()
        assert lab.begun == list(range(MOST))
        nursery.start_soon(lab.ask, 100, 2)
        await trio.testing.wait_all_tasks_blocked()
        assert lab.begun == [*range(MOST), 100]
        lab.go_on[1].set()
        await trio.testing.wait_all_tasks_blocked()
        assert lab.begun == [*range(MOST), 100, MOST]
        nursery.cancel_scope.cancel()


async def test_whoever_hangs_up_gives_the_turn_to_the_next() -> None:
    lab = Lab()
    working, waiting = trio.CancelScope(), trio.CancelScope()

    async def within(scope: trio.CancelScope, number: int) -> None:
        with scope:
            await lab.ask(number)

    async with trio.open_nursery() as nursery:
        for number in range(MOST - 1):
            nursery.start_soon(lab.ask, number)
        await trio.testing.wait_all_tasks_blocked()
        for scope, number in ((working, 10), (waiting, 11)):
            nursery.start_soon(within, scope, number)
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(lab.ask, 12)
        await trio.testing.wait_all_tasks_blocked()
        assert lab.begun[-1] == 10
        waiting.cancel()
        working.cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert lab.begun[-1] == 12
        nursery.cancel_scope.cancel()


def test_a_body_on_its_way_has_no_turn(chat_server: ChatServer) -> None:
    ann = chat_server.member("ann")
    topic = chat_server.call(ann.create_group, "Home lab")["default_topic_id"]
    address = chat_server.url.removeprefix("http://")
    head = [
        f"POST {API}/topics/{topic}/messages HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {ann.token}",
        "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    ]
    host, _, port = address.partition(":")
    with ExitStack() as stack:
        for _ in range(MOST + 2):
            peer = stack.enter_context(socket.create_connection((host, int(port)), 20))
            peer.sendall("\r\n".join(head).encode())
            assert peer.recv(100).startswith(b"HTTP/1.1 100")
        for _ in range(3):
            assert chat_server.call(ann.call, "GET", "/me")["username"] == "ann"


class TestTooQuick:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"rate_limits": True}

    @pytest.mark.parametrize("path", ["/topics/{}/messages", "/live?after=nonsense"])
    async def test_it_is_said_after_a_moment(
        self,
        patient_chat: Chat,
        patient_clock: trio.testing.MockClock,
        monkeypatch: pytest.MonkeyPatch,
        path: str,
    ) -> None:
        monkeypatch.setattr(rates, "BREATH", (3, 4))
        ann, bob = await patient_chat.member("ann"), await patient_chat.member("bob")
        topic = (await ann.create_group("Home lab"))["default_topic_id"]
        method = "GET" if "live" in path else "POST"
        body = {"text": "again"} if method == "POST" else None
        while (answer := await self.ask(ann, method, path.format(topic), body))[0] != 429:
            assert answer[1] < 1
        assert 3 <= answer[1] <= 4
        assert (await self.ask(bob, "GET", "/me", None)) == (200, pytest.approx(0))

    async def test_whoever_is_told_so_has_no_turn(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rates, "BREATH", (60, 60))
        ann = await chat.member("ann")
        app = chat.appliance.app
        name, value = await cookie_of(chat, "ann")
        browser = chat.client(headers={name.decode(): value.decode(), "origin": chat.url})
        for _ in range(GUESSES.burst):
            app.rates.spend(GUESSES, ann.id)
        guess = {"current": "a guess", "new": "another password"}
        async with trio.open_nursery() as nursery:
            for _ in range(MOST):
                nursery.start_soon(partial(browser.put, f"{API}/me/password", json=guess))
            with trio.fail_after(20):
                while app.rates.refused < MOST:
                    await trio.sleep(0.01)
                for _ in range(3):
                    await ann.call("GET", "/me")
            nursery.cancel_scope.cancel()

    async def ask(self, who: Any, method: str, path: str, body: object) -> tuple[int, float]:
        """The status of an answer, and the seconds until it."""
        began = trio.current_time()
        answer = await who.http.request(method, API + path, json=body, headers={"accept": "application/json"})
        return answer.status_code, trio.current_time() - began
