"""Whether there is an account is not told: not by the answer, and not by how much work it took (ASVS 5.0, 6.3.8).

How long that takes is in benchmarks/sign_in.py. Here the work is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import argon2
import httpx2
import pytest
import trio
import trio.testing

from convore_lite import passwords
from convore_lite.passwords import COST, MOST_WAITING, NOBODY, WORKERS, Passwords
from convore_lite.store import in_thread
from convore_lite.testing import Chat, open_chat
from convore_lite.testing.chat import API, PASSWORD
from convore_lite.words.errors import TooMany

OWN = {"origin": "http://chat.test"}
WRONG = "a wrong password"


# Set where a test asks: a task has the context of who started it, and what the server does for itself was started before.
asked: ContextVar[bool] = ContextVar("asked", default=False)


class Work:
    """Counts what is done for a test that asks: hashes made and looked at, and reads and writes of the database."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()

    def count(self, what: str) -> None:
        self.done[what] += asked.get()

    async def __call__(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.count(getattr(function, "__name__", "other"))
        return await in_thread(function, *args, **options)

    @property
    def hashes(self) -> tuple[int, int]:
        return self.done["hash"], self.done["_verify"]


@asynccontextmanager
async def counted(folder: Path, **settings: Any) -> AsyncIterator[tuple[Chat, Work]]:
    work = Work()
    async with open_chat(folder, run_sync=work, **settings) as chat:
        store = chat.appliance.app.store
        write = store.write

        async def counted_write(*args: Any, **options: Any) -> Any:
            work.count("write")
            return await write(*args, **options)

        store.write = counted_write  # type: ignore[method-assign]
        before = asked.set(True)
        yield chat, work
        asked.reset(before)


async def test_signing_in(chat_folder: Path) -> None:
    """Unknown, known, closed, and without a password: one look at a hash each, as much of everything else, and the same answer."""
    async with counted(chat_folder) as (chat, work):
        await chat.member("ann")
        await chat.member("gone")
        async with chat.client(console=True) as console:
            await console.post(f"{API}/users", json={"username": "bot", "kind": "bot"})
            await console.post(f"{API}/users/gone/deactivate")
        async with chat.client(headers=OWN) as browser:
            tries: list[tuple[httpx2.Response, Counter[str]]] = []
            for username, password in (
                ("ann", WRONG),
                ("nobody", WRONG),
                ("gone", PASSWORD),
                ("bot", WRONG),
                ("", ""),
                ("x" * 10_000, "y" * 10_000),
            ):
                work.done.clear()
                answer = await browser.post(f"{API}/session", json={"username": username, "password": password})
                tries.append((answer, work.done.copy()))
            pages = [
                await browser.post("/sign-in/", data={"username": username, "password": WRONG})
                for username in ("ann", "nobody", "gone", "bot")
            ]
        first, done = tries[0]
        assert (first.status_code, done["_verify"], done["hash"], done["<lambda>"]) == (401, 1, 0, 1)
        for answer, as_much in tries:
            assert (answer.status_code, answer.content, as_much) == (401, first.content, done)
        names = ("ann", "nobody", "gone", "bot")
        assert {page.status_code for page in pages} == {401}
        assert len({page.text.replace(f'"{name}"', "") for page, name in zip(pages, names, strict=True)}) == 1


async def test_the_hash_of_nobody_costs_as_much_as_any() -> None:
    made = argon2.extract_parameters(COST.hash(PASSWORD))
    assert argon2.extract_parameters(NOBODY) == made
    assert (made.time_cost, made.memory_cost, made.parallelism) == (2, 19 * 1024, 1)


async def test_one_time_links(chat_folder: Path) -> None:
    """One that was used, one that was replaced, and one that never was are the same."""
    async with counted(chat_folder) as (chat, work):
        await chat.member("ann")
        async with chat.client(console=True) as console, chat.client(headers=OWN) as browser:
            replaced, used = [(await console.post(f"{API}/users/ann/link")).json()["path"] for _ in range(2)]
            form = {"password": "a good long password"}
            assert (await browser.post(used, data=form)).status_code == 303
            browser.cookies.clear()
            work.done.clear()
            for asked in (browser.get, lambda path: browser.post(path, data=form)):
                answers = [await asked(path) for path in (used, replaced, "/welcome/never/")]
                assert {answer.status_code for answer in answers} == {404}
                assert len({answer.content for answer in answers}) == 1
        assert work.hashes == (0, 0)


async def test_names_that_are_taken_are_told_for_the_same_work(chat_folder: Path) -> None:
    """By signing up one learns which usernames are taken, which cannot be helped; but not quicker than by making an account."""
    async with counted(chat_folder, registration="open") as (chat, work):
        await chat.member("ann")
        for username, status in (("ann", 409), ("bob", 201)):
            async with chat.client(headers=OWN) as browser:
                work.done.clear()
                newcomer = {"username": username, "password": "a good long password"}
                assert (await browser.post(f"{API}/registration", json=newcomer)).status_code == status
                assert work.hashes == (1, 0), username


@pytest.mark.parametrize("registration", ["closed", "invitation"])
async def test_where_nobody_signs_up_no_name_is_told(chat_folder: Path, registration: str) -> None:
    async with counted(chat_folder, registration=registration) as (chat, work):
        await chat.member("ann")
        async with chat.client(headers=OWN) as browser:
            work.done.clear()
            answers = [
                await browser.post(
                    f"{API}/registration", json={"username": username, "password": "a good long password"}
                )
                for username in ("ann", "bob")
            ]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert answers[0].content == answers[1].content
        assert work.hashes == (0, 0)


async def test_few_hashes_at_once_and_few_wait() -> None:
    """Else guessing would take the machine away, and those who wait would pile up."""
    working, most = 0, 0
    go_on = trio.Event()

    async def slowly(function: Any, *args: Any, limiter: trio.CapacityLimiter) -> bool:
        nonlocal working, most
        async with limiter:
            working += 1
            most = max(most, working)
            await go_on.wait()
            working -= 1
        return False

    guard = Passwords(slowly)
    async with trio.open_nursery() as nursery:
        for _ in range(WORKERS + MOST_WAITING):
            nursery.start_soon(guard.match, WRONG, None)
        await trio.testing.wait_all_tasks_blocked()
        assert working == WORKERS
        with pytest.raises(TooMany):
            await guard.match(WRONG, None)
        with pytest.raises(TooMany):
            await guard.hash(WRONG)
        go_on.set()
    assert (working, most) == (0, WORKERS)
    assert not await guard.match(WRONG, None)
    assert passwords.WORKERS <= 2


class TestLockingOut:
    """Guesses at somebody's account keep nobody out of it but who made them (ASVS 5.0, 6.1.1)."""

    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"rate_limits": True, "trusted_proxies": ("127.0.0.1",)}

    async def test_only_who_guesses(self, chat: Chat) -> None:
        await chat.member("ann")
        async with chat.client() as client:
            for guesser in range(3):
                for _ in range(6):
                    answer = await self.sign_in(client, WRONG, f"203.0.113.{guesser}")
                assert answer.status_code == 429
                assert (await self.sign_in(client, PASSWORD, f"203.0.113.{guesser}")).status_code == 429
            assert (await self.sign_in(client, PASSWORD, "198.51.100.1")).status_code == 201

    async def test_an_unknown_account_is_no_other(self, chat: Chat) -> None:
        """Not by when it begins to be too often either."""
        await chat.member("ann")
        seen: list[list[int]] = []
        async with chat.client() as client:
            for username in ("ann", "nobody"):
                answers = [await self.sign_in(client, WRONG, "203.0.113.9", username) for _ in range(7)]
                seen.append([answer.status_code for answer in answers])
        assert seen[0] == seen[1] == [401] * 5 + [429] * 2

    async def sign_in(
        self, client: httpx2.AsyncClient, password: str, address: str, username: str = "ann"
    ) -> httpx2.Response:
        body = {"username": username, "password": password}
        return await client.post(f"{API}/session", json=body, headers={"x-forwarded-for": address})
