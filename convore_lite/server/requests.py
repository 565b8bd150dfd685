"""The requests of one connection: for each a task in which the app answers, and the messages to and from it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import trio
from hypercorn.config import Config
from hypercorn.trio.task_group import TaskGroup
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, Scope

log = logging.getLogger("convore_lite.server")

# The app gets this long to notice by itself that its peer has left.
CLOSE_GRACE = 1.0

Send = Callable[[ASGISendEvent | None], Awaitable[None]]


class Request:
    """One request as the app sees it, between its `receive` and its `send`.

    Rule: `http.disconnect` never waits, and sets free whoever waits to put something before it. Hypercorn puts it from
    inside the app's own last `send`; a full queue would then hold that task, the reader and the socket for ever.
    """

    def __init__(self, scope: Scope, send: Send, *, queue: int) -> None:
        self._scope = scope
        self._pass_on = send
        # A list and a place to wait, not a channel: that would be a tenth of what an open stream costs.
        self._messages: list[ASGIReceiveEvent] = []
        self._most = queue
        self._moved = trio.lowlevel.ParkingLot()
        self._life = trio.CancelScope()
        self._answered = False
        self._gone = False

    async def put(self, message: ASGIReceiveEvent) -> None:
        """What the peer sent; waits while the app is some messages behind."""
        if message["type"] == "http.disconnect":
            self._gone = True
            self._moved.unpark_all()
            if not self._answered:
                self._life.deadline = trio.current_time() + CLOSE_GRACE
            return
        while len(self._messages) >= self._most and not self._gone:
            await self._moved.park()
        if not self._gone:
            self._messages.append(message)
            self._moved.unpark_all()

    async def receive(self) -> ASGIReceiveEvent:
        """The ASGI `receive`: after the last message, `http.disconnect` as often as it is asked for."""
        await trio.lowlevel.checkpoint()
        while not self._messages:
            if self._gone:
                return {"type": "http.disconnect"}
            await self._moved.park()
        self._moved.unpark_all()
        return self._messages.pop(0)

    async def send(self, message: ASGISendEvent) -> None:
        """The ASGI `send`. What is sent to a peer that has left is dropped."""
        # Writes are shielded, and need not wait: this is where an app that does nothing but send notices its own end,
        # and lets others run.
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._gone:
            await trio.lowlevel.checkpoint()
            return
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answered = True
        await self._pass_on(message)

    async def answer(self, app: AppWrapper) -> None:
        with self._life:
            try:
                await app(self._scope, self.receive, self.send, trio.to_thread.run_sync, trio.from_thread.run)
            except* Exception:
                log.exception(
                    "The app failed while answering %s %r", self._scope.get("method"), self._scope.get("path")
                )
        # Hypercorn's sign that the app is done: it answers 500 if nothing was sent and ends what was left open.
        await self._pass_on(None)
        # Each would keep the other in memory.
        del self._pass_on


class Requests(TaskGroup):
    """Hypercorn's task group, on a nursery that the connection owns."""

    _nursery: trio.Nursery

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery

    async def spawn_app(
        self, app: AppWrapper, config: Config, scope: Scope, send: Send
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        request = Request(scope, send, queue=config.max_app_queue_size)
        self._nursery.start_soon(request.answer, app)
        return request.put
