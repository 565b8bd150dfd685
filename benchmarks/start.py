"""How long a server takes from its command to its first answer, and how much memory it holds when nobody is there.

    python benchmarks/start.py [--runs R]

Ours, as it was installed, beside Matrix Synapse: each with a new data folder and with an old one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import synapse
from plots import Panel, draw
from running import report, server, wait_until_it_answers
from watching import held_by_all

RUNS = 7
# Memory is looked at when the start is long over.
REST = 5

Row = dict[str, Any]


@dataclass(frozen=True)
class Contender:
    """A server: how to start it in a folder, and what to ask it for."""

    name: str
    server: Callable[[Path], AbstractContextManager[tuple[subprocess.Popen[bytes], int]]]
    path: str

    def start(self, folder: Path) -> float:
        """The seconds from the command to the first answer."""
        began = time.monotonic()
        with self.server(folder) as (process, port):
            wait_until_it_answers(process, port, self.path)
            return time.monotonic() - began

    def idle_mib(self, folder: Path) -> float:
        """What the server and its processes hold in memory when nobody is there."""
        with self.server(folder) as (process, port):
            wait_until_it_answers(process, port, self.path)
            time.sleep(REST)
            return held_by_all(process.pid) / 2**20


OURS = Contender("convore-lite", server, "/healthz")
THEIRS = Contender("Synapse", synapse.homeserver, synapse.HEALTH)


def main(runs: int) -> None:
    contenders = [OURS, THEIRS] if synapse.is_installed() else [OURS]
    bare: list[float] = []
    new: dict[str, list[float]] = {each.name: [] for each in contenders}
    again: dict[str, list[float]] = {each.name: [] for each in contenders}
    with tempfile.TemporaryDirectory() as name:
        for run in range(runs):
            bare.append(seconds_of_python())
            for each in contenders:
                new[each.name].append(each.start(Path(name) / f"{each.name}{run}"))
                again[each.name].append(each.start(Path(name) / f"{each.name}{run}"))
        memory = {each.name: each.idle_mib(Path(name) / f"{each.name}0") for each in contenders}
    rows = [row(each.name, new[each.name], again[each.name], median(bare), memory[each.name]) for each in contenders]
    report("start", f"From the command to the first 200, median of {runs}", rows, bare_python_s=median(bare))
    lines: dict[str, list[tuple[float, float]]] = {
        f"{name}, {what}": list(enumerate(seconds, 1))
        for what, kind in (("new", new), ("old", again))
        for name, seconds in kind.items()
    }
    draw("start", [Panel("Seconds to the first answer", "run", lines)])
    print(f"Bare Python starts in {median(bare):.3f} s.")  # noqa: T201


def row(name: str, new: list[float], again: list[float], bare: float, idle: float) -> Row:
    return {
        "server": name,
        "new folder s": median(new),
        "old folder s": median(again),
        "slowest s": max(*new, *again),
        "times bare Python": median(again) / bare,
        f"idle MiB after {REST} s": idle,
    }


def seconds_of_python() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=RUNS)
    main(options.parse_args().runs)
