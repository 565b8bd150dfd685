"""Bodies over the limit: refused with 413 whether their length is told or not, kept nowhere, and nothing leaks."""

from __future__ import annotations

import json
import tracemalloc

import httpx2
import pytest
import quart
import trio
from h2.errors import ErrorCodes
from hyperframe.frame import DataFrame, RstStreamFrame
from quart_trio import QuartTrio

from convore_lite.routes.limits import BodyLimit
from convore_lite.server import connection, http2

from . import apps
from .hostile import data, head, headers, post
from .peers import GREETING, SOON, Arriving, ask, in_use, is_back_at, is_hung_up_on, read_until

LIMIT = 100_000
MANY = 50_000_000
PIECE = bytes(50_000)


async def pieces(size):
    for _ in range(size // len(PIECE)):
        yield PIECE


def client(**options):
    return httpx2.AsyncClient(trust_env=False, timeout=SOON, **options)


def assert_refused(answer, detail="A request body may have at most 100,000 bytes here."):
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": "Content Too Large", "status": 413, "detail": detail}


@pytest.mark.parametrize("chunked", [False, True])
async def test_the_limit_is_exact(start, chunked):
    server = await start(BodyLimit(apps.app, LIMIT))
    async with client() as http:
        whole = await http.post(server.url("/read"), content=pieces(LIMIT) if chunked else bytes(LIMIT))
        assert (whole.status_code, whole.text) == (200, str(LIMIT))
        assert_refused(await http.post(server.url("/read"), content=over(chunked)))


def over(chunked):
    async def one_more():
        yield bytes(LIMIT)
        yield b"!"

    return one_more() if chunked else bytes(LIMIT + 1)


async def test_some_paths_may_take_more(start):
    server = await start(BodyLimit(apps.app, 10, {"/re": 50, "/read": LIMIT, "/rea": 20}))
    async with client() as http:
        assert (await http.post(server.url("/read"), content=bytes(LIMIT))).text == str(LIMIT)
        assert_refused(
            await http.post(server.url("/other"), content=bytes(11)), "A request body may have at most 10 bytes here."
        )


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_refusal_closes_the_connection_and_leaks_nothing(start, hasty, chunked):
    server = await start(BodyLimit(apps.app, LIMIT))
    before = in_use()
    async with client() as http:
        answer = await http.post(server.url("/read"), content=pieces(MANY) if chunked else bytes(MANY))
    assert_refused(answer)
    assert answer.headers["connection"] == "close"
    assert await is_back_at(before)


async def test_nothing_of_a_refused_upload_is_kept(start):
    async def keeps(scope, receive, send):
        kept = []
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            kept.append(message["body"])
        await apps.answer(send, str(sum(map(len, kept))).encode())

    async def growth(limit):
        server = await start(BodyLimit(keeps, limit))
        async with client() as http:
            tracemalloc.start()
            answer = await http.post(server.url("/"), content=pieces(MANY))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return answer.status_code, peak

    # The measure sees an upload that is kept, so it would see one that should not be.
    status, peak = await growth(MANY)
    assert status == 200
    assert peak > MANY
    status, peak = await growth(LIMIT)
    assert status == 413
    assert peak < MANY / 10


async def test_a_client_that_looks_only_after_sending_everything_sees_the_answer(start):
    server = await start(BodyLimit(apps.app, LIMIT))
    async with await server.connect() as stream:
        await stream.send_all(post(b"/read", b"Content-Length: 20000000"))
        await stream.send_all(bytes(20_000_000))
        assert b"Content Too Large" in await read_until(stream, b"}")


async def test_a_slow_uploader_gets_its_answer_early_and_is_not_waited_for(start, hasty):
    server = await start(BodyLimit(apps.app, LIMIT))
    before = in_use()
    for request, body in (
        (post(b"/read", b"Content-Length: 1000000"), b"slow"),
        (post(b"/read", b"Transfer-Encoding: chunked"), b"f4240\r\n" + bytes(LIMIT + 1)),
    ):
        async with await server.connect() as stream:
            # It stays, and sends no more, until the server has had enough.
            assert (await ask(stream, request + body)).startswith(b"HTTP/1.1 413")
        assert await is_back_at(before)


async def test_an_uploader_that_never_stops_is_not_read_for_ever(start, monkeypatch):
    monkeypatch.setattr(connection, "LINGER_BYTES", 1_000_000)
    monkeypatch.setattr(connection, "LINGER_TIME", 3600.0)
    server = await start(BodyLimit(apps.app, LIMIT))
    before = in_use()
    async with await server.connect() as stream:
        await stream.send_all(post(b"/read", b"Content-Length: 999999999"))
        with trio.fail_after(SOON), pytest.raises(trio.BrokenResourceError):
            await flood(stream)
    assert await is_back_at(before)


async def flood(stream):
    while True:
        await stream.send_all(PIECE)


async def test_an_app_that_answers_without_reading(start, hasty):
    server = await start(BodyLimit(apps.app, MANY))
    before = in_use()
    async with client() as http:
        for content in (bytes(5_000_000), pieces(5_000_000)):
            assert (await http.post(server.url("/"), content=content)).text == "hello"
    assert await is_back_at(before)


async def test_an_app_that_has_begun_to_answer_is_broken_off(start, hasty):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.body", "body": b"all well", "more_body": False})

    server = await start(BodyLimit(app, LIMIT))
    before = in_use()
    async with await server.connect() as stream:
        await stream.send_all(post(b"/", b"Content-Length: 5") + b"hello")
        assert b"all well" in await read_until(stream, b"0\r\n\r\n")
    async with await server.connect() as stream:
        answer = await ask(stream, post(b"/", b"Transfer-Encoding: chunked") + b"f4240\r\n" + bytes(LIMIT + 1))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"all well" not in answer
    assert await is_back_at(before)


async def test_http2_uploads_are_counted_too(start, certificate, http2_client):
    server = await start(BodyLimit(apps.app, LIMIT), tls=certificate)
    before = in_use()
    async with http2_client() as http:
        for chunked in (False, True):
            assert_refused(await http.post(server.url("/read"), content=over(chunked)))
            assert_refused(await http.post(server.url("/read"), content=pieces(2_000_000)))
        # The connection is still good.
        assert (await http.post(server.url("/read"), content=bytes(LIMIT))).text == str(LIMIT)
    assert await is_back_at(before)


async def test_an_http2_uploader_that_never_stops_is_told_to(start, certificate, tls_client, monkeypatch):
    monkeypatch.setattr(http2, "LINGER_BYTES", 10_000)
    server = await start(BodyLimit(apps.app, LIMIT), tls=certificate)
    stream = await tls_client(server, "h2")
    async with stream:
        arriving = Arriving(stream)
        await stream.send_all(GREETING + headers(head(), end=False))
        assert (await arriving.next(DataFrame)).data == b"hello"
        # Some of it is still taken: there are clients that fail when they are told to stop.
        assert not await is_hung_up_on(stream, data(1, bytes(9_000)))
        await stream.send_all(data(1, bytes(9_000)))
        assert (await arriving.next(RstStreamFrame)).error_code == ErrorCodes.NO_ERROR


async def test_quart_behind_the_limit(start, hasty):
    app = QuartTrio(__name__)
    received = []

    @app.post("/")
    async def read():
        received.append(len(await quart.request.get_data()))
        return "read"

    server = await start(BodyLimit(app, LIMIT))
    before = in_use()
    async with client() as http:
        for chunked in (False, True):
            assert (await http.post(server.url("/"), content=pieces(LIMIT))).text == "read"
            assert_refused(await http.post(server.url("/"), content=over(chunked)))
            assert_refused(await http.post(server.url("/"), content=pieces(5_000_000)))
    assert received == [LIMIT, LIMIT]
    assert await is_back_at(before)


@pytest.mark.parametrize(
    "lengths",
    [(b"-1",), (b"+5",), (b"five",), (b"",), (b"5 ",), (b"1_0",), ("٥".encode(),), (b"9" * 5000,), (b"5", b"6")],
)
async def test_a_length_that_is_no_number_of_bytes(lengths):
    status, body = await call(BodyLimit(apps.app, LIMIT), [(b"Content-Length", length) for length in lengths])
    assert (status, body["status"], body["title"]) == (400, 400, "Bad Request")


async def test_the_same_length_twice_is_one_length():
    assert (await call(BodyLimit(apps.app, LIMIT), [(b"content-length", b"5")] * 2))[0] == 200


async def test_what_is_not_http_passes_through():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    everything = {"type": "lifespan"}, object(), object()
    await BodyLimit(app, LIMIT)(*everything)
    assert seen == [everything]


async def call(app, headers):
    """Ask *app* without a server; returns the status and the JSON of its answer, if it is JSON."""
    messages = []

    async def receive():
        return {"type": "http.request", "body": b"hello", "more_body": False}

    async def send(message):
        messages.append(message)

    await app({"type": "http", "path": "/", "headers": headers, "method": "POST"}, receive, send)
    start, end = messages
    return start["status"], json.loads(end["body"]) if end["body"].startswith(b"{") else {}
