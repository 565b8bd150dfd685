"""The door of the live endpoint: a small pure-ASGI application beside Quart. Who may come in, and how many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import trio

from ...actions import App
from ...words.asker import Asker
from ...words.errors import Forbidden, NotSignedIn, Refusal, TooMany
from .. import problems
from ..sessions import address_of, headers_of
from .desk import Desk
from .heart import Heart
from .outlet import AsgiOutlet, Outlet, Receive, Send
from .poll import Poll, while_connected
from .pump import Pump
from .query import LiveQuery, Start, read_query, start_of
from .socket_outlet import SocketOutlet, writable_stream
from .stream import Stream

Scope = Mapping[str, Any]

PATH = "/api/v1/live"


def no_stream() -> trio.SocketStream | None:
    """For servers that do not say on which connection a request came."""
    return None


class LiveEndpoint:
    """*current_stream* gives the cleartext connection of the request at hand, if there is one. `run` does what all streams need."""

    def __init__(self, app: App, current_stream: Callable[[], trio.SocketStream | None] = no_stream) -> None:
        self._app = app
        self._current_stream = current_stream
        self._desk = Desk(app)
        self._pump = Pump()
        self._heart = Heart()
        self._by_address: Counter[str] = Counter()

    async def run(self) -> None:
        """Write to sockets and keep quiet streams alive, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._pump.run)
            nursery.start_soon(self._heart.run)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: dict[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        except Refusal as refusal:
            await _send_whole(send, *problems.of_refusal(refusal))
        except Exception as error:
            mistake = problems.unexpected(error, f"GET {PATH}")
            if not begun:
                await _send_whole(send, *mistake)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            headers = {**problems.headers_for(405), "allow": "GET"}
            await _send_whole(send, problems.problem(405, "The live stream is read with GET."), 405, headers)
            return
        asker, query, start = await self._asked(scope)
        with self._counted(asker, scope):
            if _wants_json(scope):
                poll = Poll(self._app, self._desk, asker, query, start)
                await while_connected(receive, partial(_answer_poll, poll, send))
            else:
                stream = Stream(self._app, self._desk, asker, start, self._outlet(scope, send))
                await stream.run(receive, self._heart)

    async def _asked(self, scope: Scope) -> tuple[Asker, LiveQuery, Start]:
        asker = await self._desk.find_asker(scope)
        if asker is None:
            raise NotSignedIn()
        if asker.via == "console":
            raise Forbidden("The console is nobody in particular.")
        headers = headers_of(scope)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("This request came from another site.")
        query = read_query(scope)
        if query.read_topic is not None and asker.scope == "read":
            raise Forbidden("This token may only read.")
        return asker, query, start_of(query, headers, self._app.store.epoch)

    def _outlet(self, scope: Scope, send: Send) -> Outlet:
        stream = writable_stream(scope, self._current_stream)
        return SocketOutlet(send, stream, self._pump) if stream is not None else AsgiOutlet(send)

    @contextmanager
    def _counted(self, asker: Asker, scope: Scope) -> Iterator[None]:
        """Bound how many streams one person, and one address, may have open. Raises TooMany."""
        settings = self._app.settings
        address = address_of(scope)
        if self._app.hub.streams_of(asker.id) >= settings.max_streams_per_user:
            raise TooMany(f"You have {settings.max_streams_per_user} live streams open already.")
        # A unix socket has no addresses: behind it is a proxy, and all its readers would count as one.
        if address and self._by_address[address] >= settings.max_streams_per_address:
            raise TooMany(f"{settings.max_streams_per_address} live streams are open from this address already.")
        self._by_address[address] += 1
        try:
            yield
        finally:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]


async def _answer_poll(poll: Poll, send: Send) -> None:
    body = await poll.answer()
    await _send_whole(send, body, 200, {"content-type": "application/json", "cache-control": "no-store"})


def _wants_json(scope: Scope) -> bool:
    accept = headers_of(scope).get("accept", "")
    return "application/json" in accept and "text/event-stream" not in accept


async def _send_whole(send: Send, body: bytes, status: int, headers: Mapping[str, str]) -> None:
    """Send an answer that is no stream."""
    pairs = [(name.encode(), value.encode()) for name, value in {**headers, "content-length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
