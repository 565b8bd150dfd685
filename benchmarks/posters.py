"""People who post: one connection each, one request after the other.

Written by hand: a client library would take more time than the server.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import trio
from crowd import API, TEXT
from listeners import stamped

END_OF_ANSWER = b"\r\n0\r\n\r\n"

# From a token and a text to the request that posts it.
Post = Callable[[str, str], bytes]


def in_topic(topic: int, token: str, text: str) -> bytes:
    """The request that posts *text* in a topic of ours."""
    body = json.dumps({"text": text}).encode()
    head = f"POST {API}/topics/{topic}/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True)
class Posted:
    """What a crowd of posters did: the seconds that each post took, and those that all of it took, up to the last answer."""

    took: list[float]
    seconds: float


def as_fast_as_answered(port: int, post: Post, tokens: Sequence[str], seconds: float) -> Posted:
    """Everybody posts again as soon as they are answered, for so long; then they wait for their last answer."""
    took: list[float] = []

    async def everybody() -> None:
        async with trio.open_nursery() as nursery:
            for token in tokens:
                nursery.start_soon(_post_again_and_again, port, post, token, seconds, took)

    began = time.monotonic()
    trio.run(everybody)
    return Posted(took, time.monotonic() - began)


def steadily(port: int, post: Post, token: str, posts: int, every: float) -> list[float]:
    """One posts so many times, *every* so many seconds but never before the last was answered; the seconds that each took."""
    return trio.run(_post_steadily, port, post, token, posts, every)


async def _post_again_and_again(port: int, post: Post, token: str, seconds: float, took: list[float]) -> None:
    end = trio.current_time() + seconds
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        while trio.current_time() < end:
            took.append(await _post_one(stream, post, token))


async def _post_steadily(port: int, post: Post, token: str, posts: int, every: float) -> list[float]:
    took = []
    due = trio.current_time()
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        for _ in range(posts):
            await trio.sleep_until(due)
            took.append(await _post_one(stream, post, token))
            due += every
    return took


async def _post_one(stream: trio.SocketStream, post: Post, token: str) -> float:
    began = trio.current_time()
    await stream.send_all(post(token, stamped(TEXT)))
    status = await read_answer(stream)
    if status not in (200, 201):
        sys.exit(f"A post was answered {status}.")
    return trio.current_time() - began


async def read_answer(stream: trio.SocketStream) -> int:
    """Read one answer, with a length or in chunks; its status. Raises EOFError where one is hung up on."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += await _receive(stream)
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")]
    while not (len(rest) >= lengths[0] if lengths else rest.endswith(END_OF_ANSWER)):
        rest += await _receive(stream)
    return int(lines[0].split()[1])


async def _receive(stream: trio.SocketStream) -> bytes:
    data = bytes(await stream.receive_some())
    if not data:
        raise EOFError("The server hung up.")
    return data
