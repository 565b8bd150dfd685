"""How large a request body may be, told by its length or counted as it comes. Pure ASGI, in front of any app.

Quart's own limit does not hold for chunked bodies, and it reads a body whether or not anybody asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)

TITLES = {400: "Bad Request", 413: "Content Too Large"}
NO_PATHS: Mapping[str, int] = MappingProxyType({})


class BodyLimit:
    """Lets bodies of up to *default* bytes through to *app*, and answers 413 to larger ones.

    *larger* gives other limits, in bytes, to paths that begin in a certain way: `{"/api/files": 50_000_000}`. Where
    several fit, the largest counts. The server reads on for a moment after an early answer, so that the uploader sees
    it; nothing of a refused body is kept.
    """

    def __init__(self, app: ASGIFramework, default: int, larger: Mapping[str, int] = NO_PATHS) -> None:
        self._app = app
        self._default = default
        self._larger = dict(larger)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self.limit_for(scope["path"])
        try:
            length = declared_length(scope["headers"])
        except ValueError:
            await _refuse(send, 400, "The Content-Length of this request is not a number of bytes.")
            return
        if length > limit:
            await _refuse(send, 413, _too_large(limit))
            return
        await _Counted(scope, receive, send, limit).run(self._app)

    def limit_for(self, path: str) -> int:
        """How many bytes a body sent to *path* may have."""
        return max((size for start, size in self._larger.items() if path.startswith(start)), default=self._default)


class _Counted:
    """One request whose body is counted as the app reads it."""

    def __init__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable, limit: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limit = limit
        self._seen = 0
        self._answered = False
        self._refused = False

    async def run(self, app: ASGIFramework) -> None:
        await app(self._scope, self._receive_counted, self._send_unless_refused)

    async def _receive_counted(self) -> ASGIReceiveEvent:
        if self._refused:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        self._seen += len(message.get("body", b""))
        if self._seen <= self._limit:
            return message
        self._refused = True
        # An app that has begun to answer is broken off: its client cannot be told anything any more.
        if not self._answered:
            await _refuse(self._send, 413, _too_large(self._limit))
        return {"type": "http.disconnect"}

    async def _send_unless_refused(self, message: ASGISendEvent) -> None:
        if not self._refused:
            self._answered = True
            await self._send(message)


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """The Content-Length, or 0 where there is none. Raises ValueError for several or for anything but digits."""
    lengths = {value for name, value in headers if name.lower() == b"content-length"}
    if not lengths:
        return 0
    if len(lengths) > 1 or not all(value.isdigit() for value in lengths):
        raise ValueError("not one number")
    return int(lengths.pop())


def _too_large(limit: int) -> str:
    return f"A request body may have at most {limit:,} bytes here."


async def _refuse(send: ASGISendCallable, status: int, detail: str) -> None:
    body = json.dumps({"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
