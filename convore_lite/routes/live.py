"""The live endpoint: a small pure-ASGI application beside Quart. Server-sent events, and long poll for old clients.

Subscribe first, then replay the log, then live: no gap and no duplicate. What is delivered is what its reader may read then.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
import trio
from msgspec import Meta, Struct

from ..actions import App, reading
from ..hub import Hub, Published, Subscription
from ..store import groups, log, people
from ..words import sse
from ..words.asker import Asker
from ..words.errors import BadInput, Forbidden, NotSignedIn, Refusal, TooMany
from ..words.events import Event, event_id, event_number
from ..words.models import Id
from . import forms, problems
from .outlet import AsgiOutlet, Outlet
from .sessions import address_of, find_asker, headers_of

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PATH = "/api/v1/live"
# Home routers forget a quiet connection after 30 to 60 seconds; a comment every 25 keeps it.
HEARTBEAT = 25
# Events read from the log at a time while a reader catches up.
PAGE = 200
# A reader further behind than this is told to start over: fetching the pages anew is quicker than so many events.
FURTHEST = 20_000
HEADERS = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}


class LiveQuery(Struct, frozen=True):
    after: str | None = None
    groups: str = ""
    wait: Annotated[int, Meta(ge=1, le=60)] = 30
    read_topic: Id | None = None


@dataclass(frozen=True)
class Start:
    """Where a reader asked to begin: the number of the last event they have, or None for "now"."""

    after: int | None
    servable: bool
    visiting: frozenset[int]


@dataclass(frozen=True)
class Chapter:
    """What one look at the log tells: who may read what up to *at*, and the events after where one was."""

    at: int
    first: int
    groups: set[int]
    visiting: set[int]
    ignored: list[int]
    events: list[Event]


class LiveEndpoint:
    def __init__(self, app: App) -> None:
        self._app = app
        self._by_address: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] != "GET":
                headers = {**problems.headers_for(405), "allow": "GET"}
                await _answer(send, 405, problems.problem(405, "The live stream is read with GET."), headers)
                return
            asker, query, start = await self._asked(scope)
            with self._counted(asker, scope):
                if _wants_json(scope):
                    await self._poll(asker, query, start, receive, send)
                else:
                    await self._stream(asker, start, receive, send)
        except Refusal as refusal:
            body, status, headers = problems.of_refusal(refusal)
            await _answer(send, status, body, headers)

    async def _asked(self, scope: Scope) -> tuple[Asker, LiveQuery, Start]:
        asker = await find_asker(self._app, scope)
        if asker is None:
            raise NotSignedIn()
        if asker.via == "console":
            raise Forbidden("The console is nobody in particular.")
        headers = headers_of(scope)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("This request came from another site.")
        query = forms.convert(dict(parse_qsl(scope["query_string"].decode("latin-1"))), LiveQuery)
        place = headers.get("last-event-id") or query.after
        after = event_number(self._app.store.epoch, place) if place else None
        return asker, query, Start(after, servable=not place or after is not None, visiting=_numbers(query.groups))

    @contextmanager
    def _counted(self, asker: Asker, scope: Scope) -> Iterator[None]:
        """Bound how many streams one person, and one address, may have open. Raises TooMany."""
        settings = self._app.settings
        address = address_of(scope)
        if self._app.hub.streams_of(asker.id) >= settings.max_streams_per_user:
            raise TooMany(f"You have {settings.max_streams_per_user} live streams open already.")
        if self._by_address[address] >= settings.max_streams_per_address:
            raise TooMany(f"{settings.max_streams_per_address} live streams are open from this address already.")
        self._by_address[address] += 1
        try:
            yield
        finally:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    async def _stream(self, asker: Asker, start: Start, receive: Receive, send: Send) -> None:
        outlet = AsgiOutlet(send)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_on_hang_up, receive, nursery.cancel_scope)
            with self._app.hub.subscribe(asker.id, outlet, key=asker.key) as subscription:
                await outlet.start(200, HEADERS)
                await self._catch_up(subscription, start, outlet)
                await outlet.run(heartbeat=HEARTBEAT)
            nursery.cancel_scope.cancel()

    async def _catch_up(self, subscription: Subscription, start: Start, outlet: Outlet) -> None:
        """Say hello, send what was missed, and go live."""
        chapter = await self._read(subscription.user_id, start.visiting, start.after)
        servable = start.servable and (start.after is None or _can_serve(start.after, chapter))
        place = start.after if servable and start.after is not None else chapter.at
        await outlet.send(self._hello(subscription.user_id, place))
        if not servable:
            await outlet.send(self._notice("reset", {"at_id": event_id(self._app.store.epoch, place)}, place))
            chapter = await self._read(subscription.user_id, start.visiting, place)
        while not subscription.ended:
            await outlet.send(b"".join(Published(event, self._app.store.epoch).frame for event in chapter.events))
            if len(chapter.events) < PAGE and _begin(self._app.hub, subscription, chapter):
                return
            place = chapter.events[-1].number if len(chapter.events) == PAGE else chapter.at
            chapter = await self._read(subscription.user_id, start.visiting, place)

    async def _poll(self, asker: Asker, query: LiveQuery, start: Start, receive: Receive, send: Send) -> None:
        """Answer as soon as there is something, or with nothing when the time is up."""
        bell = Bell()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_on_hang_up, receive, nursery.cancel_scope)
            with self._app.hub.subscribe(asker.id, bell, key=asker.key) as subscription:
                events, place = await self._collect(subscription, query, start, bell)
            if query.read_topic is not None:
                await self._mark_returned(asker, query.read_topic, events)
            wire = [msgspec.Raw(event) for event, _ in events]
            body = msgspec.json.encode({"events": wire, "next": event_id(self._app.store.epoch, place)})
            await _answer(send, 200, body, {"content-type": "application/json", "cache-control": "no-store"})
            nursery.cancel_scope.cancel()

    async def _collect(
        self, subscription: Subscription, query: LiveQuery, start: Start, bell: Bell
    ) -> tuple[list[tuple[bytes, Event | None]], int]:
        """The events to return, as JSON and as themselves, and the place after them."""
        epoch = self._app.store.epoch
        chapter = await self._read(subscription.user_id, start.visiting, start.after)
        if not start.servable or (start.after is not None and not _can_serve(start.after, chapter)):
            at = event_id(epoch, chapter.at)
            return [(msgspec.json.encode({"kind": "reset", "at_id": at}), None)], chapter.at
        place = chapter.at if start.after is None else start.after
        events = [] if start.after is None else chapter.events
        with trio.move_on_after(query.wait):
            while not events and not bell.ended:
                if _begin(self._app.hub, subscription, chapter):
                    await bell.wait()
                chapter = await self._read(subscription.user_id, start.visiting, place)
                events = chapter.events
        if events:
            place = events[-1].number
        return [(Published(event, epoch).json, event) for event in events], place

    async def _mark_returned(self, asker: Asker, topic_id: int, events: list[tuple[bytes, Event | None]]) -> None:
        """Convore's own way of reading: what a long poll returns of the topic on the screen has been read."""
        posted = [
            event for _, event in events if event and event.topic_id == topic_id and event.kind == "message_posted"
        ]
        if posted:
            seq = msgspec.json.decode(posted[-1].payload)["message"]["seq"]
            with suppress(Refusal):  # the topic may be gone by now; its messages are still to be returned
                await reading.mark_read(self._app, asker, topic_id, seq)

    async def _read(self, user_id: int, visiting: frozenset[int], after: int | None) -> Chapter:
        return await self._app.store.read(_chapter, user_id, visiting, after)

    def _hello(self, user_id: int, place: int) -> bytes:
        """It carries the place as its id, so that a reader who is cut off before the first event comes back to it."""
        at = event_id(self._app.store.epoch, place)
        return self._notice("hello", {"user_id": user_id, "at_id": at, "heartbeat": HEARTBEAT}, place)

    def _notice(self, kind: str, fields: dict[str, Any], place: int) -> bytes:
        return sse.frame(kind, msgspec.json.encode({"kind": kind, **fields}), event_id(self._app.store.epoch, place))


