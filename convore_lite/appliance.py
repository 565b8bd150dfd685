"""The root: opens every resource, wires them together, and runs the server. The one file that names everything."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import trio

from .actions import App, links, moments, upkeep
from .hub import Hub
from .passwords import Passwords
from .pictures import Pictures
from .presence import Presence
from .rates import Rates
from .routes import ASGIApp, Doors, live
from .routes.sessions import CONSOLE
from .server import PLACES_KEPT, Listening, current_stream, raise_descriptor_limit, sd_notify, serve
from .store import RunSync, Store, in_thread
from .typists import Typists
from .words.settings import Settings

# Of all connections. The rest is for people who load a page, post or sign in.
STREAMS_SHARE = 0.9


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Appliance:
    """An open data folder and the doors to it. *doors* is an ASGI application; *console* the same, with its owner's rights."""

    app: App
    doors: ASGIApp

    async def console(self, scope: Any, receive: Any, send: Any) -> None:
        await self.doors({**scope, CONSOLE: True}, receive, send)


@asynccontextmanager
async def open_appliance(
    settings: Settings,
    sources: Mapping[str, str] = MappingProxyType({}),
    *,
    run_sync: RunSync = in_thread,
    now: Callable[[], int] = wall_clock,
    fast: bool = True,
    most_streams: int = sys.maxsize,
) -> AsyncIterator[Appliance]:
    """Open the data folder of *settings* and keep it running inside the block. Raises SetupError, and StorageFailed from within.

    *sources* says where the settings come from. Without *fast* every live stream takes the plain way out, as it does where the
    server does not know its connection.
    """
    presence = Presence()
    hub = Hub(presence.streams_changed)
    store = Store.open(settings.database, publish=hub.publish, run_sync=run_sync)
    hub.epoch = store.epoch
    app = App(
        settings,
        store,
        hub,
        presence,
        Typists(),
        Passwords(run_sync),
        Pictures(run_sync),
        Rates(on=settings.rate_limits),
        now,
        sources,
    )
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(store.commit_jobs)
            nursery.start_soon(upkeep.keep_up, app)
            nursery.start_soon(moments.keep_telling_presence, app)
            doors = Doors(app, current_stream.get if fast else lambda: None, most_streams)
            nursery.start_soon(doors.run)
            yield Appliance(app, doors)
            nursery.cancel_scope.cancel()
    finally:
        store.close()


@dataclass(frozen=True)
class Running:
    """A server that answers: where, and the path of the link that makes its owner if it has none yet."""

    appliance: Appliance
    listening: Listening
    first_link: str | None


async def run_server(
    settings: Settings,
    sources: Mapping[str, str] = MappingProxyType({}),
    *,
    stop: trio.Event,
    fast: bool = True,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until *stop* is set, and then end within five seconds. Raises SetupError, StorageFailed."""
    places = raise_descriptor_limit() - PLACES_KEPT
    async with AsyncExitStack() as stack:
        appliance = await stack.enter_async_context(
            open_appliance(settings, sources, fast=fast, most_streams=int(places * STREAMS_SHARE))
        )
        nursery = await stack.enter_async_context(trio.open_nursery())
        hang_up = appliance.app.hub.close
        tls = (settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None
        public = partial(
            serve,
            appliance.doors,
            binds=settings.bind,
            tls=tls,
            places=places,
            crowd=f"GET {live.PATH}".encode(),
            stop=stop,
            on_stop=hang_up,
        )
        console = partial(serve, appliance.console, binds=[f"unix:{settings.admin_socket}"], unix_mode=0o600, stop=stop)
        listening = await nursery.start(public)
        await nursery.start(console)
        first_link = await links.make_first_link(appliance.app)
        sd_notify("READY=1")
        task_status.started(Running(appliance, listening, f"/welcome/{first_link}/" if first_link else None))
        await stop.wait()
        sd_notify("STOPPING=1")
