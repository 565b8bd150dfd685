"""The HTTP server: any ASGI app on Hypercorn's protocols, under one nursery that this module owns.

`serve` opens the sockets, gives every peer a `Connection` of its own, and ends within seconds when it is told to.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework

from .calm import CalmLog
from .connection import Connection, Stream, current_stream
from .crowd import Crowd
from .heads import HEAD_LIMIT
from .listeners import Accepting, open_listeners
from .notify import sd_notify
from .places import PLACES_KEPT, Places, raise_descriptor_limit, refuse

__all__ = ["PLACES_KEPT", "Listening", "current_stream", "raise_descriptor_limit", "sd_notify", "serve"]

log = logging.getLogger("convore_lite.server")

# Requests in flight get this long once the server is told to stop. The promise is five seconds for everything,
# whatever the peers do; the rest is for cutting off those who are still there, on a busy machine too.
STOP_GRACE = 3.0
# How long to wait before accepting again when there is no descriptor left, as Trio does.
ACCEPT_PAUSE = 0.1
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}


@dataclass(frozen=True)
class Listening:
    """Where the server can be reached: `http://127.0.0.1:8470/`, `unix:/path`."""

    addresses: tuple[str, ...]


async def serve(
    app: ASGIFramework,
    *,
    binds: Sequence[str],
    tls: tuple[Path, Path] | None = None,
    unix_mode: int = 0o660,
    places: int = sys.maxsize,
    crowd: bytes = b"",
    stop: trio.Event,
    on_stop: Callable[[], None] = lambda: None,
    task_status: trio.TaskStatus[Listening] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve *app* on *binds*, to at most *places* connections, until *stop* is set; then return within five seconds.

    At the stop *on_stop* is called first, so that the app can end its live streams; then nobody is accepted any more
    and the requests in flight are finished. The app gets no ASGI lifespan. Raises `SetupError` for a bind that
    cannot be had or a certificate that cannot be used; see `listeners` for what a bind may be. Requests whose head begins with
    *crowd* let all others go first.
    """
    calm = CalmLog(log)
    config = _config()
    wrapped = ASGIWrapper(app)
    context = WorkerContext(None)
    many = Crowd(crowd)
    company = Places(places, calm)

    with ExitStack() as closing:
        listeners = await open_listeners(binds, tls=tls, unix_mode=unix_mode, closing=closing)
        async with trio.open_nursery() as connections:

            def welcome(stream: Stream) -> None:
                if not company.make_room():
                    connections.start_soon(refuse, stream)
                    return
                connection = Connection(stream, app=wrapped, config=config, context=context, crowd=many, log=calm)
                company.take(connection)
                connections.start_soon(company.host, connection)

            try:
                async with trio.open_nursery() as accepting:
                    for listener in listeners:
                        accepting.start_soon(_accept, listener.accepts, welcome, calm)
                    task_status.started(Listening(tuple(listener.address for listener in listeners)))
                    await stop.wait()
                    on_stop()
                    await context.terminated.set()
                    accepting.cancel_scope.cancel()
                closing.close()
                with trio.move_on_after(STOP_GRACE):
                    await company.see_off()
            finally:
                company.cut_all()


async def _accept(listener: Accepting, welcome: Callable[[Stream], None], calm: CalmLog) -> NoReturn:
    """Like `trio.serve_listeners`, which logs a traceback ten times a second while descriptors are out."""
    while True:
        try:
            stream = await listener.accept()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            calm.warning(
                "New connections have to wait: %s. A higher limit helps (ulimit -n).", os.strerror(error.errno)
            )
            await trio.sleep(ACCEPT_PAUSE)
        else:
            welcome(stream)


def _config() -> Config:
    config = Config()
    config.errorlog = log
    config.include_server_header = False
    config.h11_max_incomplete_size = HEAD_LIMIT
    config.h2_max_header_list_size = HEAD_LIMIT
    # Hypercorn ends an HTTP/2 connection after this many requests, open streams included: never do.
    config.keep_alive_max_requests = sys.maxsize
    return config
