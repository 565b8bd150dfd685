"""Durable posts over HTTP beside Matrix Synapse: how many a second, how long one takes, and when those who listen have it.

    python benchmarks/post.py [--seconds S] [--runs R] [--listeners N] [--rate POSTS_A_SECOND] [--deliver POSTS]

Every post that counts was on the disk before it was answered; so it is with Synapse. The disk's own measure stands beside it:
how often a second it can sync one page. One client can never be faster than that; many share a sync.

Both servers are there all the time and are asked in turn. What is shown is the median of all runs.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import synapse
from crowd import gather
from listeners import Told, listening
from plots import Panel, draw
from posters import Post, Posted, as_fast_as_answered, in_topic, steadily
from running import LOAD_CORE, SERVER_CORE, pin, report, server, wait_until_it_answers

CLIENTS = (1, 8, 32)
# So many post as fast as they are answered while everybody listens.
CLIENTS_HEARD = 8
# Posts a second while the delivery is timed: so few that Synapse is done with one before the next comes.
RATE = 0.5
# So many posts are timed in a run; each is delivered to every listener.
POSTS = 20

Row = dict[str, Any]


@dataclass(frozen=True)
class Contender:
    """A server with people in one room: how they listen, and how they post."""

    name: str
    port: int
    kind: str
    tokens: list[str]
    post: Post


def main(seconds: float, runs: int, listeners: int, rate: float, deliver: int) -> None:
    people = max(listeners, *CLIENTS)
    posts: list[Row] = []
    deliveries: list[Row] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, ExitStack() as stack:
        syncs = syncs_a_second(Path(name) / "page")
        contenders = [stack.enter_context(ours(Path(name), people))]
        if synapse.is_installed():
            contenders.append(stack.enter_context(its(Path(name), people)))
        pin(os.getpid(), LOAD_CORE)
        for _ in range(runs):
            for contender in contenders:
                posts += [unheard(contender, clients, seconds) for clients in CLIENTS]
                with listening(contender.kind, contender.port, contender.tokens[:listeners]) as told:
                    deliveries.append(delivery(contender, told, listeners, rate, deliver))
                    posts.append(heard(contender, told, listeners, seconds))
    posts = medians(posts, "server", "listeners", "clients")
    deliveries = medians(deliveries, "server")
    ratios = compared(posts, deliveries)
    report(
        "post",
        f"Durable posts over loopback, {seconds:g} s each, median of {runs}",
        posts,
        syncs_a_second=syncs,
        ratios=ratios,
    )
    title = f"From sending a post to having it, {rate:g} posts/s to {listeners} listeners, median of {runs}"
    report("delivery", title, deliveries, listeners=listeners, rate=rate, ratios=ratios)
    draw("post", panels(posts, deliveries))
    for what, ratio in ratios.items():
        print(f"{what}: {ratio:.1f}")  # noqa: T201
    for each in deliveries:
        if each["p99 ms"] > 1000 / rate:
            print(f"{each['server']} was not done when the next post came: compare at a lower --rate.")  # noqa: T201
    print(f"This disk syncs one page {syncs:,.0f} times a second.")  # noqa: T201


@contextmanager
def ours(folder: Path, people: int) -> Iterator[Contender]:
    crowd = gather(folder / "chat", people)
    with server(crowd.folder) as (process, port):
        pin(process.pid, SERVER_CORE)
        wait_until_it_answers(process, port)
        yield Contender("convore-lite", port, "stream", crowd.tokens, partial(in_topic, crowd.topic))


@contextmanager
def its(folder: Path, people: int) -> Iterator[Contender]:
    with synapse.homeserver(folder / "synapse") as (process, port):
        pin(process.pid, SERVER_CORE)
        wait_until_it_answers(process, port, synapse.HEALTH)
        tokens, room = synapse.gather(port, people)
        yield Contender("Synapse", port, "sync", tokens, partial(synapse.post, room))


def unheard(contender: Contender, clients: int, seconds: float) -> Row:
    """Posts while nobody listens."""
    posted = as_fast_as_answered(contender.port, contender.post, contender.tokens[:clients], seconds)
    return row(contender, 0, clients, posted)


def heard(contender: Contender, told: Told, listeners: int, seconds: float) -> Row:
    """Posts while everybody listens. Ends when the last of them was delivered, so that the next measurement begins in quiet."""
    tokens = contender.tokens[:CLIENTS_HEARD]
    posted = as_fast_as_answered(contender.port, contender.post, tokens, seconds)
    told.tell(len(posted.took) * listeners)
    return row(contender, listeners, CLIENTS_HEARD, posted)


def delivery(contender: Contender, told: Told, listeners: int, rate: float, posts: int) -> Row:
    """From sending a post to its receipt by each listener, at a modest rate. The first post is not counted: it warms up."""
    for many in (1, posts):
        steadily(contender.port, contender.post, contender.tokens[0], many, 1 / rate)
        heard = told.tell(many * listeners)
    return {
        "server": contender.name,
        "p50 ms": heard["p50"],
        "p99 ms": heard["p99"],
        "max ms": heard["max"],
        "missing": posts * listeners - heard["deliveries"],
        "listeners' CPU %": heard["busy"] * 100,
    }


def row(contender: Contender, listeners: int, clients: int, posted: Posted) -> Row:
    cuts = quantiles(posted.took, n=100)
    return {
        "server": contender.name,
        "listeners": listeners,
        "clients": clients,
        "posts/s": len(posted.took) / posted.seconds,
        "p50 ms": cuts[49] * 1000,
        "p99 ms": cuts[98] * 1000,
    }


def medians(rows: list[Row], *keys: str) -> list[Row]:
    """One row for each of the combinations of *keys*, with the median of everything else."""
    kinds: dict[tuple[Any, ...], list[Row]] = {}
    for each in rows:
        kinds.setdefault(tuple(each[key] for key in keys), []).append(each)
    return [
        {key: same[0][key] if key in keys else median(each[key] for each in same) for key in same[0]}
        for same in kinds.values()
    ]


def compared(posts: list[Row], deliveries: list[Row]) -> dict[str, float]:
    """How many times better ours is than Synapse with people who listen. Empty where it was left out."""
    if len(deliveries) < 2:
        return {}
    mine, its_own = [each for each in posts if each["listeners"]]
    soon, late = deliveries
    return {
        "posts/s while listened to, times Synapse's": mine["posts/s"] / its_own["posts/s"],
        "delivery p50, Synapse's times ours": late["p50 ms"] / soon["p50 ms"],
        "delivery p99, Synapse's times ours": late["p99 ms"] / soon["p99 ms"],
    }


def panels(posts: list[Row], deliveries: list[Row]) -> list[Panel]:
    """How many, and how soon."""
    names = [each["server"] for each in deliveries]
    many: dict[str, list[tuple[float, float]]] = {
        name: [(each["clients"], each["posts/s"]) for each in posts if each["server"] == name and not each["listeners"]]
        for name in names
    }
    soon: dict[str, list[tuple[float, float]]] = {
        each["server"]: [(50, each["p50 ms"]), (99, each["p99 ms"]), (100, each["max ms"])] for each in deliveries
    }
    return [
        Panel("Durable posts a second", "clients, nobody listens", many, log=True),
        Panel("Until a listener has it, ms", "% of deliveries", soon),
    ]


def syncs_a_second(path: Path) -> float:
    """Overwrite and sync one page, again and again, for a second."""
    page, count = os.urandom(4096), 0
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    os.pwrite(descriptor, page, 0)
    os.fsync(descriptor)
    began = time.monotonic()
    while time.monotonic() < began + 1:
        os.pwrite(descriptor, page, 0)
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.monotonic() - began)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="how long each number of clients posts")
    parser.add_argument("--runs", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--rate", type=float, default=RATE, help="posts a second while the delivery is timed")
    parser.add_argument("--deliver", type=int, default=POSTS, help="posts whose delivery is timed, in each run")
    return parser.parse_args()


if __name__ == "__main__":
    main(**vars(arguments()))
