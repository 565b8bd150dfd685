"""A sync that fails, once. Linux may forget what it could not write, and the next sync succeeds: so there must be none.

The failure is injected by strace into the real system call, in the writer alone and in the whole server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
import trio

from . import trace
from .conftest import needs_strace
from .crowd import GONE
from .process import API, ServerProcess, answer, make_members, server_process
from .states import violations
from .test_power_cut import WRITER
from .trace import Create, Remove, Step, Sync, Truncate, Write

pytestmark = needs_strace

# The syncs of the first start, before anybody can say anything: fewer than this.
FIRST_SYNCS = 16


def failing_sync(number: int) -> list[str]:
    return ["-e", f"inject=fdatasync:error=EIO:when={number}"]


def test_whatever_the_sync_was_for(tmp_path: Path, memory: Path, seed: int) -> None:
    """A commit, or a checkpoint: the writer ends, touches nothing any more, and a power cut after that loses nothing."""
    chance = Random(seed)
    failed: Counter[str] = Counter()
    for number in chance.sample(range(FIRST_SYNCS, 40), 12):
        folder = tmp_path / f"{number}" / "chat"
        folder.parent.mkdir()
        # A checkpoint after every few rows, so that the chance is good for either kind.
        steps, status = trace.record(folder, WRITER, "80", "FULL", "10", options=failing_sync(number))
        failure = next((index for index, step in enumerate(steps) if isinstance(step, Sync) and step.failed), None)
        if failure is None:
            continue  # strace counts for each thread, and this time none came so far
        failed[steps[failure].name] += 1  # type: ignore[union-attr]
        assert status == 70
        assert touched(steps[failure + 1 :]) == [], f"sync {number} failed, and the writer went on"
        tried, wrong = violations(steps, memory, chance, since=failure)
        assert wrong == [], f"sync {number} failed"
        assert tried
        if len(failed) == 2 and failed.total() >= 3:
            break
    assert set(failed) == {"convore.db", "convore.db-wal"}


def touched(steps: Sequence[Step]) -> list[Step]:
    """What changed the database or its log."""
    changes = (Create, Remove, Write, Truncate, Sync)
    return [step for step in steps if isinstance(step, changes) and step.name in ("convore.db", "convore.db-wal")]


@pytest.mark.parametrize("number", [1, 3, 7])
async def test_the_server_stops_and_starts_again(tmp_path: Path, number: int) -> None:
    """The first post that cannot be synced gets no answer or an error, never a 2xx; then the process ends, by itself."""
    folder = tmp_path / "chat"
    async with server_process(folder) as server:
        token = (await make_members(server, ["ann"]))["ann"]
        async with server.client(token) as client:
            group = await answer(client.post(f"{API}/groups", json={"name": "Home lab", "kind": "public"}))
        topic = group["default_topic_id"]
    injecting = trace.strace(tmp_path / "trace", *failing_sync(number))
    async with server_process(folder, injecting) as server:
        acknowledged, began = await post_until_it_fails(server, token, topic)
        assert await server.wait() == 70
        assert "disk I/O error" in server.last_words
        assert "Traceback" not in server.last_words
        # Generous, for a machine that does other things; it takes a fraction of a second.
        assert trio.current_time() - began < 10
    async with server_process(folder) as server, server.client(token) as client:
        found = await messages(client, topic)
        # The one that failed may be there or not; said again, it is there once.
        assert found[: len(acknowledged)] == acknowledged
        assert len(found) <= len(acknowledged) + 1
        await answer(client.post(f"{API}/topics/{topic}/messages", json=body(len(acknowledged))))
        found = await messages(client, topic)
        assert [message["client_id"] for message in found] == [f"{n}" for n in range(len(acknowledged) + 1)]


async def messages(client: httpx2.AsyncClient, topic: int) -> list[Any]:
    return list((await answer(client.get(f"{API}/topics/{topic}/messages")))["items"])


async def post_until_it_fails(server: ServerProcess, token: str, topic: int) -> tuple[list[Any], float]:
    """What was acknowledged, and when the first post was not."""
    acknowledged: list[Any] = []
    async with server.client(token) as client:
        for number in range(1000):
            began = trio.current_time()
            try:
                response = await client.post(f"{API}/topics/{topic}/messages", json=body(number))
            except GONE:
                return acknowledged, began
            if not response.is_success:
                assert response.status_code == 503
                return acknowledged, began
            acknowledged.append(response.json())
    raise AssertionError("a thousand posts, and none met the failing sync")


def body(number: int) -> dict[str, str]:
    return {"text": f"message {number}", "client_id": f"{number}"}
