"""Web pages, read in a process of their own.

Rule: Python's parser takes seconds for what is made to be hard to parse, and holds the interpreter's lock meanwhile. So it runs
where it can be killed, with limits on time and memory, for one page, and is gone afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import trio

from .worker import Page, site_of

# For a page, from the start of the process to its end: the processor's limit, and as much again where others need it too.
SECONDS = 4
WORKER = Path(__file__).with_name("worker.py")
# -I and -S: nothing of the environment and no installed package is looked at, which makes the start four times as quick.
COMMAND = [sys.executable, "-I", "-S", str(WORKER)]

__all__ = ["Page", "PageReader", "Unreadable", "site_of"]


class Unreadable(Exception):
    """Nothing could be read, or not in time."""


class PageReader:
    """*command* is the process that reads a page."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or COMMAND

    async def read(self, body: bytes, *, url: str, charset: str) -> Page:
        """What can be shown of a page that was found at *url*. Raises Unreadable."""
        with trio.move_on_after(SECONDS):
            try:
                done = await trio.run_process(
                    self._command,
                    stdin=json.dumps([url, charset]).encode() + b"\n" + body,
                    capture_stdout=True,
                    stderr=subprocess.DEVNULL,
                    env={},
                    deliver_cancel=_kill,
                )
                return Page(*json.loads(done.stdout))
            except (subprocess.CalledProcessError, OSError, ValueError, TypeError) as error:
                raise Unreadable(type(error).__name__) from None
        raise Unreadable("it took too long")


async def _kill(process: trio.Process) -> None:
    process.kill()
