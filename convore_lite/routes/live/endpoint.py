"""The door of the live endpoint: a small pure-ASGI application beside Quart. Who may come in, and how many at once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import trio

from ...actions import App
from ...words.asker import Asker
from ...words.errors import Forbidden, NotSignedIn, Refusal, TooMany, Unavailable
from ...words.limits import READS, STREAMS
from .. import problems
from ..sessions import address_of, find_asker, headers_of
from .desk import Desk
from .heart import Heart
from .outlet import AsgiOutlet, Headers, Outlet, Receive, Send
from .poll import Poll
from .pump import Pump
from .query import LiveQuery, Start, read_query, start_of
from .socket_outlet import SocketOutlet, writable_stream
from .stream import HEADERS, Stream

Scope = Mapping[str, Any]

PATH = "/api/v1/live"


class Visit(Protocol):
    """A reader who was let in. *begun* says whether anything was sent yet."""

    begun: bool

    async def run(self, receive: Receive) -> None:
        """Raises Refusal before anything was sent."""


def no_stream() -> trio.SocketStream | None:
    """For servers that do not say on which connection a request came."""
    return None


class LiveEndpoint:
    """At most *most_streams* streams at once. `run` does what all of them need.

    *current_stream* gives the cleartext connection of the request at hand, if there is one; *completed* adds to the headers of an
    answer those that every answer has.
    """

    def __init__(
        self,
        app: App,
        current_stream: Callable[[], trio.SocketStream | None] = no_stream,
        most_streams: int = sys.maxsize,
        completed: Callable[[Headers], Headers] = tuple,
    ) -> None:
        self._app = app
        self._most_streams = most_streams
        self._open = 0
        self._completed = completed
        # One object for all streams: the server keeps it for each as long as it is open.
        self._headers = completed(HEADERS)
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
        if scope["method"] != "GET":
            headers = {**problems.headers_for(405), "allow": "GET"}
            await self._send_whole(send, problems.problem(405, "The live stream is read with GET."), 405, headers)
            return
        visit: Visit | None = None
        try:
            visit = await self._admit(scope, send)
            await self._attend(visit, address_of(scope), receive)
        except Refusal as refusal:
            if isinstance(refusal, TooMany):
                await self._app.rates.breathe()
            await self._send_whole(send, *problems.of_refusal(refusal))
        except Exception as error:
            mistake = problems.unexpected(error, f"GET {PATH}")
            if visit is None or not visit.begun:
                await self._send_whole(send, *mistake)

    async def _attend(self, visit: Visit, address: str, receive: Receive) -> None:
        """Everything that an open stream is in the middle of costs memory for as long as it is open: this is little."""
        self._by_address[address] += 1
        self._open += 1
        try:
            await visit.run(receive)
        finally:
            self._open -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    async def _admit(self, scope: Scope, send: Send) -> Visit:
        """Raises what refuses a reader."""
        asker, query, start = await self._asked(scope)
        self._check_room(asker, address_of(scope))
        if _wants_json(scope):
            self._app.rates.spend(READS, asker.id)
            return Poll(self._app, self._desk, asker, query, start, partial(self._send_whole, send))
        self._app.rates.spend(STREAMS, asker.key)
        outlet = self._outlet(scope, send)
        return Stream(self._app, self._desk, self._heart, asker, start, outlet, self._headers)

    async def _asked(self, scope: Scope) -> tuple[Asker, LiveQuery, Start]:
        """Raises what refuses a reader, which may not be tried too often either: TooMany."""
        asker = await self._whose(scope)
        try:
            return asker, *self._wanted(scope, asker)
        except Refusal:
            self._app.rates.spend(READS, asker.id)
            raise

    def _wanted(self, scope: Scope, asker: Asker) -> tuple[LiveQuery, Start]:
        if asker.via == "console":
            raise Forbidden("The console is nobody in particular.")
        headers = headers_of(scope)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("This request came from another site.")
        query = read_query(scope)
        if query.read_topic is not None and asker.scope == "read":
            raise Forbidden("This token may only read.")
        return query, start_of(query, headers, self._app.store.epoch)

    async def _whose(self, scope: Scope) -> Asker:
        """Raises NotSignedIn, which may not be tried too often either: TooMany."""
        try:
            asker = await find_asker(self._app, scope)
        except NotSignedIn:
            self._app.rates.spend(READS, address_of(scope))
            raise
        if asker is None:
            self._app.rates.spend(READS, address_of(scope))
            raise NotSignedIn()
        return asker

    def _outlet(self, scope: Scope, send: Send) -> Outlet:
        stream = writable_stream(scope, self._current_stream)
        return SocketOutlet(send, stream, self._pump) if stream is not None else AsgiOutlet(send)

    def _check_room(self, asker: Asker, address: str) -> None:
        """Bound how many streams one person, one address, and all together may have open. Raises TooMany, Unavailable."""
        settings = self._app.settings
        if self._app.hub.streams_of(asker.id) >= settings.max_streams_per_user:
            raise TooMany(f"You have {settings.max_streams_per_user} live streams open already.")
        # A unix socket has no addresses: behind it is a proxy, and all its readers would count as one.
        if address and self._by_address[address] >= settings.max_streams_per_address:
            raise TooMany(f"{settings.max_streams_per_address} live streams are open from this address already.")
        if self._open >= self._most_streams:
            raise Unavailable("As many live streams are open as this server can have.")

    async def _send_whole(self, send: Send, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        """Send an answer that is no stream."""
        sized = {**headers, "content-length": str(len(body))}
        pairs = self._completed([(name.encode(), value.encode()) for name, value in sized.items()])
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})


def _wants_json(scope: Scope) -> bool:
    accept = headers_of(scope).get("accept", "")
    return "application/json" in accept and "text/event-stream" not in accept
