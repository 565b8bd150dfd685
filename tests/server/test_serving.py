"""What well-meaning peers are owed: keep-alive, uploads, live streams, HTTP/2, and answers when the app fails."""

from __future__ import annotations

import logging
import re
from functools import partial

import h11
import httpx2
import priority
import pytest
import trio
import trio.testing
from hyperframe.frame import DataFrame, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

from convore_lite.server import connection, current_stream
from convore_lite.server.heads import HEAD_LIMIT

from . import apps
from .hostile import get, head, headers, post, reset, settings
from .peers import GREETING, SOON, Arriving, ask, in_use, is_back_at, is_hung_up_on, read_until


async def test_one_connection_serves_many_requests(start):
    server = await start()
    async with await server.connect() as stream:
        for _ in range(20):
            await stream.send_all(get())
            assert (await read_until(stream, b"hello")).startswith(b"HTTP/1.1 200")


async def test_pipelined_requests_are_answered_in_order(start):
    server = await start()
    async with await server.connect() as stream:
        await stream.send_all(get(b"/host") + get() + get(b"/host", b"Connection: close"))
        answers = await ask(stream, b"")
    assert re.findall(rb"\r\n\r\n(x /host|hello)", answers) == [b"x /host", b"hello", b"x /host"]


async def test_the_head_says_the_date_and_not_the_software(start):
    server = await start()
    async with await server.connect() as stream:
        answer = (await ask(stream, get(b"/", b"Connection: close"))).lower()
    assert b"\r\ndate: " in answer
    assert b"server:" not in answer
    assert b"hypercorn" not in answer


async def test_old_clients_get_an_answer_and_the_end(start):
    server = await start()
    async with await server.connect() as stream:
        assert (await ask(stream, b"GET / HTTP/1.0\r\n\r\n")).endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"http://other:99/host?q", b"other:99 /host"),
        (b"http://other/host", b"other /host"),
        (b"/host", b"x /host"),
    ],
)
async def test_the_absolute_form_of_a_target_names_the_host(start, target, expected):
    server = await start()
    async with await server.connect() as stream:
        assert (await ask(stream, get(target, b"Connection: close"))).endswith(expected)


async def test_an_upload_waits_for_100_continue(start):
    server = await start()
    async with await server.connect() as stream:
        await stream.send_all(post(b"/read", b"Content-Length: 5", b"Expect: 100-continue"))
        assert (await read_until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        await stream.send_all(b"hello")
        assert (await read_until(stream, b"\r\n\r\n5")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_upload_arrives_whole(start, chunked):
    server = await start()
    size = 20_000_000
    async with httpx2.AsyncClient(trust_env=False, timeout=SOON) as client:
        answer = await client.post(server.url("/read"), content=pieces(size) if chunked else bytes(size))
    assert answer.text == str(size)


async def test_a_large_answer_arrives_whole(start):
    server = await start()
    async with httpx2.AsyncClient(trust_env=False, timeout=SOON) as client:
        answer = await client.get(server.url("/large"))
    assert len(answer.content) == len(apps.PIECE) * apps.LARGE_PIECES


async def test_http2_over_tls(start, certificate, http2_client):
    server = await start(tls=certificate)
    before = in_use()
    async with http2_client() as client:
        answer = await client.get(server.url("/host"))
        assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
        assert answer.text.endswith(" /host")
        assert (await client.post(server.url("/read"), content=pieces(2_000_000))).text == "2000000"
        assert len((await client.get(server.url("/large"))).content) == len(apps.PIECE) * apps.LARGE_PIECES
        # An upload that nobody reads is answered all the same, and the connection stays in use.
        assert (await client.post(server.url("/"), content=bytes(1_000_000))).text == "hello"
        assert (await client.get(server.url("/"))).text == "hello"
    assert await is_back_at(before)


async def test_http2_offers_what_we_have(start, certificate, tls_client):
    server = await start(tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        await stream.send_all(GREETING)
        offered = (await Arriving(stream).next(SettingsFrame)).settings
    assert offered[SettingsFrame.MAX_HEADER_LIST_SIZE] == HEAD_LIMIT
    assert offered[SettingsFrame.MAX_CONCURRENT_STREAMS] == 100
    # That would be WebSockets (RFC 8441).
    assert not offered.get(SettingsFrame.ENABLE_CONNECT_PROTOCOL)


async def test_http1_over_tls(start, certificate, tls_client):
    server = await start(tls=certificate)
    for offers in ((), ("http/1.1",)):
        stream = await tls_client(server, *offers)
        async with stream:
            assert (await ask(stream, get(b"/", b"Connection: close"))).endswith(b"hello")


async def test_a_live_stream_outlasts_every_idle_time(start, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.2)
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.2)
    go_on = trio.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"second", "more_body": False})

    server = await start(app)
    async with await server.connect() as live:
        await live.send_all(get())
        await read_until(live, b"first")
        # Those who came later and say too little are cut off, one after the other, while the stream is quiet.
        for says in (b"", b"GET / HTTP", get()[:-2]):
            async with await server.connect() as stream:
                assert await ask(stream, says) == b""
        go_on.set()
        assert b"second" in await read_until(live, b"second")


