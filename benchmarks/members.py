"""What a post costs in a group of 10,000 people of whom 10 are online, beside one in a group of just those 10.

    python benchmarks/members.py [--runs R] [--posts N] [--members M]

The same server, the same ten open streams, the same author: only the group differs, and they take turns. The server's own CPU time
is what counts; how long the author waits stands beside it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from crowd import API, bearer, fill, make_owner
from listeners import Told, listening
from plots import Panel, draw
from posters import in_topic, steadily
from running import LOAD_CORE, SERVER_CORE, pin, report, server, wait_until_it_answers
from watching import cpu_ns

ONLINE = 10
# A post in the large group may cost at most this many times what one in the small group costs.
AIM = 1.20
SMALL, LARGE = "small", "large"

Row = dict[str, Any]


def main(runs: int, posts: int, members: int) -> None:
    sizes = {SMALL: ONLINE, LARGE: members}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name) / "chat"
        owner, topics, online = gather(folder, members)
        with server(folder) as (process, port):
            pin(process.pid, SERVER_CORE)
            pin(os.getpid(), LOAD_CORE)
            wait_until_it_answers(process, port)
            with listening("stream", port, online) as told:
                for run in range(runs + 1):
                    measured = [
                        {
                            "group": group,
                            "members": sizes[group],
                            **measure(process.pid, port, topic, owner, told, posts),
                        }
                        for group, topic in topics.items()
                    ]
                    # The first run warms up.
                    rows += measured if run else []
    show(rows, runs=runs, posts=posts)


def gather(folder: Path, members: int) -> tuple[str, dict[str, int], list[str]]:
    """The token of the owner, a topic in each group, and the tokens of those who are online. The owner is one of them."""
    with server(folder) as (process, port):
        wait_until_it_answers(process, port)
        owner = make_owner(folder)
        groups = {group: make_group(port, owner, group) for group in (SMALL, LARGE)}
    tokens = fill(folder / "convore.db", groups[LARGE]["id"], members - 1)[: ONLINE - 1]
    with server(folder) as (process, port):
        wait_until_it_answers(process, port)
        for token in tokens:
            httpx2.post(
                f"http://127.0.0.1:{port}{API}/groups/{groups[SMALL]['id']}/join", headers=bearer(token)
            ).raise_for_status()
    return owner, {group: made["default_topic_id"] for group, made in groups.items()}, [owner, *tokens]


def make_group(port: int, owner: str, name: str) -> dict[str, Any]:
    made = httpx2.post(
        f"http://127.0.0.1:{port}{API}/groups", json={"name": name, "kind": "public"}, headers=bearer(owner)
    )
    return dict(made.raise_for_status().json())


def measure(pid: int, port: int, topic: int, owner: str, told: Told, posts: int) -> Row:
    """One author posts so many times, each as soon as the one before is answered. Everybody online must have all of them."""
    before = cpu_ns(pid)
    took = steadily(port, partial(in_topic, topic), owner, posts, 0)
    heard = told.tell(posts * ONLINE)
    spent = cpu_ns(pid) - before
    return {
        "CPU ms a post": spent / posts / 1e6,
        "p50 ms": median(took) * 1000,
        "delivery p50 ms": heard["p50"],
        "missing": posts * ONLINE - heard["deliveries"],
    }


def show(rows: list[Row], *, runs: int, posts: int) -> None:
    in_group = {group: [row for row in rows if row["group"] == group] for group in (SMALL, LARGE)}
    middle = [
        {key: same[0][key] if key in ("group", "members") else median(row[key] for row in same) for key in same[0]}
        for same in in_group.values()
    ]
    small, large = middle
    ratios = {column: large[column] / small[column] for column in ("CPU ms a post", "p50 ms")}
    report("members", f"{ONLINE} people online, {posts} posts, median of {runs}", middle, ratios=ratios, aim=AIM)
    lines: dict[str, list[tuple[float, float]]] = {
        f"{same[0]['members']:,} members": [(run, row["CPU ms a post"]) for run, row in enumerate(same, 1)]
        for same in in_group.values()
    }
    draw("members", [Panel("CPU of a post, ms", "run", lines)])
    for column, ratio in ratios.items():
        print(f"{column}: the large group's is {ratio:.2f} times the small one's; at most {AIM:.2f} is the aim.")  # noqa: T201


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--posts", type=int, default=500)
    options.add_argument("--members", type=int, default=10_000)
    main(**vars(options.parse_args()))
