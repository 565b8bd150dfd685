"""Every way in which a client can reach a live stream: which way out it gets, and that it hears and ends as the others do."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import h2.config
import h2.connection
import h2.events
import h11
import pytest
import trio
import trustme

from convore_lite.appliance import run_server
from convore_lite.routes.live import endpoint
from convore_lite.testing import Chat, LiveStream
from convore_lite.testing.streams import PATH, StreamEnded
from convore_lite.words.settings import Settings

AUTHORITY = trustme.CA()
BYTES = 65_536


@dataclass(frozen=True)
class Way:
    """How a client comes: by a unix socket, over TLS, with which version of HTTP; and how the server sends to it."""

    version: str = "1.1"
    unix: bool = False
    tls: bool = False
    outlet: str = "AsgiOutlet"


PLAIN = Way(outlet="SocketOutlet")
WAYS = {
    "plain": PLAIN,
    "tls": Way(tls=True),
    "http2": Way("2", tls=True),
    "unix": Way(unix=True),
    "http1.0": Way("1.0"),
}


class Http1Body:
    """The body of one HTTP/1 answer, piece by piece, by h11's rules. *whole* says that its end was well-formed."""

    def __init__(self, stream: trio.abc.Stream, version: str) -> None:
        self.whole = False
        self.framing: dict[bytes, bytes] = {}
        self._stream = stream
        self._version = version
        self._parser = h11.Connection(h11.CLIENT)

    async def ask(self, token: str) -> None:
        request = h11.Request(method="GET", target=PATH, headers=[("host", "x"), ("authorization", f"Bearer {token}")])
        head = self._parser.send(request) or b""
        self._parser.send(h11.EndOfMessage())
        await self._stream.send_all(head.replace(b"HTTP/1.1", b"HTTP/" + self._version.encode(), 1))
        response = await self._next()
        assert isinstance(response, h11.Response)
        assert response.status_code == 200
        self.framing = dict(response.headers)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        event = await self._next()
        self.whole = isinstance(event, h11.EndOfMessage)
        if not isinstance(event, h11.Data):
            raise StopAsyncIteration
        return bytes(event.data)

    async def _next(self) -> Any:
        while (event := self._parser.next_event()) is h11.NEED_DATA:
            self._parser.receive_data(await self._stream.receive_some(BYTES))
        return event


class Http2Body:
    """The body of one HTTP/2 answer."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.whole = False
        self._stream = stream
        self._parser = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._events: list[Any] = []

    async def ask(self, token: str) -> None:
        self._parser.initiate_connection()
        head = {":method": "GET", ":path": PATH, ":scheme": "https", ":authority": "localhost"}
        self._parser.send_headers(1, [*head.items(), ("authorization", f"Bearer {token}")], end_stream=True)
        response = await self._next(h2.events.ResponseReceived)
        assert dict(response.headers)[":status"] == "200"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        event = await self._next(h2.events.DataReceived, h2.events.StreamEnded, h2.events.StreamReset)
        self.whole = isinstance(event, h2.events.StreamEnded)
        if not isinstance(event, h2.events.DataReceived):
            raise StopAsyncIteration
        self._parser.acknowledge_received_data(event.flow_controlled_length, 1)
        return bytes(event.data)

    async def _next(self, *kinds: type) -> Any:
        while True:
            while self._events:
                if isinstance(event := self._events.pop(0), kinds):
                    return event
            await self._stream.send_all(self._parser.data_to_send())
            data = await self._stream.receive_some(BYTES)
            assert data, "the connection ended in the middle of the answer"
            self._events += self._parser.receive_data(data)


@dataclass
class Served:
    """A server that is reached in one way. People act in *chat* without it."""

    way: Way
    address: str
    chat: Chat

    @asynccontextmanager
    async def live(self, token: str) -> AsyncIterator[tuple[LiveStream, Http1Body | Http2Body]]:
        """A stream that has said hello, and its body."""
        async with await self._connect() as stream:
            body = Http2Body(stream) if self.way.version == "2" else Http1Body(stream, self.way.version)
            live = LiveStream(body)
            with trio.fail_after(20):
                await body.ask(token)
            live.hello = await live.next()
            yield live, body

    async def _connect(self) -> trio.abc.Stream:
        if self.way.unix:
            return await trio.open_unix_socket(self.address.removeprefix("unix:"))
        plain = await trio.open_tcp_stream("127.0.0.1", int(self.address.rstrip("/").rpartition(":")[2]))
        if not self.way.tls:
            return plain
        context = ssl.create_default_context()
        AUTHORITY.configure_trust(context)
        context.set_alpn_protocols(["h2" if self.way.version == "2" else "http/1.1"])
        secret = trio.SSLStream(plain, context, server_hostname="localhost", https_compatible=True)
        await secret.do_handshake()
        return secret


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    issued = AUTHORITY.issue_cert("localhost")
    folder = tmp_path_factory.mktemp("tls")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    return {"tls_cert": folder / "cert.pem", "tls_key": folder / "key.pem"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ways out of the streams that were opened."""
    names: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        make = getattr(endpoint, name)

        def note(*args: Any) -> Any:
            names.append(name)
            return make(*args)

        return note

    for name in ("SocketOutlet", "AsgiOutlet"):
        monkeypatch.setattr(endpoint, name, noting(name))
    return names


