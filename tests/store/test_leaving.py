"""A request that is given up at any of its steps leaves nothing open and nothing half done, and can simply be tried again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.actions import App, groups, post, reading, sign_in, topics
from convore_lite.actions.sign_in import fingerprint
from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import PASSWORD
from convore_lite.words.asker import Asker
from convore_lite.words.models import User

from .hang_up import call
from .sweep import cancelled_at_every_step, hung_up_at_every_step

# Long enough to be parsed in a thread.
LONG = "Hello @bob. " * 400


@dataclass
class Place:
    """Ann and Bob in a group with a topic."""

    chat: Chat
    ann: Member
    bob: Member
    group: int
    topic: int

    @property
    def app(self) -> App:
        return self.chat.appliance.app

    def asker(self, member: Member) -> Asker:
        user = User(member.id, member.username, member.username.title())
        return Asker(user, "member", "token", "write", fingerprint(member.token))

    async def count(self, query: str, *values: object) -> int:
        def look(conn: sqlite3.Connection) -> int:
            return int(conn.execute(query, values).fetchone()[0])

        return await self.app.store.read(look)

    async def assert_at_rest(self) -> None:
        """Everybody else is served, and nobody holds anything."""
        store = self.app.store
        with trio.fail_after(60):
            await store.write(lambda conn: None)
            await trio.testing.wait_all_tasks_blocked()
        assert not store._writer.in_transaction
        assert store.statistics().jobs_waiting == 0
        for limiter in (store._writer_turn, store._reader_turns, post.PARSERS, self.app.passwords._workers):
            await every_turn_comes(limiter)
        assert not any(reader.in_transaction for reader in store._idle_readers)
        assert self.app.hub.statistics().streams == 0


async def every_turn_comes(limiter: trio.CapacityLimiter) -> None:
    """All of its tokens can be had at once: nobody keeps one. What the server does for itself meanwhile gives its own back."""
    borrowers = [object() for _ in range(int(limiter.total_tokens))]
    with trio.fail_after(60):
        for borrower in borrowers:
            await limiter.acquire_on_behalf_of(borrower)
    for borrower in borrowers:
        limiter.release_on_behalf_of(borrower)


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"rate_limits": False}


@pytest.fixture(autouse=True)
def nothing_unexpected(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Somebody who leaves is nothing that the owner of a server should find in their log."""
    yield
    assert [record for record in caplog.records if record.name.startswith("convore_lite")] == []


@pytest.fixture
async def place(chat: Chat) -> Place:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join(group["id"])
    return Place(chat, ann, bob, group["id"], group["default_topic_id"])


Attempt = Callable[[int], Awaitable[object]]
Request = tuple[Member | None, str, str, Callable[[int], Any]]


def sweep(place: Place, way: str, action: Attempt, request: Request) -> AsyncIterator[int]:
    """The operation, left at every step, in one of three ways."""
    member, method, path, body = request
    token = member.token if member else None

    async def through_the_doors(attempt: int, gone: trio.Event | None = None) -> None:
        await call(place.chat.appliance.doors, token, method, path, body(attempt), gone=gone)

    if way == "cancelled action":
        return cancelled_at_every_step(action)
    if way == "cancelled request":
        return cancelled_at_every_step(through_the_doors)
    return hung_up_at_every_step(through_the_doors)


every_way = pytest.mark.parametrize("way", ["cancelled action", "cancelled request", "client hung up"])


async def test_the_sweep_finds_what_a_naive_transaction_leaves(tmp_path: Path) -> None:
    """If it did not, the tests below would show nothing."""
    connection = sqlite3.connect(tmp_path / "naive.db", isolation_level=None)
    connection.execute("CREATE TABLE notes (text)")

    async def naive(_: int) -> None:
        await trio.lowlevel.checkpoint()
        connection.execute("BEGIN")
        await trio.lowlevel.checkpoint()
        connection.execute("INSERT INTO notes VALUES ('hello')")
        await trio.lowlevel.checkpoint()
        connection.execute("COMMIT")

    left_open = []
    async for attempt in cancelled_at_every_step(naive):
        if connection.in_transaction:
            left_open.append(attempt)
            connection.execute("ROLLBACK")
    connection.close()
    assert left_open == [2, 3]


