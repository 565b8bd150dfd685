"""Requests of a test straight to the ASGI application: no port."""

from __future__ import annotations

from typing import Self

import httpx2


class InMemoryTransport(httpx2.ASGITransport):
    """httpx2's own, for answers that come before the body was read: what is left of it must not be an unfinished generator.

    Trio warns of one that is collected as garbage, and a test in which warnings are errors would fail of that.
    """

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.stream = _Body(await request.aread())
        return await super().handle_async_request(request)


class _Body(httpx2.AsyncByteStream):
    """A request's body, in one piece."""

    def __init__(self, body: bytes) -> None:
        self._pieces = iter([body])

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration
