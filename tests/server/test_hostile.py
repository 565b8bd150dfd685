"""One bad or vanished peer costs one connection: the server answers the next, and nothing is left of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from .hostile import CLEARTEXT, CLOSE, HTTP2, RESET, TLS_JUNK
from .peers import GREETING, SOON, in_use, is_back_at, is_hung_up_on, play, reset


@pytest.mark.parametrize("row", CLEARTEXT, ids=lambda row: row.name)
@pytest.mark.usefixtures("hasty")
async def test_cleartext_peers(row, start):
    server = await start()
    before = in_use()
    with trio.fail_after(SOON):
        assert await play(row, await server.connect()) == row.status
    assert await server.greets()
    assert await is_back_at(before)


@pytest.mark.parametrize("row", TLS_JUNK, ids=lambda row: row.name)
@pytest.mark.usefixtures("hasty")
async def test_peers_that_do_not_speak_tls(row, start, certificate):
    server = await start(tls=certificate)
    before = in_use()
    await play(row, await server.connect())
    assert await server.greets()
    assert await is_back_at(before)


@pytest.mark.parametrize("leaves", [CLOSE, RESET])
@pytest.mark.parametrize("frames", HTTP2, ids=lambda frames: frames.name)
@pytest.mark.usefixtures("hasty")
async def test_http2_peers(frames, leaves, start, certificate, tls_client):
    server = await start(tls=certificate)
    before = in_use()
    stream = await tls_client(server, "h2")
    try:
        assert await is_hung_up_on(stream, GREETING + frames.sends) == frames.serious
    finally:
        if leaves == RESET:
            reset(stream.transport_stream)
        await trio.aclose_forcefully(stream)
    assert await server.greets()
    assert await is_back_at(before)


def test_the_same_peers_harm_a_server_without_the_guard():
    expected = {
        "ws handshake and a byte": "killed",
        "ws protocol not ASCII": "killed",
        "pipelined behind a live stream": "leaked",
        "half a line": "harmless",
    }
    package = __package__.split(".")
    run = subprocess.run(
        [sys.executable, "-m", f"{__package__}.unguarded", *expected],
        cwd=Path(__file__).parents[len(package)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(run.stdout) == expected


async def test_the_crowd_of_all_peers_at_once(start, hasty):
    server = await start()
    before = in_use()

    async def peer(row):
        with trio.fail_after(SOON):
            await play(row, await server.connect())

    async with trio.open_nursery() as nursery:
        for row in CLEARTEXT:
            nursery.start_soon(peer, row)
    assert await server.greets()
    assert await is_back_at(before)
