"""One message to many: how soon everybody has it, and what it costs. Beside the plain outlet, and nginx with nchan.

    python benchmarks/fanout.py [--sizes 100,1000,5000,10000] [--runs 3] [--seconds 10] [--only fast,plain,nchan]
                                [--folder DIR]
    python benchmarks/fanout.py --soak MINUTES [--sizes 10000]

Everybody listens to one group, each as another person. The clock runs from the sending of the request that posts to each
listener's receipt of the whole event; with ours that includes the sync to the disk, nchan keeps messages in memory only.
All get the same bytes. "From first" is from the first listener's receipt of a message on: what telling it takes, whatever the disk
does. Each run is a fresh server; the contestants take turns, and the table has the medians of the runs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from crowd import Crowd, gather
from nchan import HOW_TO_INSTALL, LISTEN, PUBLISH, is_here, nchan
from plots import Panel, draw
from publisher import Publisher, publisher_to
from readers import MARK, Crew, live_requests
from running import COMMAND, SERVER_CORE, pin, report, server, wait_until_it_answers
from watching import cpu_ns, rss

SIZES = "100,1000,5000,10000"
RUNS = 3
SECONDS = 10.0
# The pace is the same for all, and so slow that the slowest has given a message to everybody before the next one comes: the
# plain outlet takes 0.16 ms of a core for each listener. A queue of messages would measure the pace, not the server.
GAP_EACH = 0.00025
LEAST_GAP = 0.2
SOAK_GAP = 1.0
PLAIN = (sys.executable, Path(__file__).with_name("plain_server.py"))
FEWEST_ROUNDS = 3


@dataclass(frozen=True)
class Ready:
    """A contestant that runs: the process to watch, the requests of its listeners, and who posts to it."""

    pid: int
    port: int
    requests: list[bytes]
    publisher: Publisher


Contestant = Callable[[Crowd], AbstractContextManager[Ready]]


@contextmanager
def ours(crowd: Crowd, *command: str | Path) -> Iterator[Ready]:
    with server(crowd.folder, command=command) as (process, port):
        pin(process.pid, SERVER_CORE)
        wait_until_it_answers(process, port)
        yield Ready(process.pid, port, live_requests(port, crowd.tokens), publisher_to(crowd, port))


def fast(crowd: Crowd) -> AbstractContextManager[Ready]:
    return ours(crowd, COMMAND, "serve")


def plain(crowd: Crowd) -> AbstractContextManager[Ready]:
    return ours(crowd, *PLAIN)


@contextmanager
def beside(crowd: Crowd) -> Iterator[Ready]:
    """nchan, which is given the bytes that ours makes of a message."""

    def body(number: int) -> bytes:
        return crowd.event.replace(MARK.format(1), MARK.format(number)).encode()

    with tempfile.TemporaryDirectory() as folder, nchan(Path(folder)) as (pid, port):
        head = f"GET {LISTEN} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
        publisher = Publisher(port, PUBLISH, {"content-type": "application/json"}, body)
        yield Ready(pid, port, [head.encode()] * len(crowd.tokens), publisher)


CONTESTANTS: dict[str, Contestant] = {"fast": fast, "plain": plain, "nchan": beside}
NAMES = {"fast": "convore-lite", "plain": "plain outlet", "nchan": "nginx + nchan"}


def main(sizes: list[int], runs: int, seconds: float, only: list[str], place: Path) -> None:
    if "nchan" in only and not is_here():
        print(HOW_TO_INSTALL)  # noqa: T201
        only.remove("nchan")
    rows = [row for size in sizes for row in compare(size, runs, seconds, only, place)]
    title = f"From posting to receipt, medians of {runs} runs"
    report("fanout", title, [shown(row) for row in rows], runs=runs, seconds=seconds, everything=rows)
    draw("fanout", panels(rows))


def compare(size: int, runs: int, seconds: float, only: list[str], place: Path) -> list[dict[str, Any]]:
    """All contestants with this many listeners, in turns."""
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in only}
    with tempfile.TemporaryDirectory(dir=place) as folder:
        crowd = gather(Path(folder) / "chat", size)
        for _ in range(runs):
            for name in only:
                with CONTESTANTS[name](crowd) as ready:
                    measured[name].append(measure(ready, seconds))
                print(f"{size:6,} {NAMES[name]}: {measured[name][-1]['p99 ms']:.1f} ms")  # noqa: T201
    rows = [row(size, name, measured[name]) for name in only]
    return with_ratios(rows) if "nchan" in only else rows


def row(size: int, name: str, runs: list[dict[str, float]]) -> dict[str, Any]:
    middle = {column: median(run[column] for run in runs) for column in runs[0]}
    return {"listeners": size, "server": NAMES[name], **middle}


def with_ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    other = next(row for row in rows if row["server"] == NAMES["nchan"])
    for row in rows:
        row["CPU × nchan"] = row["µs each"] / other["µs each"]
        row["p99 × nchan"] = row["p99 ms"] / other["p99 ms"]
        row["from first × nchan"] = row["p99 from first ms"] / other["p99 from first ms"]
    return rows


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what only the file keeps."""
    return {name: value for name, value in row.items() if name not in ("deliveries", "load µs each")}


