"""A small ASGI app with one path for each way in which an app can treat its peer."""

from __future__ import annotations

import trio
import trio.testing

PIECE = bytes(64 * 1024)
LARGE_PIECES = 40
HUGE_PIECES = 1024


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError(f"no {scope['type']} here")
    await PATHS.get(scope["path"], hello)(scope, receive, send)


async def answer(send, body, status=200):
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def hello(scope, receive, send):
    """Answers without a look at the body."""
    await answer(send, b"hello")


async def read(scope, receive, send):
    """Reads the body and answers its length."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    await answer(send, str(size).encode())


async def echo_host(scope, receive, send):
    await answer(send, dict(scope["headers"])[b"host"] + b" " + scope["path"].encode())


async def events(scope, receive, send):
    """A quiet live stream: one event, then nothing until the peer leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


async def beats(scope, receive, send):
    """A live stream that only ever writes, as one behind which the peer has pipelined bytes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    while True:
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
        await trio.sleep(0.02)


async def large(scope, receive, send, pieces=LARGE_PIECES):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(pieces):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def huge(scope, receive, send):
    """64 MiB, more than any socket buffer holds."""
    await large(scope, receive, send, HUGE_PIECES)


async def endless(scope, receive, send):
    """Sends and sends, and never looks whether anybody is there."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"more", "more_body": True})


async def sleeps(scope, receive, send):
    """Does not answer, and does not notice that its peer leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"wait", "more_body": True})
    await trio.sleep_forever()


async def breaks_off(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half of", "more_body": True})
    # Over HTTP/2 another task sends what was said so far.
    await trio.testing.wait_all_tasks_blocked()
    raise RuntimeError("in the middle of an answer")


async def fails(scope, receive, send):
    raise RuntimeError("before any answer")


PATHS = {
    "/read": read,
    "/host": echo_host,
    "/events": events,
    "/beats": beats,
    "/large": large,
    "/huge": huge,
    "/endless": endless,
    "/sleeps": sleeps,
    "/breaks-off": breaks_off,
    "/fails": fails,
}
