"""Many readers of a live stream, in a process of their own that is much cheaper than the server they read from.

One thread, epoll, and one read for each delivery. The same bytes come to every reader, so most deliveries are only compared with
the one before; what is not the same (pieces, several at once, a heartbeat) is taken apart as the protocols say.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import re
import select
import signal
import socket
import time
from array import array
from collections import Counter, defaultdict, deque
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from running import LOAD_CORE, pin

# Every message says which one it is; it must come to every reader once and in order.
MARK = "number {:08d}"
MARKED = re.compile(rb"number (\d{8})")
READ = 16384
# Connections in the making at a time, where they need not come all at once.
FEW = 100
# Seconds until a reader tries again to connect to a server that is not there.
AGAIN = 0.1
# Where a stream is.
AWAY, CONNECTING, ASKING, BEGUN, LIVE = range(5)
NANO = 1_000_000_000


class Reader:
    """One stream, and how much of it came."""

    __slots__ = ("chunked", "head", "number", "place", "raw", "request", "sock", "state", "text")

    def __init__(self, request: bytes, number: int) -> None:
        self.request = request
        self.sock: socket.socket | None = None
        self.number: int | None = number
        self.place = b""
        self.start_anew()

    def start_anew(self) -> None:
        self.state, self.chunked = AWAY, False
        self.raw = self.text = b""

    def take_head(self, data: bytes) -> int | None:
        """The status, once the whole head came."""
        self.raw += data
        head, found, rest = self.raw.partition(b"\r\n\r\n")
        if not found:
            return None
        self.raw, self.chunked = b"", b"transfer-encoding: chunked" in head.lower()
        self.state = BEGUN
        self.text = rest if not self.chunked else b""
        self.raw = rest if self.chunked else b""
        return int(head.split()[1])

    def take(self, data: bytes) -> list[bytes]:
        """The events that are whole now."""
        if self.chunked:
            self.raw += data
            self._unwrap()
        else:
            self.text += data
        *events, self.text = self.text.split(b"\n\n")
        return events

    def _unwrap(self) -> None:
        """Take off the chunks of HTTP/1.1 that are whole (RFC 9112, 7.1)."""
        while True:
            line, found, rest = self.raw.partition(b"\r\n")
            size = int(line, 16) if found else 0
            if not found or len(rest) < size + 2:
                return
            self.text += rest[:size]
            self.raw = rest[size + 2 :]


class Readers:
    """The readers of this process. Its methods are what `Crew.ask` can ask for."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.all: list[Reader] = []
        self.by_fd: dict[int, Reader] = {}
        self.port = 0
        self.returning = False
        self.waiting: deque[tuple[float, Reader]] = deque()
        self.times: dict[int, array[int]] = defaultdict(lambda: array("q"))
        self.statuses: Counter[int] = Counter()
        self.counts: Counter[str] = Counter()
        self.hellos = array("q")
        self.first_connection = 0
        self.heard = 0
        self.sample = b""
        # The delivery before: its bytes, its number and its place.
        self.known, self.known_number, self.known_place = b"", 0, b""

    # What can be asked for

    def open(self, port: int, requests: list[bytes], *, number: int = 0, returning: bool = False) -> list[int]:
        """Open a stream for each request, after the message of this number; when all have begun, the ports they come from."""
        self.port, self.returning = port, returning
        for start in range(0, len(requests), FEW):
            some = [Reader(request, number) for request in requests[start : start + FEW]]
            self.all += some
            for reader in some:
                self._connect(reader)
            self._until(lambda some=some: all(reader.state == LIVE for reader in some), 60)
        return [reader.sock.getsockname()[1] for reader in self.all if reader.sock]

    def settle(self, quiet: float, seconds: float) -> None:
        """Wait until nothing was heard for as long as *quiet*: what people tell each other who come is over."""
        self.heard = time.monotonic_ns()
        self._until(lambda: time.monotonic_ns() - self.heard > quiet * NANO, seconds)

    def wait(self, number: int, seconds: float) -> int:
        """Wait until everybody has this message; how many do not have it."""
        self._until(lambda: all(reader.number == number for reader in self.all), seconds)
        return sum(reader.number != number for reader in self.all)

    def wait_until_all_left(self, seconds: float) -> int:
        self._until(lambda: not self.by_fd, seconds)
        return len(self.by_fd)

    def come_back(self) -> None:
        """All at once, with the place of the last event that each has, and again where nobody answers."""
        self.returning, self.first_connection = True, 0
        self.hellos, self.statuses, self.counts = array("q"), Counter(), Counter()
        for reader in self.all:
            self._connect(reader)

    def tell(self, sent: dict[int, int]) -> dict[str, Any]:
        """From the sending of these messages to everybody's receipt, in ms."""
        took = sorted(received - at for number, at in sent.items() for received in self.times[number])
        firsts = {number: min(self.times[number]) for number in sent if self.times[number]}
        if not took:
            raise ValueError("No message came.")
        spread = sorted(received - first for number, first in firsts.items() for received in self.times[number])
        return {
            "deliveries": len(took),
            # Until the first has it the post is read, parsed and committed; from then on it is told.
            "first ms": median(first - sent[number] for number, first in firsts.items()) / 1e6,
            "p50 ms": took[len(took) // 2] / 1e6,
            "p99 ms": took[int(len(took) * 0.99)] / 1e6,
            "max ms": took[-1] / 1e6,
            "p99 from first ms": spread[int(len(spread) * 0.99)] / 1e6,
        }

    def told(self) -> dict[str, Any]:
        """Everything that was counted."""
        return {
            "live": sum(reader.state == LIVE for reader in self.all),
            "statuses": dict(self.statuses),
            "first_connection": self.first_connection,
            "hellos": list(self.hellos),
            "cpu": time.process_time_ns(),
            "sample": self.sample,
            **{name: self.counts[name] for name in ("lost", "missed", "twice", "resets", "refused")},
        }

    def received(self, number: int) -> list[int]:
        """When this message came, for each reader, in ns of the monotonic clock."""
        return list(self.times[number])

    # How it works

    def turn(self, seconds: float) -> None:
        """Take what comes, and wait no longer than this."""
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            self._connect(self.waiting.popleft()[1])
        by_fd, read, now = self.by_fd, os.read, time.monotonic_ns
        # What is the same for all is looked up once: this loop is what the load generator costs.
        known, number, place, before = self.known, self.known_number, self.known_place, self.known_number - 1
        came = self.times[number].append
        for fd, _ in self.epoll.poll(min(seconds, AGAIN) if self.waiting else seconds):
            reader = by_fd.get(fd)
            if reader is None:
                continue
            if reader.state == CONNECTING:
                self._connected(reader)
                continue
            try:
                data = read(fd, READ)
            except OSError:
                data = b""
            if (
                data == known
                and reader.number == before
                and reader.state == LIVE
                and not reader.raw
                and not reader.text
            ):
                came(now())
                reader.number, reader.place = number, place
            elif data:
                self._take(reader, data)
            else:
                self._lose(reader)

    def _until(self, done: Any, seconds: float) -> None:
        end, look = time.monotonic() + seconds, 0.0
        while time.monotonic() < end:
            # Looking costs as much as some deliveries.
            if time.monotonic() > look:
                if done():
                    return
                look = time.monotonic() + 0.02
            self.turn(0.02)

    def _connect(self, reader: Reader) -> None:
        reader.start_anew()
        reader.state = CONNECTING
        reader.sock = socket.socket()
        reader.sock.setblocking(False)
        reader.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.by_fd[reader.sock.fileno()] = reader
        if reader.sock.connect_ex(("127.0.0.1", self.port)) not in (0, errno.EINPROGRESS):
            self._refused(reader)
        else:
            self.epoll.register(reader.sock, select.EPOLLOUT)

    def _connected(self, reader: Reader) -> None:
        sock = reader.sock
        assert sock is not None
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._refused(reader)
            return
        self.first_connection = self.first_connection or time.monotonic_ns()
        place = b"Last-Event-ID: " + reader.place + b"\r\n" if reader.place else b""
        reader.state = ASKING
        try:
            sock.send(reader.request + place + b"\r\n")
        except OSError:
            self._lose(reader)
            return
        self.epoll.modify(sock, select.EPOLLIN)

    def _refused(self, reader: Reader) -> None:
        self.counts["refused"] += 1
        self._close(reader)
        self.waiting.append((time.monotonic() + AGAIN, reader))

    def _take(self, reader: Reader, data: bytes) -> None:
        self.heard = time.monotonic_ns()
        if reader.state == ASKING:
            status = reader.take_head(data)
            if status is None:
                return
            self.statuses[status] += 1
            if status != 200:
                self._close(reader)
                return
            data = b""
        fresh = not reader.raw and not reader.text
        events = reader.take(data)
        for event in events:
            self._hear(reader, event)
        if fresh and len(events) == 1 and not reader.raw and not reader.text and MARKED.search(events[0]):
            self.known, self.known_number, self.known_place = data, reader.number or 0, reader.place

    def _hear(self, reader: Reader, event: bytes) -> None:
        if event.startswith(b"id: "):
            reader.place = event[4 : event.index(b"\n")]
        if reader.state == BEGUN:
            reader.state = LIVE
            self.hellos.append(time.monotonic_ns())
        if found := MARKED.search(event):
            self.sample = event
            self._got(reader, int(found[1]))
        elif b"\nevent: reset\n" in event:
            self.counts["resets"] += 1
            reader.number = None

    def _got(self, reader: Reader, number: int) -> None:
        before = reader.number
        if before is not None and number <= before:
            self.counts["twice"] += 1
            return
        if before is not None and number != before + 1:
            self.counts["missed"] += number - before - 1
        reader.number = number
        self.times[number].append(time.monotonic_ns())

    def _lose(self, reader: Reader) -> None:
        """The server ended the stream, or died."""
        self.counts["lost"] += 1
        self._close(reader)
        if self.returning:
            self.waiting.append((time.monotonic() + AGAIN, reader))

    def _close(self, reader: Reader) -> None:
        reader.state = AWAY
        if reader.sock is not None:
            self.by_fd.pop(reader.sock.fileno(), None)
            reader.sock.close()
            reader.sock = None


class Crew:
    """Readers in a process of their own, from the outside."""

    def __init__(self) -> None:
        processes = multiprocessing.get_context("spawn")
        self._pipe, theirs = processes.Pipe()
        self._process = processes.Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        assert self._process.pid is not None
        self.pid = self._process.pid
        pin(self.pid, LOAD_CORE)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self._process.join()

    def ask(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Call a method of `Readers` over there, and wait for what it returns."""
        self._pipe.send((name, arguments, named))
        return self._pipe.recv()


def work(pipe: Connection) -> None:
    readers = Readers()
    readers.epoll.register(pipe.fileno(), select.EPOLLIN)
    while True:
        readers.turn(1)
        if pipe.poll():
            name, arguments, named = pipe.recv()
            pipe.send(getattr(readers, name)(*arguments, **named))


def live_requests(port: int, tokens: list[str]) -> list[bytes]:
    """One request for a live stream for each token, without its last line."""
    head = f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
    return [f"{head}Authorization: Bearer {token}\r\n".encode() for token in tokens]
