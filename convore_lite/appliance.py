"""The root: opens every resource, wires them together, and runs the server. The one file that names everything."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import argon2
import trio

from .actions import App, followers, indexing, links, moments, previews, scheduled, upkeep
from .bell import Bell
from .fetcher import Fetcher
from .files import Files
from .hub import Hub
from .index.handle import Index
from .index.wire import Purpose
from .page_reader import PageReader
from .passwords import COST, Passwords
from .pictures import Pictures
from .presence import Presence
from .rates import Rates
from .routes import ASGIApp, Doors, live
from .routes.sessions import CONSOLE
from .server import PLACES_KEPT, Listening, current_stream, raise_descriptor_limit, sd_notify, serve
from .store import RunSync, Store, in_thread
from .typists import Typists
from .words.events import Told
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
    fetcher: Fetcher | None = None,
    hasher: argon2.PasswordHasher = COST,
    follows: bool = True,
) -> AsyncIterator[Appliance]:
    """Open the data folder of *settings* and keep it running inside the block. Raises SetupError, and StorageFailed from within.

    *sources* says where the settings come from. Without *fast* every live stream takes the plain way out, as it does where the
    server does not know its connection. *fetcher* takes the place of the one that goes out to the internet, and *hasher* of the one
    that makes hashes of passwords.
    Without *follows* what links lead to waits for the server: a command that is over in a moment goes nowhere.
    """
    app = _open_resources(settings, sources, run_sync, now, fetcher, hasher)
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(app.store.commit_jobs)
            for task in (*_tasks_of(app), *(_tasks_that_go_out(app) if follows else ())):
                nursery.start_soon(task)
            doors = Doors(app, current_stream.get if fast else lambda: None, most_streams)
            nursery.start_soon(doors.run)
            yield Appliance(app, doors)
            nursery.cancel_scope.cancel()
    finally:
        app.store.close()


def _open_resources(
    settings: Settings,
    sources: Mapping[str, str],
    run_sync: RunSync,
    now: Callable[[], int],
    fetcher: Fetcher | None,
    hasher: argon2.PasswordHasher,
) -> App:
    """Everything that actions work with. Whoever gets it closes its store. Raises SetupError."""
    presence = Presence()
    hub, bell = Hub(presence.streams_changed), Bell()

    def publish(told: Sequence[Told]) -> None:
        hub.publish(told)
        if told:
            bell.ring()

    store = Store.open(settings.database, publish=publish, run_sync=run_sync)
    hub.epoch = store.epoch
    try:
        files = Files.open(settings.files, run_sync)
    except BaseException:
        store.close()
        raise
    return App(
        settings,
        store,
        hub,
        bell,
        Index(settings.search_index, Purpose(store.epoch, sorted(settings.search_language)), bell.ring),
        presence,
        Typists(),
        Passwords(run_sync, hasher),
        Pictures(run_sync),
        files,
        fetcher or Fetcher(own_url=settings.base_url, allowed=settings.private_networks),
        PageReader(),
        Rates(on=settings.rate_limits),
        now,
        sources,
    )


Task = Callable[[], Awaitable[None]]


def _tasks_of(app: App) -> Sequence[Task]:
    """What goes on as long as the data folder is open."""
    return (
        partial(upkeep.keep_up, app),
        partial(moments.keep_telling_presence, app),
        partial(scheduled.keep_sending, app),
        app.index.run,
        partial(indexing.keep_indexed, app),
        partial(indexing.keep_verifying, app),
    )


def _tasks_that_go_out(app: App) -> Sequence[Task]:
    """What fetches things from elsewhere meanwhile."""
    previewer = previews.Previewer(app)
    return (partial(followers.follow, previewer), previewer.keep_fetching)


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
    fetcher: Fetcher | None = None,
    hasher: argon2.PasswordHasher = COST,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until *stop* is set, and then end within five seconds. Raises SetupError, StorageFailed."""
    places = raise_descriptor_limit() - PLACES_KEPT
    async with AsyncExitStack() as stack:
        appliance = await stack.enter_async_context(
            open_appliance(
                settings, sources, fast=fast, most_streams=int(places * STREAMS_SHARE), fetcher=fetcher, hasher=hasher
            )
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
        appliance.app.index.serve()
        task_status.started(Running(appliance, listening, f"/welcome/{first_link}/" if first_link else None))
        await stop.wait()
        sd_notify("STOPPING=1")
