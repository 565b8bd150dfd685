"""People who write and read while their server is killed again and again, and who keep books about it."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2
import trio

from convore_lite.testing import SseParser

from .process import API, ServerProcess

# What a client sees of a server that dies, or that is not there yet.
GONE = (httpx2.TransportError, trio.BrokenResourceError)


@dataclass
class Speaker:
    """Posts one message after the other, each with a client_id, and repeats it until it is answered."""

    name: str
    token: str
    topics: list[int]
    chance: random.Random
    # client_id → where it went, and what the server answered.
    tried: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    async def speak(self, server: ServerProcess, until: trio.Event) -> None:
        """Speak until told to stop; then the last message is still brought home."""
        async with server.client(self.token) as client:
            while not until.is_set():
                client_id = f"{self.name}-{len(self.tried)}"
                self.tried[client_id] = self.chance.choice(self.topics)
                await self._say(client, server, client_id)
                if self.chance.random() < 0.1:
                    await self._repeat(client, server)

    async def _say(self, client: httpx2.AsyncClient, server: ServerProcess, client_id: str) -> None:
        response = await self._post(client, server, client_id)
        assert response.status_code in (200, 201), f"{client_id}: {response.status_code} {response.text}"
        self.acknowledged[client_id] = response.json()
        self.answers["said before" if response.status_code == 200 else "new"] += 1

    async def _repeat(self, client: httpx2.AsyncClient, server: ServerProcess) -> None:
        """An answer that got lost: the message is sent again, and the answer must be the first one."""
        client_id = self.chance.choice(list(self.acknowledged))
        response = await self._post(client, server, client_id)
        assert (response.status_code, response.json()) == (200, self.acknowledged[client_id]), client_id
        self.answers["repeated"] += 1

    async def _post(self, client: httpx2.AsyncClient, server: ServerProcess, client_id: str) -> httpx2.Response:
        body = {"text": f"{client_id} says hello", "client_id": client_id}
        while True:
            await server.ready.wait()
            try:
                response = await client.post(f"{API}/topics/{self.tried[client_id]}/messages", json=body)
            except GONE:
                self.answers["no answer"] += 1
                # The next server is not there yet, or this one has not noticed that it is dead.
                await trio.sleep(0.01)
                continue
            if response.status_code != 503:
                return response
            self.answers["unavailable"] += 1


@dataclass
class Listener:
    """Holds a live stream, and comes back with the id of the last event it has."""

    token: str
    last_id: str = ""
    # (number, kind, message or None) of each event that was dispatched.
    heard: list[tuple[int, str, Any]] = field(default_factory=list)
    connections: int = 0
    resets: int = 0

    @property
    def place(self) -> int:
        return int(self.last_id.rpartition("-")[2] or 0)

    async def listen(self, server: ServerProcess) -> None:
        async with server.client(self.token) as client:
            while True:
                await server.ready.wait()
                try:
                    await self._listen_once(client)
                except GONE:
                    await trio.sleep(0.01)

    async def _listen_once(self, client: httpx2.AsyncClient) -> None:
        headers = {"last-event-id": self.last_id} if self.last_id else {}
        parser = SseParser()
        async with client.stream("GET", f"{API}/live", headers=headers, timeout=None) as response:
            assert response.status_code == 200, response.status_code
            self.connections += 1
            async for chunk in response.aiter_raw():
                for event in parser.feed(chunk):
                    self._take(json.loads(event.data), event.id)

    def _take(self, event: dict[str, Any], event_id: str) -> None:
        kind = event["kind"]
        if "id" not in event:
            return  # who is online is told to whoever is there, once, and counts for nothing here
        if kind == "hello":
            if self.last_id:
                assert event["at_id"] == self.last_id, f"came back to {self.last_id} and was put at {event['at_id']}"
        elif kind == "reset":
            self.resets += 1
        else:
            self.heard.append((int(event["id"].rpartition("-")[2]), kind, event.get("message")))
        self.last_id = event_id
