"""An internet on this machine: names, addresses and web servers, at the two edges where the fetcher goes out.

Whatever address is connected to, a server here answers, also at those that must never be connected to, so that nobody is kept from
them by accident. `connects` are all the addresses that were.
"""

from __future__ import annotations

import gzip
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from typing import Any

import httpcore2
import trustme
from PIL import Image

from convore_lite.fetcher import Fetcher

PUBLIC = "93.184.216.34"
PRIVATE = "192.168.1.10"
Answer = bytes | Callable[[socket.socket], None]


def html(body: str | bytes, kind: str = "text/html; charset=utf-8", *more: str) -> bytes:
    """An answer with a page."""
    return answer(body if isinstance(body, bytes) else body.encode(), f"content-type: {kind}", *more)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "connection: close", "", ""]
    return "\r\n".join(head).encode() + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"location: {to}", status=status)


def picture(width: int = 800, height: int = 400, kind: str = "PNG", **options: Any) -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, kind, **options)
    return data.getvalue()


def zipped(body: bytes) -> bytes:
    return html(gzip.compress(body), "text/html", "content-encoding: gzip")


class Internet:
    """*pages* are answers by ``host/path``; *names* the addresses of hosts, in turn where there are several answers."""

    def __init__(self, plain: int, secure: int, ca: trustme.CA) -> None:
        self.pages: dict[str, Answer] = {}
        self.names: dict[str, list[Sequence[str]]] = {}
        self.connects: list[str] = []
        self.requests: list[str] = []
        self.heads: list[bytes] = []
        self._ports = {80: plain, 443: secure}
        self._tls = ssl.create_default_context()
        ca.configure_trust(self._tls)

    def put(self, address: str, page: Answer) -> str:
        """Let ``host/path`` answer with something, at a public address; its URL."""
        self.pages[address] = page
        self.names.setdefault(address.partition("/")[0], [[PUBLIC]])
        return f"http://{address}"

    def fetcher(self, **options: Any) -> Fetcher:
        return Fetcher(resolve=self.resolve, network_backend=Wire(self), tls=self._tls, **options)

    async def resolve(self, host: str) -> Sequence[str]:
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def port(self, address: str, port: int) -> int:
        self.connects.append(address)
        return self._ports[port]

    def handle(self, peer: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := peer.recv(4096)):
                return
            head += more
        path = head.split(b" ", 2)[1].decode()
        host = next(line for line in head.decode().split("\r\n") if line.lower().startswith("host:"))[5:].strip()
        self.requests.append(f"{host}{path}")
        self.heads.append(head)
        page = self.pages.get(f"{host}{path}", answer(b"", status="404 Not Found"))
        if isinstance(page, bytes):
            peer.sendall(page)
        else:
            page(peer)


class Wire(httpcore2.TrioBackend):
    """Connects to the server here, whatever the address, and notes the address."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return await super().connect_tcp("127.0.0.1", self._internet.port(host, port), timeout, None, socket_options)


@cache
def certificates() -> tuple[trustme.CA, ssl.SSLContext]:
    """Made once: it takes longer than everything else here."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("secure.example").configure_cert(context)
    return ca, context


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


@contextmanager
def open_internet() -> Iterator[Internet]:
    """Port 443 has a certificate for secure.example, whatever host it is."""
    ca, context = certificates()
    internet: Internet

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # Whoever hangs up in the middle is no fault of the server.
            with suppress(OSError):
                if self.server is secure:
                    with context.wrap_socket(self.request, server_side=True) as peer:
                        internet.handle(peer)
                else:
                    internet.handle(self.request)

    with _Server(("127.0.0.1", 0), Handler) as plain, _Server(("127.0.0.1", 0), Handler) as secure:
        internet = Internet(plain.server_address[1], secure.server_address[1], ca)
        threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in (plain, secure)]
        for thread in threads:
            thread.start()
        try:
            yield internet
        finally:
            for server in (plain, secure):
                server.shutdown()
            for thread in threads:
                thread.join()
