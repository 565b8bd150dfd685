"""What the measurements share: a server in a process of its own, a table, and a file with the numbers."""

from __future__ import annotations

import json
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("results")
# The command as it was installed, beside the Python that runs this.
COMMAND = Path(sys.executable).with_name("convore-lite")
# Everybody here comes from one address.
UNLIMITED = {"CONVORE_RATE_LIMITS": "off", "CONVORE_MAX_STREAMS_PER_ADDRESS": "100000"}
# The cores that this run may use. The server gets the first, what asks it the second.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = 0, 1
WIDE = 160


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    folder: Path,
    port: int | None = None,
    command: Sequence[str | Path] = (COMMAND, "serve"),
    limits: Mapping[str, str] = UNLIMITED,
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server that was just started, and its port. It may not answer yet; it is stopped after the block."""
    port = port or free_port()
    process = subprocess.Popen(
        [*command, "--data", folder, "--bind", f"127.0.0.1:{port}"],
        env={**os.environ, **limits},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, port
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(30)


def pin(pid: int, core: int) -> None:
    """Keep a process on the core with this number, or on the last where there are not so many.

    A server must be pinned as soon as it was started: the threads that it has already stay where they are.
    """
    os.sched_setaffinity(pid, {CORES[min(core, len(CORES) - 1)]})


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, path: str = "/healthz") -> None:
    """Ask for *path* until the answer is 200."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"The server ended with status {process.returncode}.")
        try:
            with socket.create_connection(("127.0.0.1", port), 60) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                    return
        except ConnectionError:
            time.sleep(0.002)
    sys.exit("The server did not answer within a minute.")


def report(name: str, title: str, rows: list[dict[str, Any]], **more: Any) -> None:
    """Print *rows* as a table, and keep them in results/NAME.json."""
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column, justify="right" if isinstance(rows[0][column], int | float) else "left")
    for row in rows:
        table.add_row(
            *(
                f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
                for value in row.values()
            )
        )
    # What is kept in a file or read by a program is not folded to a screen's width.
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(table)
    RESULTS.mkdir(exist_ok=True)
    result = {"machine": machine(), **more, "rows": rows}
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")


def machine() -> dict[str, Any]:
    return {
        "cores": len(CORES),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
