"""Durable posts a second over HTTP, and how long one takes, with 1, 8 and 32 people who post as fast as they are answered.

    python benchmarks/post.py [SECONDS]

Every post that counts was on the disk before it was answered. The disk's own measure stands beside it: how often a second it
can sync one page. One client can never be faster than that; many share a sync.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx2
import trio
from running import report, server, wait_until_it_answers

API = "/api/v1"
SECONDS = 5.0
CLIENTS = (1, 8, 32)
TEXT = "A message of ordinary length, as people write them: one or two sentences, and no more than that."


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        syncs = syncs_a_second(Path(name) / "page")
        with server(Path(name) / "chat") as (process, port):
            wait_until_it_answers(process, port)
            tokens, topic = gather(Path(name) / "chat", port)
            rows = [
                row(clients, trio.run(measure, port, tokens[:clients], topic, seconds), seconds, syncs)
                for clients in CLIENTS
            ]
    report("post", f"Durable posts over loopback, {seconds:.0f} s each", rows, syncs_a_second=syncs)
    print(f"This disk syncs one page {syncs:,.0f} times a second.")  # noqa: T201


def row(clients: int, took: list[float], seconds: float, syncs: float) -> dict[str, Any]:
    cuts = quantiles(took, n=100)
    return {
        "clients": clients,
        "posts/s": len(took) / seconds,
        "p50 ms": cuts[49] * 1000,
        "p99 ms": cuts[98] * 1000,
        "posts per sync of this disk": len(took) / seconds / syncs,
    }


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


def gather(folder: Path, port: int) -> tuple[list[str], int]:
    """As many people as post at most, all in one group; their tokens, and the topic."""
    tokens = []
    with httpx2.Client(
        transport=httpx2.HTTPTransport(uds=str(folder / "admin.sock")), base_url="http://console"
    ) as console:
        for number in range(max(CLIENTS)):
            console.post(f"{API}/users", json={"username": f"person{number}"}).raise_for_status()
            made = console.post(f"{API}/users/person{number}/tokens", json={"name": "benchmark", "scope": "write"})
            tokens.append(made.json()["token"])
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        group = client.post(
            f"{API}/groups", json={"name": "Benchmark", "kind": "public"}, headers=bearer(tokens[0])
        ).json()
        for token in tokens[1:]:
            client.post(f"{API}/groups/{group['id']}/join", headers=bearer(token)).raise_for_status()
    return tokens, group["default_topic_id"]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def measure(port: int, tokens: list[str], topic: int, seconds: float) -> list[float]:
    """Seconds that each post took."""
    took: list[float] = []
    async with trio.open_nursery() as nursery:
        for token in tokens:
            nursery.start_soon(post_and_post, port, token, topic, seconds, took)
    return took


async def post_and_post(port: int, token: str, topic: int, seconds: float, took: list[float]) -> None:
    """One connection, one request after the other. Written by hand: a client library would take more time than the server."""
    body = json.dumps({"text": TEXT}).encode()
    head = f"POST {API}/topics/{topic}/messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    request = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    end = trio.current_time() + seconds
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        while trio.current_time() < end:
            began = trio.current_time()
            await stream.send_all(request)
            status = await read_answer(stream)
            if status != 201:
                sys.exit(f"A post was answered {status}.")
            took.append(trio.current_time() - began)


async def read_answer(stream: trio.SocketStream) -> int:
    """Read one answer with a content-length; its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive_some()
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    while len(rest) < length:
        rest += await stream.receive_some()
    return int(lines[0].split()[1])


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