@pytest.fixture
def way() -> Way:
    return PLAIN


@pytest.fixture
async def served(
    way: Way, chat_folder: Path, certificate: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Served]:
    # The name of a unix socket may have 107 bytes, which temporary folders can exceed.
    monkeypatch.chdir(chat_folder.parent)
    bind = "unix:web.sock" if way.unix else "127.0.0.1:0"
    settings = Settings(data=Path("chat"), bind=(bind,), rate_limits=False, **(certificate if way.tls else {}))
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        running = await nursery.start(lambda task_status: run_server(settings, stop=stop, task_status=task_status))
        chat = Chat(running.appliance, "http://chat.test", in_memory=True)
        yield Served(way, running.listening.addresses[0], chat)
        await chat.close()
        stop.set()


async def rest_of(live: LiveStream) -> list[dict[str, Any]]:
    """What still comes before the end."""
    events = []
    try:
        while True:
            events.append(await live.next())
    except StreamEnded:
        return events


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_hears_and_ends_with_its_token(way: Way, served: Served, made: list[str]) -> None:
    ann, bob = [await served.chat.member(name) for name in ("ann", "bob")]
    group = await ann.create_group("Home lab")
    await bob.join(group["id"])
    bob = await served.chat.signed_in(bob)
    bot = await bob.call("POST", "/me/tokens", {"name": "bot", "scope": "read"})
    async with served.live(bot["token"]) as (live, body), served.live(bob.token) as (other, _):
        assert made == [way.outlet] * 2
        for text in ("one", "two" * 3000):
            await ann.post(group["default_topic_id"], text)
            assert (await live.next("message_posted"))["message"]["text"] == text
        await bob.call("DELETE", f"/me/tokens/{bot['id']}")
        await ann.post(group["default_topic_id"], "for those who may still hear it")
        assert await rest_of(live) == []
        assert body.whole
        assert live.retry
        told = [(await other.next("message_posted"))["message"]["text"] for _ in range(3)]
        assert told[-1] == "for those who may still hear it"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_the_stop_gives_what_waits_and_an_end(way: Way, served: Served, made: list[str]) -> None:
    ann = await served.chat.member("ann")
    group = await ann.create_group("Home lab")
    async with served.live(ann.token) as (live, body):
        assert made == [way.outlet]
        await ann.post(group["default_topic_id"], "the last")
        served.chat.appliance.app.hub.end_all()
        assert [event["message"]["text"] for event in await rest_of(live)] == ["the last"]
        assert body.whole
        assert live.retry


async def test_the_fast_way_is_a_body_in_chunks(served: Served, made: list[str]) -> None:
    """What it writes itself fits between the head and the end that the server writes, and the connection can go on."""
    ann = await served.chat.member("ann")
    async with served.live(ann.token) as (live, body):
        assert isinstance(body, Http1Body)
        assert made == ["SocketOutlet"]
        assert body.framing[b"transfer-encoding"] == b"chunked"
        served.chat.appliance.app.hub.end_all()
        assert await rest_of(live) == []
        assert body.whole
        body._parser.start_next_cycle()
        with trio.fail_after(20):
            await body.ask(ann.token)
        again = LiveStream(body)
        assert (await again.next())["kind"] == "hello"
        served.chat.appliance.app.hub.end_all()
        assert await rest_of(again) == []
        assert body.whole
        assert made == ["SocketOutlet"] * 2
