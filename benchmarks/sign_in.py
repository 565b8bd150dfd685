"""Does the time of an answer tell whether there is an account? Wrong passwords for somebody, somebody closed, and nobody.

    python benchmarks/sign_in.py [--tries N]

They take turns, over one connection, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx2
from crowd import API, PASSWORD
from running import LOAD_CORE, SERVER_CORE, pin, report, server, wait_until_it_answers

TRIES = 200
# Milliseconds between the medians: what other requests of the same moment cost is more.
AIM = 5.0
KNOWN, CLOSED, UNKNOWN = "known", "closed", "unknown"


def main(tries: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "chat"
        with server(folder) as (process, port):
            pin(process.pid, SERVER_CORE)
            pin(os.getpid(), LOAD_CORE)
            wait_until_it_answers(process, port)
            make_accounts(folder)
            took = measure(f"http://127.0.0.1:{port}", tries)
    middle = {who: median(times) for who, times in took.items()}
    apart = {who: middle[who] - middle[KNOWN] for who in took}
    rows = [
        {"account": who, "median ms": middle[who], "from known ms": apart[who], "fastest ms": min(took[who])}
        for who in took
    ]
    report("sign_in", f"A wrong password, {tries} times each", rows, aim_ms=AIM)
    furthest = max(map(abs, apart.values()))
    print(f"{furthest:.2f} ms apart; the aim is less than {AIM:.0f}.")  # noqa: T201


def make_accounts(folder: Path) -> None:
    transport = httpx2.HTTPTransport(uds=str(folder / "admin.sock"))
    with httpx2.Client(transport=transport, base_url=f"http://console{API}") as console:
        for username in (KNOWN, CLOSED):
            console.post("/users", json={"username": username, "password": PASSWORD}).raise_for_status()
        console.post(f"/users/{CLOSED}/deactivate").raise_for_status()


def measure(url: str, tries: int) -> dict[str, list[float]]:
    """Milliseconds of each answer, by whose account it was."""
    took: dict[str, list[float]] = {KNOWN: [], CLOSED: [], UNKNOWN: []}
    with httpx2.Client(base_url=url, timeout=60) as stranger:
        for _ in range(tries):
            for username, times in took.items():
                guess = {"username": username, "password": "a wrong password"}
                began = time.perf_counter()
                answer = stranger.post(f"{API}/session", json=guess)
                times.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 401, answer.text
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=TRIES)
    main(parser.parse_args().tries)
