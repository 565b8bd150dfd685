"""The same peers against Hypercorn as it is: the proof that the rows can kill a server, and that leaks are seen.

A program of its own, as there may be nothing left to test with: `python -m server.unguarded NAME…` prints, as JSON,
whether each row killed the server, leaked, or did no harm.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

import hypercorn.trio
import trio
import trio.testing
from hypercorn.config import Config

from .apps import app
from .hostile import CLEARTEXT, Row, get
from .peers import in_use, is_back_at, play

# Longer than anything here takes that does end. Hypercorn's own waits are shorter too, see below.
PATIENCE = 2.0
NEWCOMER = Row("newcomer", get(), 200)


async def outcome(row: Row) -> str:
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = None
    config.keep_alive_timeout = config.graceful_timeout = 0.5

    async def run(task_status):
        with suppress(BaseExceptionGroup):
            await hypercorn.trio.serve(app, config, task_status=task_status)

    async with trio.open_nursery() as nursery:
        urls = await nursery.start(run)
        # Hypercorn tells its address before its tasks run.
        await trio.testing.wait_all_tasks_blocked()
        before = in_use()
        for peer in (row, NEWCOMER):
            status = None
            with trio.move_on_after(PATIENCE), suppress(Exception):
                status = await play(peer, await trio.open_tcp_stream("127.0.0.1", int(urls[0].rpartition(":")[2])))
        clean = await is_back_at(before, within=PATIENCE)
        nursery.cancel_scope.cancel()
    return "killed" if status != NEWCOMER.status else "harmless" if clean else "leaked"


async def main() -> None:
    rows = {row.name: row for row in CLEARTEXT}
    sys.stdout.write(json.dumps({name: await outcome(rows[name]) for name in sys.argv[1:]}))


if __name__ == "__main__":
    trio.run(main)
