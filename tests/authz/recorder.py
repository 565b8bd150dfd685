"""Every byte that came back, and to whom."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import trio
import trio.testing

from convore_lite.appliance import Appliance
from convore_lite.routes.live import PATH as LIVE

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """An answer as it stood on the wire: *head* is the status line and the headers."""

    status: int
    head: bytes
    body: bytes

    @property
    def all(self) -> bytes:
        return self.head + self.body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        for line in self.head.decode("latin-1").split("\r\n"):
            start, _, value = line.partition(": ")
            if start.lower() == name:
                return value
        return ""

    @property
    def is_done(self) -> bool:
        """Success; for a form of a page, which answers with where to go next, too."""
        return 200 <= self.status < 300 or (self.status == 303 and "/sign-in/" not in self.header("location"))


class Tap:
    """A live stream of somebody. While it is shut nothing leaves the server: a reader who does not read."""

    def __init__(self) -> None:
        self.status = 0
        self.heard = bytearray()
        self.ended = False
        self.hung_up = trio.Event()
        self._open = trio.Event()
        self._open.set()

    def shut(self) -> None:
        self._open = trio.Event()

    def reopen(self) -> None:
        self._open.set()

    async def receive(self) -> dict[str, Any]:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self._open.wait()
        self.status = message.get("status", self.status)
        self.heard += b"".join(name + b": " + value + b"\r\n" for name, value in message.get("headers", ()))
        self.heard += message.get("body", b"")


class Recorder:
    """Asks an appliance, in memory, and keeps what each role heard, with what they asked for."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self.heard: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)

    async def ask(
        self,
        role: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: Any = None,
        form: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        console: bool = False,
    ) -> Answer:
        body, sent = _body(json, form, raw)
        scope = _scope(method, path, {**sent, "content-length": str(len(body)), **headers})
        answer = await self._whole(scope, body, console=console)
        self.heard[role].append((f"{method} {path} {body[:200].decode('latin-1')}", answer.all))
        return answer

    @asynccontextmanager
    async def listening(
        self, role: str, headers: Mapping[str, str], last_id: str | None = None, query: str = ""
    ) -> AsyncIterator[Tap]:
        """A live stream, heard until the end of the block."""
        tap = Tap()
        more = {"last-event-id": last_id} if last_id else {}
        scope = _scope("GET", f"{LIVE}?{query}" if query else LIVE, {**headers, **more})

        async def run() -> None:
            await self._appliance.doors(scope, tap.receive, tap.send)
            tap.ended = True

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            await settle()
            yield tap
            await settle()
            tap.hung_up.set()
            tap.reopen()
            nursery.cancel_scope.cancel()
        self.heard[role].append((f"the live stream{f' after {last_id}' if last_id else ''} {query}", bytes(tap.heard)))

    async def _whole(self, scope: dict[str, Any], body: bytes, *, console: bool) -> Answer:
        came: list[dict[str, Any]] = []
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if given:
                return given.pop()
            await trio.sleep_forever()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            came.append(message)

        doors = self._appliance.console if console else self._appliance.doors
        await doors(scope, receive, send)
        status = came[0]["status"]
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = ""
        head = f"HTTP/1.1 {status} {phrase}\r\n".encode()
        head += b"".join(name + b": " + value + b"\r\n" for name, value in came[0].get("headers", ()))
        return Answer(status, head, b"".join(message.get("body", b"") for message in came[1:]))


async def settle() -> None:
    """Until nothing more happens: everything is in this one thread, so then all that will come has come."""
    await trio.testing.wait_all_tasks_blocked(0.001)


def _body(content: Any, form: Mapping[str, str] | None, raw: bytes | None) -> tuple[bytes, dict[str, str]]:
    if raw is not None:
        return raw, {}
    if form is not None:
        return urlencode(form).encode(), {"content-type": FORM}
    if content is not None:
        return json.dumps(content).encode(), {"content-type": "application/json"}
    return b"", {}


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    place, _, query = path.partition("?")
    pairs = {"host": "chat.test", **headers}
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": place,
        "raw_path": quote(place).encode(),
        "query_string": quote(query, safe="%=&,+").encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs.items()],
        "client": ("127.0.0.1", 1),
        "server": ("chat.test", 80),
        "extensions": {},
    }
