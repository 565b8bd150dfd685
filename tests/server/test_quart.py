"""Quart-Trio apps run on this server without ASGI lifespan, and see their peers come and go."""

from __future__ import annotations

import httpx2
import pytest
import trio
from quart import make_response, request
from quart_trio import QuartTrio

import convore_lite.server

from .hostile import get, post
from .peers import SOON, in_use, is_back_at, read_until


@pytest.fixture
def left():
    return trio.Event()


@pytest.fixture
def app(left):
    app = QuartTrio(__name__)

    @app.get("/")
    async def home():
        return "home"

    @app.get("/thread")
    def thread():
        return "from a thread"

    @app.post("/form")
    async def form():
        files = await request.files
        return {"name": (await request.form)["name"], "size": len(files["file"].read())}

    @app.get("/fails")
    async def fails():
        raise RuntimeError("in a view")

    @app.get("/events")
    async def events():
        async def facts():
            try:
                yield b"data: 1\n\n"
                await trio.sleep_forever()
            finally:
                left.set()

        response = await make_response(facts(), {"Content-Type": "text/event-stream"})
        response.timeout = None
        return response

    return app


async def test_pages_forms_and_errors(start, app):
    server = await start(app)
    async with httpx2.AsyncClient(trust_env=False, timeout=SOON) as http:
        assert (await http.get(server.url("/"))).text == "home"
        assert (await http.get(server.url("/thread"))).text == "from a thread"
        assert (await http.get(server.url("/nowhere"))).status_code == 404
        assert (await http.get(server.url("/fails"))).status_code == 500
        answer = await http.post(server.url("/form"), data={"name": "Ann"}, files={"file": bytes(1_000_000)})
        assert answer.json() == {"name": "Ann", "size": 1_000_000}


async def test_over_http2(start, app, certificate, http2_client):
    server = await start(app, tls=certificate)
    async with http2_client() as http:
        assert (await http.get(server.url("/"))).text == "home"
        answer = await http.post(server.url("/form"), data={"name": "Ann"}, files={"file": bytes(1_000_000)})
        assert answer.json() == {"name": "Ann", "size": 1_000_000}


async def test_over_a_unix_socket(start, app, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    await start(app, binds=("unix:web.sock",))
    async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds="web.sock"), timeout=SOON) as http:
        assert (await http.get("http://convore/")).text == "home"


async def test_a_live_stream_ends_when_its_reader_leaves(start, app, left):
    server = await start(app)
    before = in_use()
    async with await server.connect() as stream:
        await stream.send_all(get(b"/events"))
        await read_until(stream, b"data: 1")
        assert not left.is_set()
    with trio.fail_after(SOON):
        await left.wait()
    assert await is_back_at(before)


async def test_a_live_stream_does_not_hold_up_the_stop(start, app, left, monkeypatch):
    monkeypatch.setattr(convore_lite.server, "STOP_GRACE", 0.1)
    server = await start(app)
    async with await server.connect() as stream:
        await stream.send_all(get(b"/events"))
        await read_until(stream, b"data: 1")
        server.stop.set()
        with trio.fail_after(SOON):
            await server.ended.wait()
    assert left.is_set()


async def test_an_uploader_that_vanishes(start, app, hasty):
    server = await start(app)
    before = in_use()
    for _ in range(5):
        async with await server.connect() as stream:
            await stream.send_all(post(b"/form", b"Content-Length: 1000000") + bytes(100_000))
    assert await server.greets(b"home")
    assert await is_back_at(before)
