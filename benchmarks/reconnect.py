"""Everybody comes back at once after the server was killed, with something missed; meanwhile a stranger signs in.

    python benchmarks/reconnect.py [--clients 5000] [--runs 3]

The worst case: no client waits for its own random moment, as `retry:` would have it. The clock runs from the first connection that
the new server's kernel accepts until the last client has the greeting, all it missed, and a message that was posted after that.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

from crowd import API, PASSWORD, Crowd, gather
from plots import Panel, draw
from publisher import publisher_to
from readers import NANO, Crew, live_requests
from running import SERVER_CORE, free_port, pin, report, server, wait_until_it_answers
from watching import overflows

CLIENTS, RUNS = 5000, 3
MISSED = 20
# A stranger comes this often, whether the one before was answered or not. A password costs a twentieth of a second of a core:
# ten of them a second would be half of what is measured here.
EVERY = 0.25
# After this it has failed.
BOUND = 120.0
# Points of a curve; more are not to be seen.
POINTS = 200


@dataclass
class Strangers:
    """People who sign in with name and password, each over a connection of their own."""

    port: int
    stop: Event = field(default_factory=Event)
    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        everyone = []
        while not self.stop.wait(EVERY):
            everyone.append(Thread(target=self._sign_in))
            everyone[-1].start()
        for one in everyone:
            one.join()

    def _sign_in(self) -> None:
        begin = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND)
        body = json.dumps({"username": "owner", "password": PASSWORD})
        try:
            connection.request("POST", f"{API}/session", body, {"content-type": "application/json"})
            self.statuses[connection.getresponse().status] += 1
        except ConnectionRefusedError:
            # The server is not there yet: they have nothing to wait for.
            return
        except OSError:
            self.statuses[0] += 1
        finally:
            connection.close()
        self.took.append(time.monotonic() - begin)


def main(clients: int, runs: int) -> None:
    measured, curve = [], []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        crowd = gather(Path(folder) / "chat", clients)
        for number in range(runs):
            row, curve = measure(crowd)
            measured.append({"run": str(number + 1), **row})
    numbers = [name for name, value in measured[0].items() if isinstance(value, int | float)]
    report(
        "reconnect", f"{clients:,} clients come back at once", [*measured, middle(measured, numbers)], clients=clients
    )
    draw("reconnect", [Panel("Clients that are back", "seconds after the first connection", {"greeted": curve})])


def middle(rows: list[dict[str, Any]], numbers: list[str]) -> dict[str, Any]:
    return {name: median(row[name] for row in rows) if name in numbers else "" for name in rows[0]} | {"run": "median"}


def measure(crowd: Crowd) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    port = free_port()
    with Crew() as crew:
        publisher = publisher_to(crowd, port)
        with server(crowd.folder, port) as (process, _):
            pin(process.pid, SERVER_CORE)
            wait_until_it_answers(process, port)
            crew.ask("open", port, live_requests(port, crowd.tokens))
            crew.ask("wait", publisher.post(), 60)
            process.kill()
            crew.ask("wait_until_all_left", 30)
        publisher.close()
        with server(crowd.folder, port) as (process, _):
            wait_until_it_answers(process, port)
            missed = [publisher.post() for _ in range(MISSED)]
            process.kill()
        publisher.close()
        full = overflows()
        crew.ask("come_back")
        # On all cores, as it would be: while one works for those who come back, passwords are looked at on another.
        with server(crowd.folder, port) as (process, _):
            return watch(crew, publisher, port, missed[-1], full)


def watch(
    crew: Crew, publisher: Any, port: int, missed: int, full: int
) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    """From the herd's arrival until the last one is live again."""
    strangers = Strangers(port)
    signing_in = Thread(target=strangers.run)
    signing_in.start()
    without = crew.ask("wait", missed, BOUND)
    strangers.stop.set()
    signing_in.join()
    without = without or crew.ask("wait", publisher.post(), BOUND)
    told = crew.ask("told")
    begin = told["first_connection"]
    if without or any(told[name] for name in ("missed", "twice", "resets")):
        sys.exit(f"{without} clients are not back, or not with everything: {without=}, {summary(told)}")
    hellos = [(at - begin) / NANO for at in told["hellos"]]
    caught_up = [(at - begin) / NANO for at in crew.ask("received", missed)]
    row = {
        "greeted p50 s": median(hellos),
        "all greeted s": max(hellos),
        "all caught up s": max(caught_up),
        "all live s": (max(crew.ask("received", missed + 1)) - begin) / NANO,
        "statuses": as_text(told["statuses"]),
        "refused before": told["refused"],
        "cut": told["lost"],
        "queue full": overflows() - full,
        "sign-ins": len(strangers.took),
        "p50 ms": median(strangers.took) * 1000,
        "max ms": max(strangers.took) * 1000,
        "answers": as_text(strangers.statuses),
    }
    step = max(1, len(hellos) // POINTS)
    return row, [(hellos[number], number + 1.0) for number in range(0, len(hellos), step)]


def as_text(statuses: dict[int, int]) -> str:
    """What was answered how often; 0 is a connection that broke."""
    return ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))


def summary(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in ("hellos", "sample")}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, default=CLIENTS)
    options.add_argument("--runs", type=int, default=RUNS)
    chosen = options.parse_args()
    main(chosen.clients, chosen.runs)