class Bell:
    """A reader that only wants to know that something came; it reads the log itself."""

    def __init__(self) -> None:
        self._rung = trio.Event()
        self.ended = False

    def take(self, published: Published) -> None:
        self._rung.set()

    def forget(self, group_id: int, before: int) -> None:
        """Nothing waits here: the log is read with the rights of that moment."""

    def end(self) -> None:
        self.ended = True
        self._rung.set()

    cut = end

    async def wait(self) -> None:
        await self._rung.wait()
        if not self.ended:
            self._rung = trio.Event()


def _chapter(conn: sqlite3.Connection, user_id: int, visiting: frozenset[int], after: int | None) -> Chapter:
    at = log.last_number(conn)
    own, public = groups.readable_ids(conn, user_id, visiting)
    place = at if after is None else after
    events = log.for_reader(conn, user_id, own | public, after=place, up_to=at, limit=PAGE)
    return Chapter(at, log.first_number(conn), own, public, people.ignored_by(conn, user_id), events)


def _can_serve(after: int, chapter: Chapter) -> bool:
    """Is everything after this place still there, not made up, and not too much?"""
    return chapter.first - 1 <= after <= chapter.at and chapter.at - after <= FURTHEST


def _begin(hub: Hub, subscription: Subscription, chapter: Chapter) -> bool:
    return subscription.held is None or hub.begin(
        subscription, groups=chapter.groups, visiting=chapter.visiting, ignored=chapter.ignored, after=chapter.at
    )


def _numbers(text: str) -> frozenset[int]:
    """Group ids with commas between them. Raises BadInput."""
    parts = [part for part in text.split(",") if part]
    if len(parts) > 100 or not all(part.isascii() and part.isdigit() and len(part) < 17 for part in parts):
        raise BadInput("groups", "up to 100 group ids, with commas between them")
    return frozenset(int(part) for part in parts)


def _wants_json(scope: Scope) -> bool:
    accept = headers_of(scope).get("accept", "")
    return "application/json" in accept and "text/event-stream" not in accept


async def _cancel_on_hang_up(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _answer(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in {**headers, "content-length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
