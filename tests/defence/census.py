"""Every page and operation there is, and a way to ask for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import trio

from convore_lite.routes.live import PATH as LIVE
from convore_lite.routes.website import the_website
from convore_lite.testing import Chat

Headers = Sequence[tuple[bytes, bytes]]

VARIABLE = re.compile(r"<(?:(\w+):)?\w+>")


@dataclass
class Answered:
    """The beginning of an answer, and how often the app asked for the body of its request."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    asked_for_body: int = 0


def every_route(chat: Chat) -> Iterator[tuple[str, str]]:
    """(method, path) of each page and operation, with some id or name where one belongs; the live stream too."""
    for rule in the_website().url_map.iter_rules():
        path = VARIABLE.sub(lambda found: "1" if found[1] else "something", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path
    yield "GET", LIVE


def unsafe(chat: Chat) -> list[tuple[str, str]]:
    return [(method, path) for method, path in every_route(chat) if method != "GET"]


async def knock(
    chat: Chat,
    method: str,
    path: str,
    headers: Headers = (),
    *,
    client: str | None = "192.0.2.1",
    host: bytes = b"chat.test",
    console: bool = False,
) -> Answered:
    """Send the head of a request; its body never comes, so an answer that waits for it fails the test."""
    answered = Answered()
    over = trio.Event()

    async def receive() -> dict[str, Any]:
        answered.asked_for_body += 1
        await trio.sleep_forever()
        raise AssertionError("unreachable")

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        answered.body += message.get("body", b"")
        over.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", host), *headers],
        "client": (client, 1) if client else None,
        "server": ("chat.test", 80),
        "extensions": {},
    }
    doors = chat.appliance.console if console else chat.appliance.doors
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(doors, scope, receive, send)
            await over.wait()
            nursery.cancel_scope.cancel()
    return answered


async def cookie_of(chat: Chat, username: str) -> tuple[bytes, bytes]:
    """The header with which a browser comes in which somebody has signed in."""
    from convore_lite.actions import sign_in
    from convore_lite.routes.sessions import cookie_name
    from convore_lite.store import people

    app = chat.appliance.app
    user = await app.store.read(people.find, username)
    session = await sign_in.start_session(app, user.id, agent="a browser")
    return b"cookie", f"{cookie_name(app.settings)}={session.secret}".encode()
