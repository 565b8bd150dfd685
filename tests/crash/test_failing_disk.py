"""A sync that fails, once. Linux may forget what it could not write, and the next sync succeeds: so there must be none.

The failure is injected by strace into the real system call, in the writer alone and in the whole server.
"""

from __future__ import annotations

import itertools
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
from .trace import Create, Mark, Remove, Step, Sync, Truncate, Write

pytestmark = needs_strace

# A checkpoint every few rows, and the same steps in every run, so that a sync can be chosen.
RUN = ["40", "--rows=20", "--alone"]


def failing_sync(number: int) -> list[str]:
    return ["-e", f"inject=fdatasync:error=EIO:when={number}"]


def test_whatever_the_sync_was_for(tmp_path: Path, memory: Path, seed: int) -> None:
    """A commit, or a checkpoint: the writer ends, touches nothing any more, and a power cut after that loses nothing."""
    sound, status = trace.record(made(tmp_path / "sound"), WRITER, *RUN)
    assert status == 0
    chosen = purposes(sound)
    assert len(chosen) == 3, chosen
    for purpose, number in chosen.items():
        steps, status = trace.record(made(tmp_path / purpose), WRITER, *RUN, options=failing_sync(number))
        failure = next(index for index, step in enumerate(steps) if isinstance(step, Sync) and step.failed)
        assert status == 70
        assert touched(steps[failure + 1 :]) == [], f"the sync of {purpose} failed, and the writer went on"
        assert any(isinstance(step, Mark) for step in steps[:failure])
        tried, wrong = violations(steps, memory, Random(seed), since=failure)
        assert wrong == [], f"the sync of {purpose} failed"
        assert tried


def made(place: Path) -> Path:
    place.mkdir()
    return place / "chat"


def purposes(steps: Sequence[Step]) -> dict[str, int]:
    """What the syncs are for; of each kind, the number of the last one after which something was still to be said.

    (A checkpoint comes after the answer: whoever had nothing left to say would be gone before it fails.)
    """
    chosen = {}
    *_, end, _ = (index for index, step in enumerate(steps) if isinstance(step, Mark))
    for step, following in itertools.pairwise(steps[:end]):
        if isinstance(step, Sync) and step.name == "convore.db":
            chosen["a checkpoint"] = step.number
        elif isinstance(step, Sync) and step.name == "convore.db-wal":
            folds = isinstance(following, Write) and following.name == "convore.db"
            chosen["the log before a checkpoint" if folds else "a commit"] = step.number
    return chosen


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
        assert trio.current_time() - began < 30
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
