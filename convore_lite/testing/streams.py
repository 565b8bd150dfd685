"""A member's live stream in a test: over the network, or straight from the ASGI application."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2
import trio

from .sse import SseParser

PATH = "/api/v1/live"
# How long a test waits for something that should be there already: long enough for a machine that does other things.
PATIENCE = 20

Opener = Callable[[dict[str, str], dict[str, str]], AbstractAsyncContextManager[AsyncIterator[bytes]]]


class StreamEnded(Exception):
    """The server ended the stream."""


class LiveStream:
    """The events of one stream, in order. *hello* is the first; *last_id* is what to come back with.

    *moments* are all that came of what is only so for a moment, who is online and who is typing.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._parser = SseParser()
        self._waiting: deque[dict[str, Any]] = deque()
        self.hello: dict[str, Any] = {}
        self.moments: list[dict[str, Any]] = []

    @property
    def last_id(self) -> str:
        return self._parser.last_id

    @property
    def retry(self) -> int | None:
        """Milliseconds after which the server asked its reader to come back."""
        return self._parser.retry

    async def next(self, kind: str | None = None) -> dict[str, Any]:
        """The next event (of a kind; others are passed over). Raises StreamEnded, and trio.TooSlowError where none comes.

        Moments come at any time. They are given only where their kind is asked for.
        """
        with trio.fail_after(PATIENCE):
            while True:
                event = await self._next()
                if event["kind"] == kind or (kind is None and "id" in event):
                    return event

    async def until(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """All events up to and with the first of this kind that has these fields."""
        events = [await self.next()]
        while events[-1]["kind"] != kind or any(events[-1].get(name) != value for name, value in fields.items()):
            events.append(await self.next())
        return events

    async def wait_heartbeat(self) -> None:
        """Read until the next sign of life. Raises StreamEnded. With `patient_clock` that takes no time."""
        seen = self._parser.comments
        while self._parser.comments == seen:
            await self._feed()

    async def _next(self) -> dict[str, Any]:
        while not self._waiting:
            await self._feed()
        return self._waiting.popleft()

    async def _feed(self) -> None:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            raise StreamEnded() from None
        events = [json.loads(event.data) for event in self._parser.feed(chunk)]
        self._waiting.extend(events)
        self.moments.extend(event for event in events if "id" not in event)


@asynccontextmanager
async def open_stream(opener: Opener, *, last_id: str | None = None, **query: Any) -> AsyncIterator[LiveStream]:
    """Open a stream and read its hello."""
    headers = {"last-event-id": last_id} if last_id else {}
    async with opener({name: str(value) for name, value in query.items()}, headers) as chunks:
        stream = LiveStream(chunks)
        stream.hello = await stream.next()
        yield stream


def over_network(client: httpx2.AsyncClient) -> Opener:
    @asynccontextmanager
    async def open_chunks(query: dict[str, str], headers: dict[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        async with client.stream("GET", PATH, params=query, headers=headers, timeout=None) as response:
            if response.status_code != 200:
                await response.aread()
                raise StreamEnded(f"{response.status_code}: {response.text}")
            chunks = response.aiter_raw()
            try:
                yield chunks
            finally:
                # Left alone, the generators inside are collected while they wait, and Trio warns of that. Cancelled they end.
                with trio.CancelScope() as leaving:
                    leaving.cancel()
                    async for _ in chunks:
                        pass

    return open_chunks


def in_memory(doors: Callable[..., Awaitable[None]], key: dict[str, str], host: str = "chat.test") -> Opener:
    """A stream of whoever the headers in *key* say."""

    @asynccontextmanager
    async def open_chunks(query: dict[str, str], headers: dict[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        chunks_in, chunks_out = trio.open_memory_channel[bytes](0)
        hung_up = trio.Event()

        async def receive() -> dict[str, Any]:
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] != 200:
                raise StreamEnded(str(message["status"]))
            if message.get("body"):
                await chunks_in.send(message["body"])

        async def run() -> None:
            async with chunks_in:
                await doors(_scope(query, {**key, "host": host, **headers}), receive, send)

        async with trio.open_nursery() as nursery, chunks_out:
            nursery.start_soon(run)
            yield chunks_out
            hung_up.set()
            nursery.cancel_scope.cancel()

    return open_chunks


def _scope(query: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": urlencode(query).encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("chat.test", 80),
        "extensions": {},
    }
