"""People who listen, in a process of their own: live streams of ours, or clients of Synapse's /sync.

Started by other measurements, as `python benchmarks/listeners.py KIND PORT`. Standard input brings the tokens, one a line, and an
empty line; "ready" is answered once everybody listens. Then "tell N" is answered with one line of JSON about all that came
since the last time, as soon as N deliveries are there, or after PATIENCE.

As cheap as Python allows, for it may not be what is measured: plain sockets, one selector, nothing parsed but what is needed.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from typing import Any, Protocol

from running import LOAD_CORE, pin
from synapse import CLIENT_API, FILTER_ID

# Whatever has not arrived this long after it was sent will not.
PATIENCE = 60
# Long polls are with the server this long after they were sent.
SETTLE = 1
# A post says when it was sent, on the clock that all processes of a machine share. Once in each event, whatever else quotes it.
SENT = re.compile(rb'"(?:text|body)":"sent=(\d+)')
NEXT = re.compile(rb'"next_batch":"([^"]+)"')
# Both servers end an answer this way, and no JSON has it inside.
END_OF_ANSWER = b"\r\n0\r\n\r\n"


def stamped(text: str) -> str:
    """A text that says when it was sent."""
    return f"sent={time.monotonic_ns()} {text}"


class Ended(Exception):
    """The server closed the connection of a listener."""


class Listener(Protocol):
    """One connection. *hear* is called when there is something to read; it gives the times at which what came was sent."""

    socket: socket.socket

    def hear(self) -> list[bytes]: ...


class Stream:
    """A live stream of ours."""

    def __init__(self, port: int, token: str) -> None:
        self.socket = connect(port)
        self.socket.sendall(request("/api/v1/live", token, "Accept: text/event-stream\r\n"))
        self._rest = b""
        while b"event: hello" not in self._rest:
            self._rest += receive(self.socket)

    def hear(self) -> list[bytes]:
        frames, _, self._rest = (self._rest + receive(self.socket)).rpartition(b"\n\n")
        return SENT.findall(frames)


class Sync:
    """A client that always has one long poll with Synapse."""

    def __init__(self, port: int, token: str) -> None:
        self.socket = connect(port)
        self._token, self._rest = token, b""
        self.socket.sendall(self._poll("timeout=0"))
        while not self._rest.endswith(END_OF_ANSWER):
            self._rest += receive(self.socket)
        self._ask_again()

    def hear(self) -> list[bytes]:
        self._rest += receive(self.socket)
        return SENT.findall(self._ask_again()) if self._rest.endswith(END_OF_ANSWER) else []

    def _ask_again(self) -> bytes:
        """The answer that was read, after asking for what comes next."""
        answer, self._rest = self._rest, b""
        if (place := NEXT.search(answer)) is None:
            sys.exit(f"A sync was answered {answer[:200]!r}.")
        self.socket.sendall(self._poll(f"timeout=30000&since={place[1].decode()}"))
        return answer

    def _poll(self, query: str) -> bytes:
        return request(f"{CLIENT_API}/sync?{query}&filter={FILTER_ID}", self._token)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def request(target: str, token: str, headers: str = "") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}\r\n".encode()


def receive(connection: socket.socket) -> bytes:
    if data := connection.recv(65536):
        return data
    raise Ended


class Listeners:
    """All who listen, on one selector."""

    def __init__(self, everybody: Sequence[Listener]) -> None:
        self._selector = selectors.DefaultSelector()
        for listener in everybody:
            self._selector.register(listener.socket, selectors.EVENT_READ, listener)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._expected: int | None = None
        self._deadline = 0.0
        self._begin()

    def _begin(self) -> None:
        self._took: list[float] = []
        self._ended = 0
        self._began, self._cpu = time.monotonic(), time.process_time()

    def run(self) -> None:
        """Listen, and tell about it when asked, until standard input ends."""
        while True:
            for key, _ in self._selector.select(0.1):
                if key.data is not None:
                    self._hear(key.data)
                elif not self._obey(sys.stdin.readline()):
                    return
            if self._expected is not None and (len(self._took) >= self._expected or time.monotonic() > self._deadline):
                self._tell()

    def _hear(self, listener: Listener) -> None:
        try:
            stamps = listener.hear()
        except (Ended, ConnectionError):
            self._selector.unregister(listener.socket)
            self._ended += 1
            return
        now = time.monotonic_ns()
        self._took += [(now - int(stamp)) / 1e6 for stamp in stamps]

    def _obey(self, line: str) -> bool:
        if line:
            self._expected, self._deadline = int(line.split()[1]), time.monotonic() + PATIENCE
        return bool(line)

    def _tell(self) -> None:
        busy = (time.process_time() - self._cpu) / (time.monotonic() - self._began)
        print(json.dumps({**summary(self._took), "ended": self._ended, "busy": busy}), flush=True)  # noqa: T201
        self._expected = None
        self._begin()


def summary(took: list[float]) -> dict[str, Any]:
    """How many deliveries, and the milliseconds that they took."""
    if len(took) < 2:
        return {"deliveries": len(took), "p50": None, "p99": None, "max": None}
    cuts = quantiles(took, n=100)
    return {"deliveries": len(took), "p50": cuts[49], "p99": cuts[98], "max": max(took)}


class Told:
    """The other end: what the listeners' process is asked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline() or sys.exit("The listeners have gone.")

    def tell(self, deliveries: int) -> dict[str, Any]:
        """What came since the last time. Waits for this many deliveries, but not for ever."""
        self.say(f"tell {deliveries}")
        return dict(json.loads(self.hear()))


@contextmanager
def listening(kind: str, port: int, tokens: Sequence[str]) -> Iterator[Told]:
    """A process in which the people with these *tokens* listen, each on a connection."""
    process = subprocess.Popen(
        [sys.executable, __file__, kind, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pin(process.pid, LOAD_CORE)
    told = Told(process)
    try:
        told.say(*tokens, "")
        told.hear()
        time.sleep(SETTLE)
        yield told
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(30)


def main(kind: str, port: int) -> None:
    tokens = list(iter(lambda: sys.stdin.readline().strip(), ""))
    kinds: dict[str, Callable[[int, str], Listener]] = {"stream": Stream, "sync": Sync}
    everybody = [kinds[kind](port, token) for token in tokens]
    print("ready", flush=True)  # noqa: T201
    Listeners(everybody).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
