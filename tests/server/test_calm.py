"""The log stays readable: peers and overload make one line a minute, never tracebacks by the second."""

from __future__ import annotations

import errno
import logging

import pytest
import trio

import convore_lite.server
from convore_lite.server.calm import REPEAT_AFTER, CalmLog

from . import apps
from .hostile import CLEARTEXT, get
from .peers import play, read_until

LOG = "convore_lite.server"


@pytest.fixture
def lines(caplog):
    """The messages logged since it was last called."""

    def lines():
        messages = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return messages

    return lines


async def test_a_sentence_is_repeated_once_a_minute(lines, autojump_clock):
    calm = CalmLog(logging.getLogger(LOG))
    for _ in range(3):
        for peer in range(100):
            calm.warning("A peer did %s", peer)
            calm.warning("Another thing")
        assert lines() == ["A peer did 0", "Another thing"]
        await trio.sleep(REPEAT_AFTER)


async def test_an_error_is_one_line_unless_somebody_is_debugging(caplog):
    logger = logging.getLogger(LOG)
    for level, tracebacks in ((logging.INFO, 0), (logging.DEBUG, 1)):
        with caplog.at_level(level, logger=LOG):
            CalmLog(logger).warning("It was %r", "this", error=ValueError("deep inside"))
        assert caplog.text.count("ValueError: deep inside") == tracebacks
        caplog.clear()


class Exhausted:
    """A listener in a process that has no descriptor left, for a while."""

    def __init__(self, refusals, then):
        self.refusals = refusals
        self.then = then

    async def accept(self):
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, "too many")
        if self.then is None:
            await trio.sleep_forever()
        stream, self.then = self.then, None
        return stream


async def test_running_out_of_descriptors_is_one_calm_line(lines, autojump_clock):
    welcomed = []
    stream = object()
    with trio.move_on_after(REPEAT_AFTER / 2):
        await convore_lite.server._accept(Exhausted(200, stream), welcomed.append, CalmLog(logging.getLogger(LOG)))
    assert welcomed == [stream]
    [line] = lines()
    assert line == "New connections have to wait: Too many open files. A higher limit helps (ulimit -n)."


async def test_another_error_of_the_listener_is_not_hidden():
    class Broken:
        async def accept(self):
            raise OSError(errno.EINVAL, "not listening")

    with pytest.raises(OSError, match="not listening"):
        await convore_lite.server._accept(Broken(), lambda stream: None, CalmLog(logging.getLogger(LOG)))


async def test_hostile_peers_are_not_worth_a_line(start, hasty, lines):
    server = await start()
    for row in CLEARTEXT:
        if "app" not in row.name:
            await play(row, await server.connect())
    assert await server.greets()
    assert lines() == []


async def test_an_unforeseen_error_costs_one_connection_and_one_line(start, hasty, lines, monkeypatch):
    async def surprise(self, request):
        raise KeyError("nobody thought of this " + "x" * 10_000)

    server = await start()
    async with await server.connect() as bystander:
        await bystander.send_all(get(b"/beats"))
        await read_until(bystander, b":")
        with monkeypatch.context() as patch:
            patch.setattr("convore_lite.server.connection.Http1._create_stream", surprise)
            for _ in range(3):
                async with await server.connect() as stream:
                    await stream.send_all(get())
                    assert await stream.receive_some() == b""
        assert await read_until(bystander, b":")
    assert await server.greets()
    [line] = lines()
    assert line.startswith("A connection was dropped: KeyError('nobody thought of this xxx")
    assert len(line) < 300


async def test_the_app_s_own_errors_are_logged_whole(start, lines, caplog):
    server = await start(apps.app)
    async with await server.connect() as stream:
        await stream.send_all(get(b"/breaks-off"))
        while await stream.receive_some():
            pass
    assert "in the middle of an answer" in caplog.text
    assert lines() == ["The app failed while answering GET '/breaks-off'"]
