"""Whoever posts: over one connection that is kept, at a steady pace, noting when each message was sent and answered."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crowd import API, TEXT, Crowd, bearer
from readers import MARK, NANO


@dataclass
class Publisher:
    """*sent* and *answered* are in ns of the monotonic clock, by the message's number. The first number is 1."""

    port: int
    path: str
    headers: dict[str, str]
    body: Callable[[int], bytes]
    sent: dict[int, int] = field(default_factory=dict)
    answered: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def post(self) -> int:
        """Post the next message; its number."""
        number = len(self.sent) + 1
        body = self.body(number)
        self.sent[number] = time.monotonic_ns()
        self._connection.request("POST", self.path, body, self.headers)
        answer = self._connection.getresponse()
        answer.read()
        self.answered[number] = time.monotonic_ns()
        # nchan says 202 where nobody listens.
        if answer.status not in (201, 202):
            sys.exit(f"A post was answered {answer.status}.")
        return number

    def post_for(self, seconds: float, gap: float) -> list[int]:
        """Post every *gap* seconds; the numbers of what was posted. A post that is late is not made up for."""
        numbers, begin = [], time.monotonic()
        for step in range(max(1, round(seconds / gap))):
            time.sleep(max(0.0, begin + step * gap - time.monotonic()))
            numbers.append(self.post())
        return numbers

    def answer_ms(self, numbers: list[int]) -> list[float]:
        return [(self.answered[number] - self.sent[number]) / NANO * 1000 for number in numbers]

    def times_of(self, numbers: list[int]) -> dict[int, int]:
        return {number: self.sent[number] for number in numbers}

    def close(self) -> None:
        self._connection.close()


def publisher_to(crowd: Crowd, port: int, text: str = TEXT) -> Publisher:
    """Posts to the group of this crowd."""
    headers = {**bearer(crowd.owner), "content-type": "application/json"}

    def body(number: int) -> bytes:
        return json.dumps({"text": f"{MARK.format(number)} {text}"}).encode()

    return Publisher(port, f"{API}/topics/{crowd.topic}/messages", headers, body)
