"""The server is told to stop while many streams are open, some of them to readers that do not read.

    python benchmarks/stopping.py [--readers 1000] [--stalled 50] [--runs 3]

Some listeners are stopped with SIGSTOP and so much is posted that their connections are full; then the server gets SIGTERM. It
must be gone within five seconds. Started again, everybody comes back with their place and must have every message exactly once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from crowd import Crowd, gather
from plots import Panel, draw
from publisher import publisher_to
from readers import Crew, live_requests
from running import SERVER_CORE, free_port, pin, report, server, wait_until_it_answers

# So many of these fill what the kernel keeps for a reader, and less than what the server does before it drops one.
TEXT = "It was long, and it went on, and nobody had read it to its end. " * 60
MESSAGES = 25
GAP = 0.05


def main(readers: int, stalled: int, runs: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        crowd = gather(Path(folder) / "chat", readers, TEXT)
        rows = [{"run": str(number + 1), **measure(crowd, stalled)} for number in range(runs)]
    columns = [name for name in rows[0] if name != "run"]
    rows.append({"run": "median"} | {name: median(row[name] for row in rows) for name in columns})
    report("stopping", f"SIGTERM with {readers:,} streams, {stalled} of them stalled", rows)
    points = [(float(number + 1), row["stopped after s"]) for number, row in enumerate(rows[:-1])]
    draw("stopping", [Panel("Seconds from SIGTERM to the end", "run", {"convore-lite": points})])


def measure(crowd: Crowd, stalled: int) -> dict[str, Any]:
    port = free_port()
    requests = live_requests(port, crowd.tokens)
    with Crew() as awake, Crew() as asleep:
        publisher = publisher_to(crowd, port, TEXT)
        with server(crowd.folder, port) as (process, _):
            pin(process.pid, SERVER_CORE)
            wait_until_it_answers(process, port)
            awake.ask("open", port, requests[stalled:])
            asleep.ask("open", port, requests[:stalled])
            os.kill(asleep.pid, signal.SIGSTOP)
            publisher.post_for(MESSAGES * GAP, GAP)
            begin = time.monotonic()
            process.terminate()
            status = process.wait(60)
            seconds = time.monotonic() - begin
        publisher.close()
        os.kill(asleep.pid, signal.SIGCONT)
        for crew in (awake, asleep):
            crew.ask("wait_until_all_left", 30)
        with server(crowd.folder, port) as (process, _):
            wait_until_it_answers(process, port)
            for crew in (awake, asleep):
                crew.ask("come_back")
            last = publisher.post()
            told = [check(crew, last) for crew in (awake, asleep)]
        publisher.close()
    return {
        "stopped after s": seconds,
        "status": status,
        "messages": last,
        "resets": sum(one["resets"] for one in told),
    }


def check(crew: Crew, last: int) -> dict[str, Any]:
    without = crew.ask("wait", last, 60)
    told: dict[str, Any] = crew.ask("told")
    if without or told["missed"] or told["twice"]:
        sys.exit(f"Not everybody has everything exactly once: {without=}, {told['missed']=}, {told['twice']=}")
    return told


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--readers", type=int, default=1000)
    options.add_argument("--stalled", type=int, default=50)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    main(chosen.readers, chosen.stalled, chosen.runs)
