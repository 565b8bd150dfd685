"""A running chat for a test, and the people in it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import argon2
import httpx2

from ..actions import indexing
from ..appliance import Appliance, open_appliance, wall_clock
from ..fetcher import Fetcher
from ..store import RunSync, in_thread
from ..words.settings import Settings
from .streams import LiveStream, Opener, in_memory, open_stream, over_network
from .transport import InMemoryTransport

API = "/api/v1"
PASSWORD = "correct horse battery"
# Settings of a chat under test: tests are quicker than people, and what is on the internet is nothing to rely on.
QUIET: dict[str, Any] = {"rate_limits": False, "link_previews": False}
# Somebody new is there at once: nobody attacks these passwords.
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Member:
    """Somebody in the chat who acts through the API. What they do raises AssertionError where the server refuses it."""

    user: dict[str, Any]
    token: str
    password: str
    http: httpx2.AsyncClient
    opener: Opener

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def username(self) -> str:
        return str(self.user["username"])

    async def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call an operation of the API and give its answer, decoded. *path* begins after /api/v1."""
        response = await self.http.request(method, API + path, json=body, params=query or None)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    async def refused(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call an operation that must be refused, and give the problem."""
        response = await self.http.request(method, API + path, json=body)
        assert response.is_client_error, f"{method} {path}: {response.status_code} {response.text}"
        problem: dict[str, Any] = response.json()
        return problem

    async def create_group(self, name: str, kind: str = "public") -> dict[str, Any]:
        group: dict[str, Any] = await self.call("POST", "/groups", {"name": name, "kind": kind})
        return group

    async def open_topic(self, group: int | str, name: str, text: str | None = None) -> dict[str, Any]:
        topic: dict[str, Any] = await self.call("POST", f"/groups/{group}/topics", {"name": name, "text": text})
        return topic

    async def join(self, group: int | str) -> None:
        await self.call("POST", f"/groups/{group}/join")

    async def post(self, topic_id: int, text: str, **fields: Any) -> dict[str, Any]:
        message: dict[str, Any] = await self.call("POST", f"/topics/{topic_id}/messages", {"text": text, **fields})
        return message

    async def send_file(self, data: bytes, name: str = "notes.txt") -> dict[str, Any]:
        """Upload a file, to be posted by its id: ``await ann.post(topic, "", file_ids=[file["id"]])``."""
        answer = await self.http.post(f"{API}/files", files={"file": (name, data)})
        assert answer.status_code == 201, answer.text
        file: dict[str, Any] = answer.json()
        return file

    async def messages(self, topic_id: int, **query: Any) -> list[dict[str, Any]]:
        page = await self.call("GET", f"/topics/{topic_id}/messages", **query)
        return list(page["items"])

    async def unread(self, topic_id: int) -> int:
        """How many messages wait in a topic."""
        groups = (await self.call("GET", "/me/unread"))["groups"]
        return sum(topic["unread"] for group in groups for topic in group["topics"] if topic["id"] == topic_id)

    def live(self, last_id: str | None = None, **query: Any) -> AbstractAsyncContextManager[LiveStream]:
        """Open a live stream: ``async with ann.live() as stream: event = await stream.next("message_posted")``."""
        return open_stream(self.opener, last_id=last_id, **query)


@dataclass
class Chat:
    """An appliance with nobody in it yet. *url* is where it listens, or an address that only its own clients know."""

    appliance: Appliance
    url: str
    in_memory: bool
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    async def close(self) -> None:
        """Hang up everybody's clients."""
        for client in self.clients:
            await client.aclose()

    async def member(
        self, username: str, *, role: str = "member", kind: str = "person", name: str | None = None
    ) -> Member:
        """Somebody new, with a password (but for a bot) and an API token."""
        async with self.client(console=True) as console:
            account = {
                "username": username,
                "name": name or username.title(),
                "role": role,
                "kind": kind,
                "password": PASSWORD if kind == "person" else None,
            }
            made = await console.post(f"{API}/users", json=account)
            assert made.status_code == 201, made.text
            token = await console.post(f"{API}/users/{username}/tokens", json={"name": "test", "scope": "write"})
        return self.member_with(made.json(), token.json()["token"])

    def member_with(self, user: dict[str, Any], token: str) -> Member:
        """Somebody who is there already."""
        return self._acting(user, token, {"authorization": f"Bearer {token}"})

    async def signed_in(self, member: Member) -> Member:
        """The same person with a session, as in a browser: for what cannot be done with a token."""
        async with self.client() as door:
            account = {"username": member.username, "password": member.password}
            answer = await door.post(f"{API}/session", json=account)
            assert answer.status_code == 201, answer.text
            cookie = "; ".join(f"{name}={value}" for name, value in door.cookies.items())
        return self._acting(member.user, member.token, {"cookie": cookie, "origin": self.url.rstrip("/")})

    def _acting(self, user: dict[str, Any], token: str, key: dict[str, str]) -> Member:
        client = self.client(headers=key)
        self.clients.append(client)
        host = client.base_url.host
        opener = in_memory(self.appliance.doors, key, host) if self.in_memory else over_network(client)
        return Member(user, token, PASSWORD, client, opener)

    async def searchable(self) -> None:
        """Wait until a search finds all that was said so far. Without it a chat in memory is searched without an index."""
        await indexing.wait_until_current(self.appliance.app)

    def client(self, *, console: bool = False, **options: Any) -> httpx2.AsyncClient:
        """A plain HTTP client of this chat, signed in as nobody; with *console* it has the owner's rights. Close it yourself."""
        if console or self.in_memory:
            doors = self.appliance.console if console else self.appliance.doors
            options["transport"] = InMemoryTransport(doors)
        else:
            options.setdefault("verify", _trust())
        return httpx2.AsyncClient(base_url=self.url, timeout=60, **options)


@cache
def _trust() -> ssl.SSLContext:
    """Whom clients trust: read once, as each client would read the certificates of the system, which takes 30 ms."""
    return ssl.create_default_context()


@asynccontextmanager
async def open_chat(
    folder: Path,
    *,
    run_sync: RunSync = in_thread,
    now: Callable[[], int] = wall_clock,
    fetcher: Fetcher | None = None,
    **settings: Any,
) -> AsyncIterator[Chat]:
    """A chat in memory on a data folder: no port, no process, and nothing fetched from elsewhere (see QUIET).

    *fetcher* takes the place of the one that goes out, where `link_previews` is on.
    """
    chosen = Settings(data=folder, **{**QUIET, **settings})
    async with open_appliance(chosen, run_sync=run_sync, now=now, fetcher=fetcher, hasher=QUICK) as appliance:
        chat = Chat(appliance, chosen.base_url or "http://chat.test", in_memory=True)
        yield chat
        await chat.close()
