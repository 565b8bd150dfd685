"""The server is told to stop while streams are open, some of them to readers that read nothing: it ends in time, in order,
and whoever comes back has missed nothing.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import trio

from .crowd import Listener, Speaker
from .process import API, ServerProcess, answer, make_members, server_process
from .test_kill import all_have_heard, all_listen, gather, last_event, said

# The server promises five seconds; a machine that does other things gets more. A reader that could hold it up would do so for 30.
IN_TIME = 15
STALLED = 5
# Together more than the kernel takes for a reader that does not read.
LONG_TEXTS = 150


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_in_time_and_nobody_misses_anything(tmp_path: Path, seed: int, number: signal.Signals) -> None:
    async with server_process(tmp_path / "chat") as server:
        speakers, listeners, _ = await gather(server, seed)
        async with trio.open_nursery() as listening:
            for listener in listeners:
                listening.start_soon(listener.listen, server)
            await all_listen(listeners)
            slow = (await make_members(server, ["slow"]))["slow"]
            with stalled_readers(server, slow) as stalled:
                await flood(server, slow)
                stop = trio.Event()
                async with trio.open_nursery() as speaking:
                    for speaker in speakers:
                        speaking.start_soon(speaker.speak, server, stop)
                    await some_are_said(speakers)
                    seconds = await told_to(number, server)
                    assert seconds < IN_TIME
                    await server.start()
                    await some_are_said(speakers)
                    stop.set()
                assert all(full(reader) for reader in stalled), "the stalled readers were not stalled"
            await all_have_heard(listeners, await last_event(server, speakers[0].token))
            listening.cancel_scope.cancel()
    for listener in listeners:
        numbers = [number for number, kind, _ in listener.heard if kind == "message_posted"]
        assert listener.resets == 0
        assert numbers == sorted(set(numbers))
        assert len(numbers) == said(speakers) + 1, "somebody missed something"


async def test_an_idle_server_ends_at_once(tmp_path: Path) -> None:
    async with server_process(tmp_path / "chat") as server:
        token = (await make_members(server, ["ann"]))["ann"]
        listener = Listener(token)
        async with trio.open_nursery() as listening:
            listening.start_soon(listener.listen, server)
            await all_listen([listener])
            await told_to(signal.SIGTERM, server)
            listening.cancel_scope.cancel()
    # Nothing is left but the database, and in it everything: no log to be folded in.
    assert {file.name for file in files(tmp_path / "chat")} == {"convore.db", "lock"}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


async def told_to(number: signal.Signals, server: ServerProcess) -> float:
    """Send a signal; the seconds until the server has ended, in order."""
    server.ready = trio.Event()
    began = trio.current_time()
    server.signal(number)
    assert await server.wait() == 0
    return trio.current_time() - began


async def some_are_said(speakers: list[Speaker]) -> None:
    enough = said(speakers) + 50
    with trio.fail_after(60):
        while said(speakers) < enough:
            await trio.sleep(0.005)


async def flood(server: ServerProcess, token: str) -> None:
    """Post so many long texts, in a group of one's own, that whoever does not read them is far behind."""
    async with server.client(token) as client:
        group = await answer(client.post(f"{API}/groups", json={"name": "Flood", "kind": "private"}))
        for number in range(LONG_TEXTS):
            body = {"text": f"{number} " + "long" * 3500, "client_id": f"long {number}"}
            await answer(client.post(f"{API}/topics/{group['default_topic_id']}/messages", json=body))


@contextmanager
def stalled_readers(server: ServerProcess, token: str) -> Iterator[list[socket.socket]]:
    """Streams of clients that never read a byte."""
    request = f"GET {API}/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with ExitStack() as closing:
        readers = [closing.enter_context(socket.socket()) for _ in range(STALLED)]
        for reader in readers:
            # As little room as the kernel allows, so that the server soon has none left either.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", server.port))
            reader.sendall(request)
        yield readers


def full(reader: socket.socket) -> bool:
    """Was there more to read than this reader had room for?"""
    return len(reader.recv(64 * 1024, socket.MSG_PEEK)) > 1024
