"""kill -9, again and again, while people write and read: nothing that was acknowledged is lost, nothing is said twice.

CONVORE_KILL_ROUNDS=200 python -m pytest tests/crash/test_kill.py -s
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

from .crowd import Listener, Speaker
from .process import API, ServerProcess, answer, make_members, server_process

ROUNDS = int(os.environ.get("CONVORE_KILL_ROUNDS", 12))
SPEAKERS = 20
LISTENERS = 5
TOPICS = 3
# A server is killed after so many acknowledgements at most, so that each kill hits work that is under way.
MOST_PER_ROUND = 150


@pytest.mark.timeout(60 + 15 * ROUNDS)
async def test_kill_and_kill_again(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    starts: list[float] = []
    async with server_process(tmp_path / "chat") as server:
        speakers, listeners, topics = await gather(server, seed)
        async with trio.open_nursery() as listening:
            for listener in listeners:
                listening.start_soon(listener.listen, server)
            await all_listen(listeners)
            stop = trio.Event()
            async with trio.open_nursery() as speaking:
                for speaker in speakers:
                    speaking.start_soon(speaker.speak, server, stop)
                for _ in range(ROUNDS):
                    await some_are_heard(speakers, chance)
                    await server.kill()
                    starts.append(await server.start())
                stop.set()
            await all_have_heard(listeners, await last_event(server, speakers[0].token))
            listening.cancel_scope.cancel()
        await check_api(server, speakers, topics)
        await server.kill()
    check_files(tmp_path / "chat" / "convore.db", speakers, listeners)
    report(speakers, listeners, starts)


async def gather(server: ServerProcess, seed: int) -> tuple[list[Speaker], list[Listener], list[int]]:
    """A group with some topics and everybody in it. Nobody who listens writes, so they all hear the same."""
    tokens = await make_members(server, [f"person{number}" for number in range(SPEAKERS + LISTENERS)])
    first, *others = tokens.values()
    async with server.client(first) as client:
        group = await answer(client.post(f"{API}/groups", json={"name": "Home lab", "kind": "public"}))
        place = f"{API}/groups/{group['id']}"
        opened = [await answer(client.post(f"{place}/topics", json={"name": f"Topic {n}"})) for n in range(TOPICS)]
    for token in others:
        async with server.client(token) as client:
            await answer(client.post(f"{place}/join"))
    topics = [topic["id"] for topic in opened]
    speakers = [
        Speaker(name, token, topics, random.Random(f"{seed} {name}")) for name, token in list(tokens.items())[:SPEAKERS]
    ]
    return speakers, [Listener(token) for token in list(tokens.values())[SPEAKERS:]], topics


async def some_are_heard(speakers: list[Speaker], chance: random.Random) -> None:
    """Let a random number of messages be acknowledged, and then a random moment pass."""
    enough = said(speakers) + chance.randrange(MOST_PER_ROUND)
    with trio.fail_after(60):
        while said(speakers) < enough:
            await trio.sleep(0.001)
    await trio.sleep(chance.random() * 0.02)


def said(speakers: list[Speaker]) -> int:
    return sum(len(speaker.acknowledged) for speaker in speakers)


async def all_listen(listeners: list[Listener]) -> None:
    with trio.fail_after(60):
        while not all(listener.last_id for listener in listeners):
            await trio.sleep(0.01)


async def all_have_heard(listeners: list[Listener], number: int) -> None:
    with trio.fail_after(60):
        while any(listener.place < number for listener in listeners):
            await trio.sleep(0.01)


async def last_event(server: ServerProcess, token: str) -> int:
    """The newest event that everybody in the group gets: a last message makes it."""
    async with server.client(token) as client:
        groups = await answer(client.get(f"{API}/groups"))
        topic = groups["items"][0]["default_topic_id"]
        await answer(client.post(f"{API}/topics/{topic}/messages", json={"text": "good night"}))
    with closing(sqlite3.connect(server.folder / "convore.db")) as onlooker:
        return int(onlooker.execute("SELECT max(number) FROM events WHERE kind = 'message_posted'").fetchone()[0])


async def check_api(server: ServerProcess, speakers: list[Speaker], topics: list[int]) -> None:
    """Whoever looks through the front door sees every acknowledged message as it was acknowledged, once, in order."""
    shown: dict[str, dict[str, Any]] = {}
    async with server.client(speakers[0].token) as client:
        for topic in topics:
            found = await all_messages(client, topic)
            assert [message["seq"] for message in found] == list(range(1, len(found) + 1))
            for message in found:
                assert message["client_id"] not in shown, f"{message['client_id']} is there twice"
                shown[message["client_id"]] = message
    for speaker in speakers:
        for client_id, acknowledged in speaker.acknowledged.items():
            assert shown[client_id] == acknowledged
    strangers = shown.keys() - {client_id for speaker in speakers for client_id in speaker.tried}
    assert not strangers, strangers


async def all_messages(client: httpx2.AsyncClient, topic: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = await answer(client.get(f"{API}/topics/{topic}/messages", params={"limit": 200}))
    while page["items"]:
        found = page["items"] + found
        params = {"limit": 200, "before": found[0]["id"]}
        page = await answer(client.get(f"{API}/topics/{topic}/messages", params=params))
    return found


def check_files(path: Path, speakers: list[Speaker], listeners: list[Listener]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        stored = Counter(row[0] for row in connection.execute("SELECT client_id FROM messages"))
        assert all(stored[client_id] == 1 for speaker in speakers for client_id in speaker.acknowledged)
        assert set(stored.values()) == {1}
        log = [
            tuple(row)
            for row in connection.execute(
                "SELECT number, json_extract(CAST(payload AS TEXT), '$.message.id') FROM events"
                " WHERE kind = 'message_posted' ORDER BY number"
            )
        ]
    for listener in listeners:
        heard = [(number, message["id"]) for number, kind, message in listener.heard if kind == "message_posted"]
        assert listener.resets == 0, "nothing was trimmed, so nobody had to start over"
        twice = [item for item, count in Counter(heard).items() if count > 1]
        assert (sorted(set(log) - set(heard)), twice) == ([], []), "an event was lost, or came twice"
        assert heard == log, "an event came out of order, or from nowhere"


def report(speakers: list[Speaker], listeners: list[Listener], starts: list[float]) -> None:
    answers = sum((speaker.answers for speaker in speakers), Counter[str]())
    heard = sum(len(listener.heard) for listener in listeners)
    returns = sum(listener.connections - 1 for listener in listeners)
    # The interesting things did happen: otherwise this test shows nothing.
    assert answers["no answer"] > 0
    assert answers["repeated"] > 0
    assert returns >= ROUNDS
    print(  # noqa: T201
        f"{ROUNDS} kills: {dict(answers)}; {heard} events heard over {returns} returns; "
        f"starts took {min(starts):.2f} to {max(starts):.2f} s"
    )
