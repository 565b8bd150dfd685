"""Run the server until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .. import __version__, garbage
from ..words.settings import Settings, read_with_sources
from .address import left_in
from .options import common
from .output import print_json, say

if TYPE_CHECKING:
    import trio

    from ..appliance import Running

# Seconds that a thread may hold the interpreter while another one waits for it. Threads read from the database, and while a search
# index is made they have much to read; the loop, which everybody waits for, comes between. With Python's own 5 ms posts then took
# 42 ms in the worst case (p99), with this 30.
SWITCH = 0.001

WELCOME = """\
Nobody is here yet. Whoever opens this link makes the first account, which owns
this place. It works once.

    {link}
"""


@click.option(
    "--bind", multiple=True, metavar="WHERE", help="HOST:PORT, unix:PATH or fd://N; may be given several times."
)
@click.option("--base-url", metavar="URL", help="The address people type: https://chat.example.org")
@click.option(
    "--tls-cert", type=click.Path(path_type=Path), metavar="FILE", help="A TLS certificate (PEM); with --tls-key."
)
@click.option("--tls-key", type=click.Path(path_type=Path), metavar="FILE", help="The private key of --tls-cert (PEM).")
@click.option("--log-format", type=click.Choice(["text", "json"]), metavar="FORM", help="Log lines: text or json.")
@common
def serve(
    data: Path | None,
    bind: tuple[str, ...],
    base_url: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    log_format: Literal["text", "json"] | None,
    as_json: bool,
) -> None:
    """Run the server. It prints where it listens when it is ready, and stops on SIGTERM or Ctrl-C.

    Other settings come from the environment and from DIR/settings.toml: see `convore-lite settings`.
    """
    garbage.hold_off()
    import trio

    from .. import log_lines

    flags = {"data": data, "bind": list(bind) or None, "base_url": base_url, "tls_cert": tls_cert, "tls_key": tls_key}
    settings, sources = read_with_sources({**flags, "log_format": log_format})
    log_lines.set_up(settings.log_format)
    trio.run(_serve, settings, sources, as_json)


async def _serve(settings: Settings, sources: Mapping[str, str], as_json: bool) -> None:
    import trio

    from ..appliance import run_server

    log = logging.getLogger("convore_lite")
    stop = trio.Event()
    async with trio.open_nursery() as heeding:
        await heeding.start(_heed_signals, stop)
        async with trio.open_nursery() as serving:
            running = await serving.start(partial(run_server, settings, sources, stop=stop))
            garbage.settle()
            sys.setswitchinterval(SWITCH)
            heeding.start_soon(garbage.collect_hourly)
            addresses = running.listening.addresses
            with left_in(settings, addresses) as address:
                log.info("started", {"version": __version__, "data": str(settings.data), "addresses": list(addresses)})
                _greet(running, address, as_json=as_json)
                await stop.wait()
                log.info("stopping")
        log.info("stopped")
        heeding.cancel_scope.cancel()


async def _heed_signals(stop: trio.Event, task_status: trio.TaskStatus[None]) -> None:
    """The first signal stops the server calmly, a second one at once."""
    import trio

    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            if stop.is_set():
                os._exit(128 + number)
            stop.set()


def _greet(running: Running, address: str, *, as_json: bool) -> None:
    """Say where the server is; the last line is what others wait for."""
    link = address + running.first_link if running.first_link else None
    if as_json:
        print_json({"addresses": running.listening.addresses, "first_link": link})
    else:
        if link:
            say(WELCOME.format(link=link))
        for listening in running.listening.addresses:
            say(f"Listening on {listening}")
    sys.stdout.flush()
