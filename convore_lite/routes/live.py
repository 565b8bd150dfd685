"""The live endpoint: a small pure-ASGI application beside Quart. Server-sent events, and long poll for old clients.

Subscribe first, then replay the log, then live: no gap and no duplicate. What is delivered is what its reader may read then.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
import trio
from msgspec import Meta, Struct

from ..actions import App, reading
from ..hub import Hub, Published, Subscription
from ..store import groups, keys, log, people
from ..words import sse
from ..words.asker import Asker
from ..words.errors import BadInput, Forbidden, NotSignedIn, Refusal, TooMany
from ..words.events import Event, event_id, event_number
from ..words.models import Id, time_text
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

    def can_serve(self, after: int) -> bool:
        """Is everything after this place still there, not made up, and not too much?"""
        return self.first - 1 <= after <= self.at and self.at - after <= FURTHEST


class LiveEndpoint:
    def __init__(self, app: App) -> None:
        self._app = app
        self._by_address: Counter[str] = Counter()

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
        kind = self._poll if _wants_json(scope) else self._stream
        with self._counted(asker, scope):
            await _while_connected(receive, partial(kind, asker, query, start, send))

    async def _asked(self, scope: Scope) -> tuple[Asker, LiveQuery, Start]:
        asker = await find_asker(self._app, scope)
        if asker is None:
            raise NotSignedIn()
        if asker.via == "console":
            raise Forbidden("The console is nobody in particular.")
        headers = headers_of(scope)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("This request came from another site.")
        query = forms.convert(
            dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)), LiveQuery
        )
        if query.read_topic is not None and asker.scope == "read":
            raise Forbidden("This token may only read.")
        place = headers.get("last-event-id", query.after)
        after = event_number(self._app.store.epoch, place) if place is not None else None
        return asker, query, Start(after, servable=place is None or after is not None, visiting=_numbers(query.groups))

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

    async def _stream(self, asker: Asker, query: LiveQuery, start: Start, send: Send) -> None:
        outlet = AsgiOutlet(send)
        with self._app.hub.subscribe(asker.id, outlet, key=asker.key) as subscription:
            chapter = await self._read(asker, start, start.after)
            await outlet.start(200, HEADERS)
            try:
                await self._catch_up(subscription, asker, start, chapter, outlet)
            except NotSignedIn:
                outlet.end()
            await outlet.run(heartbeat=HEARTBEAT)

    async def _catch_up(
        self, subscription: Subscription, asker: Asker, start: Start, chapter: Chapter, outlet: Outlet
    ) -> None:
        """Say hello, send what was missed, and go live. Raises NotSignedIn."""
        wanted = chapter.at if start.after is None else start.after
        lost = not start.servable or not chapter.can_serve(wanted)
        greeting = {"user_id": asker.id, "heartbeat": HEARTBEAT}
        # Their ids are places, so that a reader who is cut off before the first event comes back to them.
        await outlet.send(self._notice("hello", chapter.at if lost else wanted, greeting))
        while not subscription.ended:
            if lost:
                await outlet.send(self._notice("reset", chapter.at))
                chapter = replace(chapter, events=[])
            await outlet.send(b"".join(Published(event, self._app.store.epoch).frame for event in chapter.events))
            if len(chapter.events) < PAGE and _begin(self._app.hub, subscription, chapter):
                return
            place = chapter.events[-1].number if len(chapter.events) == PAGE else chapter.at
            chapter = await self._read(asker, start, place)
            lost = not chapter.can_serve(place)

    async def _poll(self, asker: Asker, query: LiveQuery, start: Start, send: Send) -> None:
        """Answer as soon as there is something, or with nothing when the time is up."""
        epoch, bell = self._app.store.epoch, Bell()
        with self._app.hub.subscribe(asker.id, bell, key=asker.key) as subscription:
            chapter = await self._read(asker, start, start.after)
            if not start.servable or (start.after is not None and not chapter.can_serve(start.after)):
                told, place = [self._told("reset", chapter.at)], chapter.at
                chapter = replace(chapter, events=[])
            else:
                chapter = await self._wait(subscription, asker, query, start, chapter, bell)
                told = [Published(event, epoch).json for event in chapter.events]
                place = chapter.events[-1].number if chapter.events else chapter.at
        if query.read_topic is not None:
            await self._mark_returned(asker, query.read_topic, chapter.events)
        body = msgspec.json.encode({"events": [msgspec.Raw(event) for event in told], "next": event_id(epoch, place)})
        await _send_whole(send, body, 200, {"content-type": "application/json", "cache-control": "no-store"})

    async def _wait(
        self, subscription: Subscription, asker: Asker, query: LiveQuery, start: Start, chapter: Chapter, bell: Bell
    ) -> Chapter:
        """The first look at the log that tells something; the last one when the time is up. Raises NotSignedIn."""
        with trio.move_on_after(query.wait):
            while not chapter.events:
                if _begin(self._app.hub, subscription, chapter):
                    await bell.wait()
                chapter = await self._read(asker, start, chapter.at)
                if bell.ended:
                    break
        return chapter

    async def _mark_returned(self, asker: Asker, topic_id: int, events: list[Event]) -> None:
        """Convore's own way of reading: what a long poll returns of the topic on the screen has been read."""
        posted = [event for event in events if event.topic_id == topic_id and event.kind == "message_posted"]
        if posted:
            seq = msgspec.json.decode(posted[-1].payload)["message"]["seq"]
            with suppress(Refusal):  # the topic may be gone by now; its messages are still to be returned
                await reading.mark_read(self._app, asker, topic_id, seq)

    async def _read(self, asker: Asker, start: Start, after: int | None) -> Chapter:
        """Look at the log. Raises NotSignedIn for somebody who was signed out since they came."""
        return await self._app.store.read(_chapter, asker, start.visiting, after, now=self._app.now())

    def _notice(self, kind: str, place: int, more: Mapping[str, Any] = MappingProxyType({})) -> bytes:
        return sse.frame(kind, self._told(kind, place, more), event_id(self._app.store.epoch, place))

    def _told(self, kind: str, place: int, more: Mapping[str, Any] = MappingProxyType({})) -> bytes:
        """An event for one reader alone, which is in no log."""
        at_id = event_id(self._app.store.epoch, place)
        return msgspec.json.encode(
            {"id": at_id, "kind": kind, "at": time_text(self._app.now()), "at_id": at_id, **more}
        )


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


