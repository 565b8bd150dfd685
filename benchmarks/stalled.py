"""One listener who stops reading: what it costs the server, when it is dropped, what the others notice, and that nothing is lost.

    python benchmarks/stalled.py [--readers 200] [--runs 3] [--seconds 30]

Long messages are posted steadily, first with everybody awake and then with one listener that was stopped with SIGSTOP. After
SIGCONT it comes back with its place, and must have every message exactly once, or one `reset`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from crowd import Crowd, gather
from plots import Panel, draw
from publisher import Publisher, publisher_to
from readers import Crew, live_requests
from running import SERVER_CORE, pin, report, server, wait_until_it_answers
from watching import ESTABLISHED, rss, socket_state

# What the kernel keeps for a reader (some megabytes) and what the server keeps must be full well before the bound.
TEXT = "It was long, and it went on, and nobody had read it to its end. " * 60
GAP = 0.1
# A listener who takes nothing must be gone by then.
BOUND = 40.0
# About as long as the server takes to drop one, so that both times compare.
SECONDS = 30.0
LOOK = 0.1


@dataclass
class Watch:
    """The stalled connection and the server's memory, from SIGSTOP on: (seconds, resident bytes, bytes in the kernel)."""

    pid: int
    port: int
    remote: int
    seen: list[tuple[float, int, int]]
    bound: float = BOUND
    dropped: float | None = None

    def run(self) -> None:
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < self.bound and self.dropped is None:
            state, sending, _ = socket_state(self.port, self.remote)
            _, _, received = socket_state(self.remote, self.port)
            self.seen.append((passed, rss(self.pid), sending + received))
            if state != ESTABLISHED:
                self.dropped = passed
            time.sleep(LOOK)


def main(readers: int, runs: int, seconds: float) -> None:
    measured, seen = [], []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for number in range(runs):
            crowd = gather(Path(folder) / f"{number}", readers, TEXT)
            row, seen = measure(crowd, seconds)
            measured.append({"run": str(number + 1), **row})
    columns = [name for name in measured[0] if name != "run"]
    measured.append({"run": "median"} | {name: median(row[name] for row in measured) for name in columns})
    report(
        "stalled", f"One of {readers} listeners stops reading", measured, readers=readers, event_bytes=len(crowd.event)
    )
    begin = seen[0][1]
    lines = {
        "server": [(at, (resident - begin) / 2**20) for at, resident, _ in seen],
        "kernel": [(at, waiting / 2**20) for at, _, waiting in seen],
    }
    draw("stalled", [Panel("What waits for the one who is stopped, MiB", "seconds after SIGSTOP", lines)])


def measure(crowd: Crowd, seconds: float) -> tuple[dict[str, Any], list[tuple[float, int, int]]]:
    with server(crowd.folder) as (process, port), Crew() as others, Crew() as one:
        pin(process.pid, SERVER_CORE)
        wait_until_it_answers(process, port)
        requests, publisher = live_requests(port, crowd.tokens), publisher_to(crowd, port, TEXT)
        others.ask("open", port, requests[1:])
        (remote,) = one.ask("open", port, requests[:1], returning=True)
        publisher.post_for(seconds / 3, GAP)
        calm = rss(process.pid)
        # Looked at just as closely as later: looking costs the server something too.
        looking = Thread(target=Watch(process.pid, port, remote, [], bound=seconds).run)
        looking.start()
        quiet = publisher.post_for(seconds, GAP)
        looking.join()
        calm = rss(process.pid) - calm
        watch, during = stop_and_watch(process.pid, port, remote, one, publisher, len(quiet))
        back = wake(one, publisher)
        late = others.ask("wait", len(publisher.sent), 30)
        before, after = (others.ask("tell", publisher.times_of(numbers)) for numbers in (quiet, during))
        check(others.ask("told"), late)
    memory = [resident for _, resident, _ in watch.seen]
    row = {
        "dropped after s": watch.dropped if watch.dropped is not None else float("inf"),
        # Messages leave caches fuller, with nobody stalled as well.
        "server grew before KiB": calm / 1024,
        "and while stalled KiB": (max(memory) - memory[0]) / 1024,
        "kernel held KiB": max(waiting for _, _, waiting in watch.seen) / 1024,
        "p99 ms": before["p99 ms"],
        "p99 ms, one stalled": after["p99 ms"],
        "ratio": after["p99 ms"] / before["p99 ms"],
        "ratio from first": after["p99 from first ms"] / before["p99 from first ms"],
        **back,
    }
    return row, watch.seen


def stop_and_watch(
    pid: int, port: int, remote: int, one: Crew, publisher: Publisher, least: int
) -> tuple[Watch, list[int]]:
    """Stop that listener, and post until it is dropped, at least so many messages; what was posted meanwhile."""
    os.kill(one.pid, signal.SIGSTOP)
    watch, during = Watch(pid, port, remote, []), list[int]()
    watcher = Thread(target=watch.run)
    watcher.start()
    while watcher.is_alive() or len(during) < least:
        during += publisher.post_for(1, GAP)
    return watch, during


def wake(one: Crew, publisher: Publisher) -> dict[str, int]:
    """Let it go on; what it missed, and what it was told."""
    os.kill(one.pid, signal.SIGCONT)
    publisher.post_for(1, GAP)
    without = one.ask("wait", len(publisher.sent), 30)
    told = one.ask("told")
    if without or told["missed"] or told["twice"] or told["resets"] > 1:
        sys.exit(f"The one that was stopped did not get everything exactly once: {without=}, {told}")
    return {"came back": told["lost"], "resets": told["resets"]}


def check(told: dict[str, Any], late: int) -> None:
    if late or told["lost"] or told["missed"] or told["twice"]:
        sys.exit(f"The others did not get everything exactly once: {late=}, {told}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--readers", type=int, default=200)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=SECONDS)
    chosen = options.parse_args()
    main(chosen.readers, chosen.runs, chosen.seconds)
