"""The long poll: answered as soon as there is something, or with nothing when the time is up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import msgspec
import trio

from ...actions import App, reading
from ...hub import Subscription
from ...words.asker import Asker
from ...words.errors import Refusal
from ...words.events import Event, event_id
from ...words.outgoing import Gone, Outgoing
from . import notices
from .chapter import Chapter
from .desk import Desk
from .outlet import Receive, until_disconnect
from .query import LiveQuery, Start

# Sends an answer that is no stream: its body, status and headers.
Answer = Callable[[bytes, int, Mapping[str, str]], Awaitable[None]]


class Poll:
    """What *asker* is told of what comes after *start*, once."""

    begun = False

    def __init__(self, app: App, desk: Desk, asker: Asker, query: LiveQuery, start: Start, answer: Answer) -> None:
        self._app = app
        self._desk = desk
        self._asker = asker
        self._query = query
        self._start = start
        self._answer_with = answer

    async def run(self, receive: Receive) -> None:
        """Until it is answered or its reader hangs up. Raises NotSignedIn."""
        refused: Refusal | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_on_hang_up, receive, nursery.cancel_scope)
            try:
                await self._answer()
            except Refusal as refusal:
                refused = refusal
            nursery.cancel_scope.cancel()
        if refused is not None:
            raise refused

    async def _answer(self) -> None:
        body = await self._told()
        self.begun = True
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        await self._answer_with(body, 200, headers)

    async def _told(self) -> bytes:
        """The answer as JSON. Raises NotSignedIn."""
        start, bell = self._start, Bell()
        with self._app.hub.subscribe(self._asker.id, bell, key=self._asker.key) as subscription:
            chapter = await self._read(start.after)
            if not start.servable or (start.after is not None and not chapter.can_serve(start.after)):
                told, place = [notices.told(self._app, "reset", chapter.at)], chapter.at
                chapter = replace(chapter, events=[])
            else:
                chapter = await self._wait(subscription, chapter, bell)
                told = [self._app.hub.outgoing(event).json for event in chapter.events]
                place = chapter.events[-1].number if chapter.events else chapter.at
        await self._mark_returned(chapter.events)
        events = [msgspec.Raw(event) for event in told]
        return msgspec.json.encode({"events": events, "next": event_id(self._app.store.epoch, place)})

    async def _wait(self, subscription: Subscription, chapter: Chapter, bell: Bell) -> Chapter:
        """The first look at the log that tells something; the last one when the time is up. Raises NotSignedIn."""
        with trio.move_on_after(self._query.wait):
            while not chapter.events:
                if chapter.begin(self._app.hub, subscription):
                    await bell.wait()
                chapter = await self._read(chapter.at)
                if bell.ended:
                    break
        return chapter

    async def _mark_returned(self, events: list[Event]) -> None:
        """Convore's own way of reading: what a long poll returns of the topic on the screen has been read."""
        topic_id = self._query.read_topic
        posted = [
            msgspec.json.decode(event.payload)["message"]
            for event in events
            if event.topic_id == topic_id and event.kind == "message_posted"
        ]
        # One that was moved there later was posted with the number it had elsewhere.
        seq = max((message["seq"] for message in posted if message["topic_id"] == topic_id), default=0)
        if topic_id is not None and seq:
            with suppress(Refusal):  # the topic may be gone by now; its messages are still to be returned
                await reading.mark_read(self._app, self._asker, topic_id, seq)

    async def _read(self, after: int | None) -> Chapter:
        return await self._desk.read(self._asker, self._start, after)


class Bell:
    """A reader that only wants to know that something came; it reads the log itself."""

    waiting = 0
    dropped = False

    def __init__(self) -> None:
        self._rung = trio.Event()
        self.ended = False

    def take(self, outgoing: Outgoing) -> None:
        if outgoing.number:  # what is in no log is not told here
            self._rung.set()

    def forget(self, gone: Gone) -> None:
        """Nothing waits here: the log is read with the rights of that moment."""

    def end(self) -> None:
        self.ended = True
        self._rung.set()

    cut = end

    async def wait(self) -> None:
        await self._rung.wait()
        if not self.ended:
            self._rung = trio.Event()


async def _cancel_on_hang_up(receive: Receive, scope: trio.CancelScope) -> None:
    await until_disconnect(receive)
    scope.cancel()
