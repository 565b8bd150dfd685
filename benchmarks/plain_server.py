"""The same server with the plain ASGI outlet for every stream: python benchmarks/plain_server.py --data DIR --bind WHERE

There is no such switch in the product; it is here to be compared with.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import trio

from convore_lite.appliance import run_server
from convore_lite.words.settings import read_settings


async def main(data: Path, bind: str) -> None:
    stop = trio.Event()
    settings = read_settings({"data": data, "bind": (bind,)})
    async with trio.open_nursery() as nursery:
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            nursery.start_soon(lambda: run_server(settings, stop=stop, fast=False))
            async for _ in signals:
                stop.set()
                return


if __name__ == "__main__":
    options = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    trio.run(main, Path(options["--data"]), options["--bind"])