def _chapter(
    conn: sqlite3.Connection, asker: Asker, visiting: frozenset[int], after: int | None, *, now: int
) -> Chapter:
    # Asked again after subscribing: whoever is signed out from then on is cut off by the hub.
    if not keys.opens(conn, asker.key, at=now):
        raise NotSignedIn()
    at = log.last_number(conn)
    own, public = groups.readable_ids(conn, asker.id, visiting)
    place = at if after is None else after
    events = log.for_reader(conn, asker.id, own | public, after=place, up_to=at, limit=PAGE)
    return Chapter(at, log.first_number(conn), own, public, people.ignored_by(conn, asker.id), events)


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


async def _while_connected(receive: Receive, work: Callable[[], Awaitable[None]]) -> None:
    """Do *work* until it is done or its reader hangs up. Raises what it refuses."""
    refused: Refusal | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_cancel_on_hang_up, receive, nursery.cancel_scope)
        try:
            await work()
        except Refusal as refusal:
            refused = refusal
        nursery.cancel_scope.cancel()
    if refused is not None:
        raise refused


async def _cancel_on_hang_up(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _send_whole(send: Send, body: bytes, status: int, headers: Mapping[str, str]) -> None:
    """Send an answer that is no stream."""
    pairs = [(name.encode(), value.encode()) for name, value in {**headers, "content-length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
