"""A server that is told to stop finishes what it can, and is gone within five seconds whatever its peers do."""

from __future__ import annotations

import socket

import pytest
import trio
from h2.errors import ErrorCodes
from hyperframe.frame import RstStreamFrame

import convore_lite.server
from convore_lite.server import connection

from . import apps
from .hostile import get, head, headers
from .peers import GREETING, SOON, Arriving, in_use, is_back_at, read_until

PROMISE = 5.0


@pytest.fixture
def patient(monkeypatch):
    """Nobody is ever cut off: what ends, ends by itself."""
    monkeypatch.setattr(convore_lite.server, "STOP_GRACE", 3600.0)


class Slow:
    """An app that answers *words* when it is told to, after it was asked *times*."""

    def __init__(self, words=b"in time", times=1):
        self.words = words
        self.asked = trio.Event()
        self.may_answer = trio.Event()
        self.times = times

    async def __call__(self, scope, receive, send):
        self.times -= 1
        if not self.times:
            self.asked.set()
        await self.may_answer.wait()
        await apps.answer(send, self.words)


async def test_all_kinds_of_peers_that_do_not_leave(start, certificate, tls_client):
    plain, secret = await start(), await start(tls=certificate)
    before = in_use()
    peers = [await plain.connect() for _ in range(6)]
    for peer, says in zip(
        peers, [b"", b"GET / HT", get(), get(b"/events"), get(b"/huge"), get(b"/huge") * 9], strict=True
    ):
        if says:
            await peer.send_all(says)
    for peer in peers[2:]:
        await read_until(peer, b"\r\n\r\n")
    silent = await secret.connect()
    stalled = await tls_client(secret)
    await stalled.send_all(get(b"/huge"))
    await read_until(stalled, b"\r\n\r\n")
    with trio.fail_after(PROMISE):
        plain.stop.set()
        secret.stop.set()
        await plain.ended.wait()
        await secret.ended.wait()
    for peer in (*peers, silent, stalled):
        await trio.aclose_forcefully(peer)
    assert await is_back_at(before)


async def test_an_app_that_only_sends_is_ended_too(start, monkeypatch):
    monkeypatch.setattr(convore_lite.server, "STOP_GRACE", 0.2)
    server = await start()
    async with await server.connect() as stream, trio.open_nursery() as nursery:
        await stream.send_all(get(b"/endless"))
        nursery.start_soon(read_until, stream, b"never")
        server.stop.set()
        with trio.fail_after(SOON):
            await server.ended.wait()


async def test_a_request_in_flight_is_finished(start, patient):
    app = Slow()
    server = await start(app)
    async with await server.connect() as stream:
        await stream.send_all(get())
        await app.asked.wait()
        server.stop.set()
        await no_longer_accepts(server)
        assert not server.ended.is_set()
        app.may_answer.set()
        with trio.fail_after(SOON):
            assert (await read_until(stream, b"in time")).startswith(b"HTTP/1.1 200")
            # And then the server does not wait for another.
            assert await stream.receive_some() == b""
            await server.ended.wait()


async def test_an_http2_request_in_flight_is_finished(start, certificate, http2_client, patient):
    app = Slow(bytes(500_000), times=3)
    server = await start(app, tls=certificate)
    answers = []

    async def one(http):
        answers.append(await http.get(server.url("/")))

    async with http2_client() as http:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(one, http)
            await app.asked.wait()
            server.stop.set()
            await no_longer_accepts(server)
            app.may_answer.set()
        assert [answer.content for answer in answers] == [app.words] * 3
        with trio.fail_after(SOON):
            await server.ended.wait()


async def test_a_new_http2_request_is_refused_so_that_it_can_be_repeated(start, certificate, tls_client):
    app = Slow()
    server = await start(app, tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        await stream.send_all(GREETING + headers(head(), 1))
        await app.asked.wait()
        server.stop.set()
        await no_longer_accepts(server)
        await stream.send_all(headers(head(), 3))
        refusal = await Arriving(stream).next(RstStreamFrame)
        app.may_answer.set()
    # RFC 9113, section 8.7: after this code a client knows that nothing was done.
    assert (refusal.stream_id, refusal.error_code) == (3, ErrorCodes.REFUSED_STREAM)


async def no_longer_accepts(server):
    with trio.fail_after(SOON), pytest.raises(OSError, match="all attempts to connect"):
        await come_and_go(server)


async def come_and_go(server):
    while True:
        await (await server.connect()).aclose()


async def test_idle_connections_are_not_waited_for(start, certificate, http2_client, patient):
    plain, secret = await start(), await start(tls=certificate)
    async with await plain.connect() as fresh, await plain.connect() as used, http2_client() as http:
        await used.send_all(get())
        await read_until(used, b"hello")
        await http.get(secret.url("/"))
        plain.stop.set()
        secret.stop.set()
        with trio.fail_after(SOON):
            await plain.ended.wait()
            await secret.ended.wait()
            assert await used.receive_some() == b""
            assert await fresh.receive_some() == b""


async def test_the_app_is_told_first_and_can_end_its_streams(start, patient):
    told = trio.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"live", "more_body": True})
        await told.wait()
        await send({"type": "http.response.body", "body": b"farewell", "more_body": False})

    def on_stop():
        # Refused if nobody listened any more.
        socket.create_connection(("127.0.0.1", server.port)).close()
        told.set()

    server = await start(app, on_stop=on_stop)
    async with await server.connect() as stream:
        await stream.send_all(get())
        await read_until(stream, b"live")
        server.stop.set()
        assert b"farewell" in await read_until(stream, b"0\r\n\r\n")
        with trio.fail_after(SOON):
            await server.ended.wait()


async def test_a_peer_that_comes_with_the_stop_is_not_forgotten(start, patient):
    server = await start()
    before = in_use()
    async with await server.connect():
        # The connection is waiting to be accepted, or just has been; either way it is no reason to stay.
        server.stop.set()
        with trio.fail_after(SOON):
            await server.ended.wait()
    assert in_use() <= before


async def test_stopping_before_anybody_came(start):
    server = await start()
    server.stop.set()
    with trio.fail_after(SOON):
        await server.ended.wait()


async def test_cancelling_the_server_does_not_wait_for_a_stalled_peer(monkeypatch):
    monkeypatch.setattr(connection, "WRITE_TIMEOUT", 3600.0)
    with trio.fail_after(SOON):
        async with trio.open_nursery() as nursery:
            listening = await nursery.start(run_until_cancelled)
            port = int(listening.addresses[0].rstrip("/").rpartition(":")[2])
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            await stream.send_all(get(b"/huge"))
            await read_until(stream, b"\r\n\r\n")
            nursery.cancel_scope.cancel()
    await trio.aclose_forcefully(stream)


async def run_until_cancelled(task_status):
    await convore_lite.server.serve(apps.app, binds=["127.0.0.1:0"], stop=trio.Event(), task_status=task_status)
