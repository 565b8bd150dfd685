"""The requests of one connection: for each a task that runs the app, and an inbox of messages for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio
from hypercorn.config import Config
from hypercorn.trio.task_group import TaskGroup
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, Scope

log = logging.getLogger("convore_lite.server")

Send = Callable[[ASGISendEvent | None], Awaitable[None]]


class Inbox:
    """What the peer sent for one request, in order, a few messages ahead of the app.

    Rule: `put` waits only while an app is there that may still ask. Hypercorn puts `http.disconnect` from inside the
    app's own last `send`; a queue that is full at that moment would hold the task, and its socket, for ever.
    """

    def __init__(self, size: int) -> None:
        self._send, self._receive = trio.open_memory_channel[ASGIReceiveEvent](size)

    async def put(self, message: ASGIReceiveEvent) -> None:
        if message["type"] == "http.disconnect":
            self._send.close()
            return
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._send.send(message)

    async def receive(self) -> ASGIReceiveEvent:
        """The ASGI `receive`: after the last message, `http.disconnect` as often as it is asked for."""
        try:
            return await self._receive.receive()
        except trio.EndOfChannel:
            return {"type": "http.disconnect"}

    def close(self) -> None:
        """The app has ended: whatever else arrives for it is dropped."""
        self._receive.close()


class Requests(TaskGroup):
    """Hypercorn's task group, on a nursery that the connection owns."""

    _nursery: trio.Nursery

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery

    async def spawn_app(
        self, app: AppWrapper, config: Config, scope: Scope, send: Send
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        inbox = Inbox(config.max_app_queue_size)
        self._nursery.start_soon(_answer, app, scope, inbox, send)
        return inbox.put


async def _answer(app: AppWrapper, scope: Scope, inbox: Inbox, send: Send) -> None:
    try:
        await app(scope, inbox.receive, send, trio.to_thread.run_sync, trio.from_thread.run)
    except* Exception:
        log.exception("The app failed while answering %s %r", scope.get("method"), scope.get("path"))
    finally:
        inbox.close()
    # Hypercorn's sign that the app is done: it answers 500 if nothing was sent and ends what was left open.
    await send(None)
