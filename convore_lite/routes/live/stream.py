"""One stream of server-sent events, from its hello to its end."""

from __future__ import annotations

from dataclasses import replace

from ...actions import App
from ...hub import Subscription
from ...words.asker import Asker
from ...words.errors import NotSignedIn
from . import chapter as chapters
from . import notices
from .chapter import Chapter
from .desk import Desk
from .heart import HEARTBEAT, Heart
from .outlet import PIECE, Headers, Outlet, Receive
from .query import Start

HEADERS: Headers = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class Stream:
    """What *asker* gets from *start* on, through *outlet*."""

    __slots__ = ("_app", "_asker", "_desk", "_headers", "_heart", "_outlet", "_start", "begun")

    def __init__(
        self, app: App, desk: Desk, heart: Heart, asker: Asker, start: Start, outlet: Outlet, headers: Headers
    ) -> None:
        self.begun = False
        self._headers = headers
        self._app = app
        self._desk = desk
        self._heart = heart
        self._asker = asker
        self._start = start
        self._outlet = outlet

    async def run(self, receive: Receive) -> None:
        """Until the reader leaves or the stream ends. Raises NotSignedIn before anything was sent."""
        outlet = self._outlet
        with self._app.hub.subscribe(self._asker.id, outlet, key=self._asker.key) as subscription:
            await self._catch_up(subscription)
            self._heart.add(outlet)
            try:
                await outlet.run(receive)
            finally:
                self._heart.discard(outlet)

    async def _catch_up(self, subscription: Subscription) -> None:
        """Say hello, send what was missed, and go live. Raises NotSignedIn before anything was sent."""
        chapter = await self._desk.read(self._asker, self._start, self._start.after)
        self.begun = True
        await self._outlet.start(self._headers)
        try:
            await self._replay(subscription, chapter)
        except NotSignedIn:
            self._outlet.cut()

    async def _replay(self, subscription: Subscription, chapter: Chapter) -> None:
        """Raises NotSignedIn."""
        wanted = chapter.at if self._start.after is None else self._start.after
        lost = not self._start.servable or not chapter.can_serve(wanted)
        greeting = {"user_id": self._asker.id, "heartbeat": HEARTBEAT}
        place = chapter.at if lost else wanted
        first = notices.frame(self._app, "hello", place, greeting)
        while not subscription.ended:
            if lost:
                first += notices.frame(self._app, "reset", chapter.at)
                chapter = replace(chapter, events=[])
            place = await self._send(first, chapter, place, subscription)
            if place == chapter.at and chapter.begin(self._app.hub, subscription):
                return
            chapter = await self._desk.read(self._asker, self._start, place)
            first, lost = b"", not chapter.can_serve(place)

    async def _send(self, first: bytes, chapter: Chapter, place: int, subscription: Subscription) -> int:
        """Send a chapter that begins at a place; how far it got. In pieces, each when the one before was taken: a reader who is
        cut off meanwhile does not get the rest, nor anybody what may not be told any more: then the rest is read again.
        """
        piece, hub = first, self._app.hub
        for event in chapter.events:
            if len(piece) >= PIECE:  # with the longest messages a page is some megabytes
                await self._outlet.send(piece)
                piece = b""
            if subscription.ended or chapter.withdrawals != hub.withdrawals:
                break
            piece += hub.outgoing(event).frame
            place = event.number
        else:
            place = place if len(chapter.events) == chapters.PAGE else chapter.at
        await self._outlet.send(piece)
        return place