def gap_for(size: int) -> float:
    return max(LEAST_GAP, size * GAP_EACH)


def measure(ready: Ready, seconds: float) -> dict[str, float]:
    size, gap = len(ready.requests), gap_for(len(ready.requests))
    warm_up(ready)
    with Crew() as crew:
        before = rss(ready.pid)
        crew.ask("open", ready.port, ready.requests, number=len(ready.publisher.sent))
        crew.ask("settle", 1, 60)
        spent, load = cpu_ns(ready.pid), cpu_ns(crew.pid)
        numbers = ready.publisher.post_for(max(seconds, FEWEST_ROUNDS * gap), gap)
        late = crew.ask("wait", numbers[-1], 60)
        spent, load = cpu_ns(ready.pid) - spent, cpu_ns(crew.pid) - load
        taken = rss(ready.pid) - before
        told = crew.ask("tell", ready.publisher.times_of(numbers))
        check(crew.ask("told"), late, told["deliveries"], size * len(numbers))
    ready.publisher.close()
    return {
        **told,
        "answered ms": median(ready.publisher.answer_ms(numbers)),
        "µs each": spent / 1000 / told["deliveries"],
        "KiB each": taken / 1024 / size,
        "load µs each": load / 1000 / told["deliveries"],
    }


def warm_up(ready: Ready) -> None:
    """What a server loads with its first listener and its first message is not what a listener costs."""
    with Crew() as crew:
        crew.ask("open", ready.port, ready.requests[:10])
        crew.ask("wait", ready.publisher.post(), 10)


def check(told: dict[str, Any], late: int, deliveries: int, expected: int) -> None:
    """Everybody got everything exactly once, or there is nothing to report."""
    wrong = {name: told[name] for name in ("lost", "missed", "twice", "resets") if told[name]}
    if late or wrong or deliveries != expected:
        sys.exit(
            f"{deliveries:,} of {expected:,} messages came, {late} listeners have no last one; {wrong}, {told['statuses']}"
        )


def panels(rows: list[dict[str, Any]]) -> list[Panel]:
    """What is to be seen at a glance: how soon, and at what cost."""
    seen = [
        ("p99 ms", "Until 99 % have it, ms"),
        ("µs each", "CPU per delivery, µs"),
        ("KiB each", "Memory per stream, KiB"),
    ]
    names = list(dict.fromkeys(row["server"] for row in rows))
    return [
        Panel(
            title,
            "listeners",
            {name: [(row["listeners"], row[column]) for row in rows if row["server"] == name] for name in names},
            log=True,
        )
        for column, title in seen
    ]


def soak(size: int, minutes: float, place: Path) -> None:
    """All streams open for a long time, and a message every second."""
    with tempfile.TemporaryDirectory(dir=place) as folder, Crew() as crew:
        crowd = gather(Path(folder) / "chat", size)
        with fast(crowd) as ready:
            warm_up(ready)
            crew.ask("open", ready.port, ready.requests, number=len(ready.publisher.sent))
            crew.ask("settle", 1, 60)
            memory, numbers = [(0.0, rss(ready.pid))], list[int]()
            begin = time.monotonic()
            while time.monotonic() < begin + minutes * 60:
                numbers += ready.publisher.post_for(min(60, minutes * 60), SOAK_GAP)
                memory.append(((time.monotonic() - begin) / 60, rss(ready.pid)))
            crew.ask("wait", numbers[-1], 60)
            row = {"streams": size, "minutes": minutes, "messages": len(numbers)}
            row |= crew.ask("tell", ready.publisher.times_of(numbers))
            told = crew.ask("told")
    row |= {name: told[name] for name in ("lost", "missed", "twice", "resets")}
    row |= {"MiB at first": memory[0][1] / 2**20, "MiB at last": memory[-1][1] / 2**20}
    report("soak", "Streams that stay open", [row], memory=memory)
    draw("soak", [Panel("Memory of the server, MiB", "minutes", {"": [(at, size / 2**20) for at, size in memory]})])


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default=SIZES)
    options.add_argument("--runs", type=int, default=RUNS)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--only", default=",".join(CONTESTANTS))
    options.add_argument("--folder", type=Path, default=Path.cwd(), help="where the data are, for the time of the run")
    options.add_argument("--soak", type=float, metavar="MINUTES")
    chosen = options.parse_args()
    wanted = [int(size) for size in chosen.sizes.split(",")]
    if chosen.soak:
        soak(max(wanted), chosen.soak, chosen.folder)
    else:
        main(wanted, chosen.runs, chosen.seconds, chosen.only.split(","), chosen.folder)