async def test_an_idle_connection_is_closed_in_time(start, certificate, tls_client, monkeypatch):
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.2)
    plain, secret = await start(), await start(tls=certificate)
    async with await plain.connect() as stream:
        assert (await ask(stream, get())).endswith(b"hello")
    stream = await tls_client(secret, "h2")
    async with stream:
        answer = await ask(stream, GREETING + headers(head()))
    assert b"hello" in answer


async def test_the_end_of_an_answer_does_not_wait_for_the_app(start, monkeypatch):
    monkeypatch.setattr(connection, "CLOSE_GRACE", 3600.0)
    may_end = trio.Event()

    async def app(scope, receive, send):
        await apps.answer(send, b"all there is")
        await may_end.wait()

    server = await start(app)
    async with await server.connect() as stream:
        assert (await ask(stream, get(b"/", b"Connection: close"))).endswith(b"all there is")
        may_end.set()


async def test_a_head_in_drops_is_cut_off(start, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.2)
    server = await start()
    async with await server.connect() as stream:
        await stream.send_all(get())
        await read_until(stream, b"hello")
        # The time of a head begins with its first byte; sending more of it does not begin it again.
        with trio.fail_after(SOON), pytest.raises(trio.BrokenResourceError):
            await drip(stream)


async def test_a_peer_that_stops_reading_is_dropped(start, monkeypatch, hasty):
    monkeypatch.setattr(connection, "WRITE_TIMEOUT", 0.2)
    server = await start()
    before = in_use()
    async with await server.connect() as stalled:
        # Its own task and descriptor are not the server's.
        await stalled.send_all(get(b"/huge"))
        assert await is_back_at((before[0], before[1] + 1))
    assert await server.greets()


