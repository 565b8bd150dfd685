"""How long the installed command takes to its first answer, and how much memory it holds when nobody is there.

python benchmarks/start.py [RUNS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from running import report, server, wait_until_it_answers

RUNS = 7
# Memory is looked at when the start is long over.
REST = 5


def main(runs: int) -> None:
    bare = median(seconds_of_python() for _ in range(runs))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        new = [start(Path(name) / f"{number}") for number in range(runs)]
        again = [start(Path(name) / "0") for _ in range(runs)]
        resident = memory(Path(name) / "0")
    for what, seconds in (("a new one", new), ("an old one", again)):
        rows.append(
            {
                "data folder": what,
                "median s": median(seconds),
                "fastest s": min(seconds),
                "slowest s": max(seconds),
                "times bare Python": median(seconds) / bare,
            }
        )
    report("start", f"From the command to the first 200, {runs} runs", rows, bare_python_s=bare, idle_rss_mib=resident)
    print(f"Idle after {REST} s: {resident:.0f} MiB resident. Bare Python starts in {bare:.3f} s.")  # noqa: T201


def start(folder: Path) -> float:
    """The seconds from the command to the first answer."""
    began = time.monotonic()
    with server(folder) as (process, port):
        wait_until_it_answers(process, port)
        return time.monotonic() - began


def memory(folder: Path) -> float:
    """Resident memory of an idle server, in MiB."""
    with server(folder) as (process, port):
        wait_until_it_answers(process, port)
        time.sleep(REST)
        status = Path(f"/proc/{process.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(resident.split()[1]) / 1024


def seconds_of_python() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
