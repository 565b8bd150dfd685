"""A request straight to the ASGI doors, from a client that sends slowly and may hang up at any moment."""

from __future__ import annotations

import json
from typing import Any

import trio

from convore_lite.routes import ASGIApp

PIECES = 3


async def call(
    doors: ASGIApp, token: str | None, method: str, path: str, body: Any = None, *, gone: trio.Event | None = None
) -> int | None:
    """The status of the answer, or None if there was none before the client was *gone*."""
    content = json.dumps(body).encode() if body is not None else b""
    size = len(content) // PIECES + 1
    pieces = [content[start : start + size] for start in range(0, PIECES * size, size)]
    gone = trio.Event() if gone is None else gone
    status: int | None = None

    async def receive() -> dict[str, Any]:
        await trio.lowlevel.checkpoint()
        if gone.is_set() or not pieces:
            await gone.wait()
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        await trio.lowlevel.checkpoint()
        if message["type"] == "http.response.start":
            status = message["status"]
        elif not message.get("more_body"):
            gone.set()  # a server tells its app that the request is over; the app may wait for that

    await doors(_scope(token, method, f"/api/v1{path}", len(content)), receive, send)
    return status


def _scope(token: str | None, method: str, path: str, length: int) -> dict[str, Any]:
    headers = {"host": "chat.test", "content-type": "application/json", "content-length": str(length)}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("chat.test", 80),
        "extensions": {},
    }