async def test_a_chunk_is_sent_whole_even_if_its_sender_is_cancelled(start):
    sender = trio.CancelScope()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with sender:
            await send({"type": "http.response.body", "body": bytes(20_000_000), "more_body": True})
        await send({"type": "http.response.body", "body": b"end", "more_body": False})

    server = await start(app)
    client = h11.Connection(h11.CLIENT)
    size = 0
    async with await server.connect() as stream:
        await stream.send_all(client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")])))
        client.receive_data(await read_until(stream, b"\r\n\r\n"))
        await trio.testing.wait_all_tasks_blocked()
        sender.cancel()
        with trio.fail_after(SOON):
            while not isinstance(event := client.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    client.receive_data(await stream.receive_some())
                elif isinstance(event, h11.Data):
                    size += len(event.data)
    assert sender.cancel_called
    assert size == 20_000_000 + len(b"end")


@pytest.mark.parametrize("window", [0, 10])
async def test_the_app_waits_for_a_peer_that_takes_little(start, certificate, tls_client, window):
    sent = 0

    async def app(scope, receive, send):
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": apps.PIECE, "more_body": True})
            sent += 1

    server = await start(app, tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        byte = WindowUpdateFrame(1, window_increment=1).serialize()
        assert not await is_hung_up_on(stream, GREETING + settings(window=window) + headers(head()) + byte)
        # Each of these lets one more byte through, for which the app must not be asked for 64 KiB.
        for _ in range(50):
            assert not await is_hung_up_on(stream, byte)
    assert 0 < sent < 5


async def test_the_app_sees_the_stream_of_its_peer(start, certificate, tls_client):
    seen = []

    async def app(scope, receive, send):
        seen.append(current_stream.get())
        await apps.answer(send, b"seen")

    plain = await start(app)
    async with await plain.connect() as stream:
        assert (await ask(stream, get(b"/", b"Connection: close"))).endswith(b"seen")
        assert isinstance(seen[0], trio.SocketStream)
        secret = await start(app, tls=certificate)
    stream = await tls_client(secret)
    async with stream:
        await ask(stream, get(b"/", b"Connection: close"))
    assert seen[1] is None
    assert current_stream.get() is None


async def test_an_app_that_fails_is_a_500_and_a_traceback_for_us(start, caplog):
    server = await start()
    async with await server.connect() as stream:
        await stream.send_all(get(b"/fails"))
        assert (await read_until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 500")
    [record] = caplog.records
    assert (record.name, record.levelno) == ("convore_lite.server", logging.ERROR)
    assert record.getMessage() == "The app failed while answering GET '/fails'"
    assert "before any answer" in caplog.text


async def test_an_answer_that_breaks_off_is_seen_to_be_incomplete(start, certificate, http2_client):
    plain, secret = await start(), await start(tls=certificate)
    async with httpx2.AsyncClient(trust_env=False) as http1, http2_client() as http2:
        with pytest.raises(httpx2.RemoteProtocolError):
            await http1.get(plain.url("/breaks-off"))
        with pytest.raises(httpx2.RemoteProtocolError):
            await http2.get(secret.url("/breaks-off"))
        # Only that one answer: the connection carries the next.
        assert (await http2.get(secret.url("/"))).text == "hello"


@pytest.fixture
def small_book(monkeypatch):
    """Hypercorn's book of streams has room for a thousand. A smaller one is full sooner."""
    monkeypatch.setattr(priority, "PriorityTree", partial(priority.PriorityTree, maximum_streams=10))


@pytest.mark.usefixtures("small_book")
async def test_answers_that_broke_off_are_forgotten(start, certificate, tls_client):
    server = await start(tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        await stream.send_all(GREETING)
        arriving = Arriving(stream)
        for number in range(1, 50, 2):
            await stream.send_all(headers(head(path=b"/breaks-off"), number))
            assert (await arriving.next(RstStreamFrame)).stream_id == number


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize("path", [b"/events", b"/huge"])
async def test_requests_that_were_taken_back_are_forgotten(start, certificate, tls_client, path):
    server = await start(tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        await stream.send_all(GREETING)
        arriving = Arriving(stream)
        for number in range(1, 50, 2):
            await stream.send_all(headers(head(path=path), number))
            while (await arriving.next(DataFrame)).stream_id != number:
                pass
            room = WindowUpdateFrame(0, window_increment=65535).serialize()
            await stream.send_all(reset(number) + room + PingFrame(0, bytes(8)).serialize())
            assert await arriving.next(PingFrame)


async def test_the_app_learns_that_its_peer_left(start):
    left = trio.Event()

    async def app(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        # As often as it asks: a framework may have two tasks that wait for it.
        assert (await receive())["type"] == "http.disconnect"
        left.set()

    server = await start(app)
    async with await server.connect() as stream:
        await stream.send_all(get())
    with trio.fail_after(SOON):
        await left.wait()


@pytest.mark.parametrize("path", [b"/sleeps", b"/endless"])
async def test_an_app_that_does_not_listen_is_ended_with_its_request(start, certificate, tls_client, hasty, path):
    server = await start(tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        assert not await is_hung_up_on(stream, GREETING)
        before = in_use()
        await stream.send_all(headers(head(path=path)))
        assert await Arriving(stream).next(DataFrame)
        assert in_use() > before
        # The connection stays, only this request is taken back.
        assert not await is_hung_up_on(stream, reset(1))
        assert await is_back_at(before)
        assert not await is_hung_up_on(stream, b"")


async def drip(stream):
    while True:
        await stream.send_all(b"a")
        await trio.sleep(0.01)


async def pieces(size):
    for _ in range(size // 100_000):
        yield bytes(100_000)
