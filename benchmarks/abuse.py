"""What twenty people notice of one who would do something two hundred times a second, against the limits that are always on.

    python benchmarks/abuse.py [--runs R] [--seconds S] [--rate N]

Twenty people post and read by turns, each once a second. Beside them somebody runs wild who has an account of their own, or guesses
at the password of another: in turns of some seconds, of which the first is nobody's. Each of their connections waits for
its answer, so a refusal that takes a moment slows them down.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import trio
from crowd import API, TEXT, Crowd, gather
from posters import read_answer
from running import LOAD_CORE, SERVER_CORE, pin, report, server, wait_until_it_answers

PEOPLE = 20
# Connections over which somebody runs wild: more would only wait for each other.
CONNECTIONS = 20
# Seconds before anything is measured: what is let through at once is there to be used, and may slow others down until it is over.
BURST = 5
# With somebody who runs wild, others may wait at most so many times as long.
AIM = 1.20
NOBODY = "nobody"

Row = dict[str, Any]
# From the topic and a token to a request.
Request = Callable[[int, str], bytes]


def request(line: str, token: str = "", body: object = b"", **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"{line} HTTP/1.1", "Host: localhost", f"Content-Length: {len(content)}"]
    head += [f"Authorization: Bearer {token}"] if token else []
    head += [
        f"{name.replace('_', '-')}: {value}" for name, value in ({"content_type": "application/json"} | headers).items()
    ]
    return "\r\n".join([*head, "", ""]).encode() + content


def post(topic: int, token: str) -> bytes:
    return request(f"POST {API}/topics/{topic}/messages", token, {"text": TEXT})


def read(topic: int, token: str) -> bytes:
    return request(f"GET {API}/topics/{topic}/messages?limit=50", token)


def search(topic: int, token: str) -> bytes:
    return request(f"GET {API}/search?q=ordinary+length", token)


def change(topic: int, token: str) -> bytes:
    return request(f"PUT {API}/topics/{topic}/level", token, {"level": "follow"})


def write_draft(topic: int, token: str) -> bytes:
    return request(f"PUT {API}/topics/{topic}/draft", token, {"text": TEXT, "revision": 0})


def send_file(topic: int, token: str) -> bytes:
    part = b'--end\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + os.urandom(10_000)
    return request(
        f"POST {API}/files", token, part + b"\r\n--end--\r\n", content_type="multipart/form-data; boundary=end"
    )


def guess(topic: int, token: str) -> bytes:
    return request(f"POST {API}/session", "", {"username": "owner", "password": "not this one"})


WILD: dict[str, Request] = {
    "posts": post,
    "changes": change,
    "drafts": write_draft,
    "reads": read,
    "searches": search,
    "files": send_file,
    "guesses": guess,
}


def main(runs: int, seconds: float, rate: float) -> None:
    took: dict[str, list[list[float]]] = {name: [] for name in (NOBODY, *WILD)}
    answered: Counter[tuple[str, int]] = Counter()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        crowd = gather(Path(name) / "chat", PEOPLE + len(WILD))
        with server(crowd.folder, limits={}) as (process, port):
            pin(process.pid, SERVER_CORE)
            pin(os.getpid(), LOAD_CORE)
            wait_until_it_answers(process, port)
            measure = partial(turn, crowd, port, seconds, rate)
            measure(NOBODY)  # warms up
            for _ in range(runs):
                for name in took:
                    waited, statuses = measure(name)
                    took[name].append(waited)
                    answered += Counter({(name, status): count for status, count in statuses.items()})
    show(took, answered, seconds=seconds, rate=rate)


def turn(crowd: Crowd, port: int, seconds: float, rate: float, name: str) -> tuple[list[float], Counter[int]]:
    """Some seconds beside one who runs wild, or nobody: what each of the others waited, and how the one was answered."""
    if name == NOBODY:
        return trio.run(people, port, crowd.topic, crowd.tokens[:PEOPLE], seconds), Counter()
    token = crowd.tokens[PEOPLE + list(WILD).index(name)]
    command = [sys.executable, __file__, "wild", name, port, crowd.topic, token, BURST + seconds, rate]
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE) as process:
        pin(process.pid, LOAD_CORE)
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        time.sleep(BURST)
        waited = trio.run(people, port, crowd.topic, crowd.tokens[:PEOPLE], seconds)
        return waited, Counter({int(status): count for status, count in json.loads(process.stdout.read()).items()})


async def people(port: int, topic: int, tokens: list[str], seconds: float) -> list[float]:
    """Everybody posts and reads by turns, once a second; what each waited from the time at which it was due."""
    waited: list[float] = []
    async with trio.open_nursery() as nursery:
        for place, token in enumerate(tokens):
            begin = trio.current_time() + place / len(tokens)
            nursery.start_soon(person, port, topic, token, begin, seconds, waited)
    return waited


async def person(port: int, topic: int, token: str, begin: float, seconds: float, waited: list[float]) -> None:
    asks = cycle((post, read))
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        for number in range(int(seconds)):
            due = begin + number
            await trio.sleep_until(due)
            await stream.send_all(next(asks)(topic, token))
            status = await read_answer(stream)
            if status not in (200, 201):
                sys.exit(f"One of the others was answered {status}.")
            waited.append(trio.current_time() - due)


async def run_wild(ask: bytes, port: int, seconds: float, rate: float) -> Counter[int]:
    """Send the same again and again; how it was answered."""
    statuses: Counter[int] = Counter()
    async with trio.open_nursery() as nursery:
        for place in range(CONNECTIONS):
            begin = trio.current_time() + place / rate
            nursery.start_soon(_again_and_again, ask, port, begin, CONNECTIONS / rate, seconds, statuses)
    return statuses


async def _again_and_again(
    ask: bytes, port: int, begin: float, every: float, seconds: float, statuses: Counter[int]
) -> None:
    due = begin
    while due < begin + seconds:
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            with suppress(EOFError, trio.BrokenResourceError):  # whoever is refused may be hung up on
                while due < begin + seconds:
                    await trio.sleep_until(due)
                    await stream.send_all(ask)
                    statuses[await read_answer(stream)] += 1
                    due = max(due + every, trio.current_time())


def show(took: dict[str, list[list[float]]], answered: Counter[tuple[str, int]], **how: float) -> None:
    """The median of the runs of each, and how many times as long as beside nobody the others waited."""
    rows: list[Row] = []
    for name, runs in took.items():
        p50, p99 = (median(quantiles(run, n=100)[cut] for run in runs) * 1000 for cut in (49, 98))
        alone = rows[0]["others' p99 ms"] if rows else p99
        rows.append(
            {
                "who runs wild": name,
                "answered": ", ".join(
                    f"{count} × {status}" for (who, status), count in answered.items() if who == name
                ),
                "others' p50 ms": p50,
                "others' p99 ms": p99,
                "times": p99 / alone,
            }
        )
    title = f"{PEOPLE} people beside one who would ask {how['rate']:g} times a second, {how['seconds']:g} s each"
    report("abuse", title, rows, aim=AIM, **how)


def wild(name: str, port: str, topic: str, token: str, seconds: str, rate: str) -> None:
    print("begun", flush=True)  # noqa: T201
    ask = WILD[name](int(topic), token)
    print(json.dumps(trio.run(run_wild, ask, int(port), float(seconds), float(rate))))  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1:2] == ["wild"]:
        wild(*sys.argv[2:])
    else:
        options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        options.add_argument("--runs", type=int, default=3)
        options.add_argument("--seconds", type=float, default=20)
        options.add_argument("--rate", type=float, default=200)
        main(**vars(options.parse_args()))
