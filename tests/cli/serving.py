"""A server as a process of its own, for a sync test."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .conftest import PATIENCE, clean_environment

PROGRAM = ("-m", "convore_lite")


class Server:
    """*greeting* is what it printed until it was ready, line by line; *program* is what Python runs."""

    def __init__(self, folder: Path, *arguments: str, program: Sequence[str] = PROGRAM) -> None:
        serve = ["serve", "--data", str(folder), "--bind", "127.0.0.1:0", *arguments]
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, *program, *serve],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        self.greeting: list[str] = []

    def wait_ready(self) -> Server:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.greeting.append(line.rstrip("\n"))
            if line.startswith("Listening on "):
                return self
        raise AssertionError(f"the server did not start: {self.process.communicate()}")

    @property
    def url(self) -> str:
        return self.greeting[-1].removeprefix("Listening on ").rstrip("/")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Its exit status, and the seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE), time.monotonic() - began


@contextmanager
def serving(folder: Path, *arguments: str, program: Sequence[str] = PROGRAM) -> Iterator[Server]:
    """A server that is ready; killed at the end of the block if it still runs."""
    server = Server(folder, *arguments, program=program)
    try:
        yield server.wait_ready()
    finally:
        server.process.kill()
        server.process.communicate(timeout=PATIENCE)
