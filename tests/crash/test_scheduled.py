"""Messages sent later survive kill -9: each is said exactly once, whatever was going on when the server died."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trio

from .process import API, ServerProcess, answer, make_members, server_process

ROUNDS = 4
EACH = 20
# Seconds within which all of a round are due, and in the middle of which the server dies.
SPAN = 1.5


async def test_each_is_said_exactly_once(tmp_path: Path) -> None:
    chance = random.Random("scheduled")
    async with server_process(tmp_path / "data") as server:
        token = next(iter((await make_members(server, ["ann"])).values()))
        async with server.client(token) as client:
            group = await answer(client.post(f"{API}/groups", json={"name": "Home lab", "kind": "public"}))
        topic, planned, died_early = group["default_topic_id"], set(), 0
        for number in range(ROUNDS):
            planned |= await plan(server, token, topic, number, chance)
            await trio.sleep(chance.random() * SPAN)
            async with server.client(token) as client:
                died_early += bool((await answer(client.get(f"{API}/me/scheduled")))["items"])
            await server.kill()
            await server.start()
        said = await all_said(server, token, topic, len(planned))
    assert sorted(said) == sorted(planned)
    assert died_early, "no kill came before everything was said: this shows nothing"


async def plan(server: ServerProcess, token: str, topic: int, number: int, chance: random.Random) -> set[str]:
    """Schedule a few messages for the next moment; those that were acknowledged."""
    planned = set()
    async with server.client(token) as client:
        for one in range(EACH):
            at = datetime.now(UTC) + timedelta(seconds=1 + chance.random() * SPAN)
            body = {"text": f"{number}.{one}", "client_id": f"{number}.{one}", "send_at": at.isoformat()}
            planned.add((await answer(client.post(f"{API}/topics/{topic}/scheduled", json=body)))["text"])
    return planned


async def all_said(server: ServerProcess, token: str, topic: int, number: int) -> list[str]:
    """What was said, once nothing waits any more."""
    async with server.client(token) as client:
        with trio.fail_after(60):
            while (await answer(client.get(f"{API}/me/scheduled")))["items"]:
                await trio.sleep(0.05)
        page = await answer(client.get(f"{API}/topics/{topic}/messages", params={"limit": 200}))
    return [message["text"] for message in page["items"]]
