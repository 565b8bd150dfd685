"""An answer before all of the request has come: the connection cannot go on, and says so."""

from __future__ import annotations

import pytest

from .peers import read_until

HEAD = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


async def early(scope, receive, send):
    """Answers without a look at the body."""
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"no"})


async def late(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await early(scope, receive, send)


@pytest.mark.parametrize(("app", "body_first", "goes_on"), [(early, False, False), (late, True, True)])
async def test_a_connection_that_cannot_go_on_says_so(start, app, body_first, goes_on):
    server = await start(app)
    async with await server.connect() as stream:
        await stream.send_all(HEAD + (b"hello" if body_first else b""))
        answer = await read_until(stream, b"no")
        assert (b"connection: close" in answer.lower()) is not goes_on
        if goes_on:
            await stream.send_all(HEAD + b"hello")
            assert (await read_until(stream, b"no")).startswith(b"HTTP/1.1 403")
        else:
            await stream.send_all(b"hello")
            assert await stream.receive_some() == b""