@every_way
@pytest.mark.parametrize("text", ["Hello", LONG], ids=["short", "long"])
async def test_posting(place: Place, way: str, text: str) -> None:
    left: Counter[int] = Counter()
    action = partial(post.post_message, place.app, place.asker(place.ann), place.topic, text=text)
    request = (place.ann, "POST", f"/topics/{place.topic}/messages", lambda n: {"text": text, "client_id": f"{n}"})
    attempts = 0
    async for attempt in sweep(place, way, lambda n: action(client_id=f"{n}"), request):
        await place.assert_at_rest()
        said = await place.count("SELECT count(*) FROM messages WHERE client_id = ?", f"{attempt}")
        left[said] += 1
        message = await place.ann.post(place.topic, text, client_id=f"{attempt}")
        assert message["seq"] == attempt + 1
        assert await place.count("SELECT count(*) FROM messages WHERE client_id = ?", f"{attempt}") == 1
        attempts = attempt + 1
    assert set(left) == {0, 1}, "never left before and never after the commit"
    assert attempts == left.total() == await place.count("SELECT count(*) FROM messages")
    assert attempts == await place.count("SELECT count(*) FROM events WHERE kind = 'message_posted'")
    mentions = attempts if text == LONG else 0
    assert mentions == await place.count("SELECT count(*) FROM mentions")


@every_way
async def test_marking_read(place: Place, way: str) -> None:
    left: Counter[int] = Counter()
    await place.ann.post(place.topic, "to be read")
    action = partial(reading.mark_read, place.app, place.asker(place.bob), place.topic)
    request = (place.bob, "POST", f"/topics/{place.topic}/read", lambda n: {})
    async for attempt in sweep(place, way, lambda n: action(), request):
        await place.assert_at_rest()
        unread = await place.bob.unread(place.topic)
        left[unread] += 1
        await place.bob.call("POST", f"/topics/{place.topic}/read")
        assert await place.bob.unread(place.topic) == 0
        told = await place.count("SELECT count(*) FROM events WHERE kind = 'topic_read'")
        assert told == attempt + 1, "a pointer moved unseen, or was told of twice"
        await place.ann.post(place.topic, "to be read")
    assert set(left) == {0, 1}


@every_way
async def test_creating_a_group(place: Place, way: str) -> None:
    left: Counter[int] = Counter()
    action = partial(groups.create_group, place.app, place.asker(place.ann), kind="public")
    request = (place.ann, "POST", "/groups", lambda n: {"name": f"Group {n}", "kind": "public"})
    async for attempt in sweep(place, way, lambda n: action(name=f"Group {n}"), request):
        await place.assert_at_rest()
        made = await place.count("SELECT count(*) FROM groups WHERE name = ?", f"Group {attempt}")
        left[made] += 1
        # A group never comes without its first topic and its admin.
        whole = """SELECT count(*) FROM groups g JOIN topics t ON t.group_id = g.id
                   JOIN memberships m ON m.group_id = g.id AND m.role = 'admin' WHERE g.name = ?"""
        assert await place.count(whole, f"Group {attempt}") == made
        await place.ann.create_group(f"Group {attempt}")
    assert set(left) == {0, 1}


@every_way
async def test_opening_a_topic(place: Place, way: str) -> None:
    left: Counter[int] = Counter()
    action = partial(topics.open_topic, place.app, place.asker(place.ann), place.group)
    request = (place.ann, "POST", f"/groups/{place.group}/topics", lambda n: {"name": f"Topic {n}", "text": LONG})
    async for attempt in sweep(place, way, lambda n: action(name=f"Topic {n}", text=LONG), request):
        await place.assert_at_rest()
        opened = await place.count("SELECT count(*) FROM topics WHERE name = ?", f"Topic {attempt}")
        left[opened] += 1
        # A topic never comes without the first thing that was said in it.
        said = "SELECT count(*) FROM topics t JOIN messages m ON m.topic_id = t.id AND m.seq = 1 WHERE t.name = ?"
        assert await place.count(said, f"Topic {attempt}") == opened
        await place.ann.open_topic(place.group, f"Topic {attempt}", LONG)
    assert set(left) == {0, 1}


@every_way
async def test_signing_in(place: Place, way: str) -> None:
    left: Counter[int] = Counter()
    sessions = 0
    who = {"username": "ann", "password": PASSWORD}
    action = partial(sign_in.sign_in, place.app, **who, agent="a browser", address="127.0.0.1")
    request = (None, "POST", "/session", lambda n: who)
    async for _ in sweep(place, way, lambda n: action(), request):
        await place.assert_at_rest()
        now = await place.count("SELECT count(*) FROM sessions")
        left[now - sessions] += 1
        async with place.chat.client() as browser:
            assert (await browser.post("/api/v1/session", json=who)).status_code == 201
        sessions = now + 1
    assert set(left) == {0, 1}
