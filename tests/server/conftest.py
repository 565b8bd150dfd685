"""A running server in the test's own nursery, and certificates for it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import httpx2
import pytest
import trio
import trustme

from convore_lite.server import Listening, connection, requests, serve

from . import apps
from .peers import SOON, ask


@dataclass
class Running:
    """One server, until its stop is set."""

    listening: Listening
    stop: trio.Event
    ended: trio.Event = field(default_factory=trio.Event)

    @property
    def port(self) -> int:
        return int(self.listening.addresses[0].rstrip("/").rpartition(":")[2])

    def url(self, path: str) -> str:
        scheme = self.listening.addresses[0].partition(":")[0]
        return f"{scheme}://localhost:{self.port}{path}" if scheme == "https" else f"http://127.0.0.1:{self.port}{path}"

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def greets(self, words: bytes = b"hello") -> bool:
        """Whether a newcomer gets an answer; asked in TLS if that is spoken here."""
        stream = await self.connect()
        if self.listening.addresses[0].startswith("https"):
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = trio.SSLStream(stream, context, https_compatible=True)
        async with stream:
            return (await ask(stream, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).endswith(words)


@pytest.fixture
def start(nursery):
    """`await start(app, **options)` runs a server on a free port, or on the binds given."""

    async def start(app=apps.app, *, binds=("127.0.0.1:0",), **options) -> Running:
        running = Running(Listening(()), trio.Event())

        async def run(task_status):
            await serve(app, binds=binds, stop=running.stop, task_status=task_status, **options)
            running.ended.set()

        running.listening = await nursery.start(run)
        return running

    return start


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def certificate(authority, tmp_path_factory):
    """Paths of a certificate for this machine and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("localhost", "127.0.0.1", "::1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "cert.pem", append=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls_client(authority):
    """`await tls_client(server, "h2")` connects and offers that protocol."""

    async def connect(server: Running, *protocols: str) -> trio.SSLStream[trio.SocketStream]:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        stream = trio.SSLStream(await server.connect(), context, server_hostname="localhost", https_compatible=True)
        await stream.do_handshake()
        return stream

    return connect


@pytest.fixture
def http2_client(authority):
    """`http2_client()` makes a client that speaks nothing but HTTP/2."""

    def client() -> httpx2.AsyncClient:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return httpx2.AsyncClient(verify=context, http2=True, http1=False, trust_env=False, timeout=SOON)

    return client


@pytest.fixture
def hasty(monkeypatch):
    """The moments that the server grants to peers and apps, made short."""
    monkeypatch.setattr(connection, "CLOSE_GRACE", 0.05)
    monkeypatch.setattr(requests, "CLOSE_GRACE", 0.05)
    monkeypatch.setattr(connection, "LINGER_TIME", 0.2)
