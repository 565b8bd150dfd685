"""What a peer of the server can do: ask, wait for an answer, leave with or without a word."""

from __future__ import annotations

import os
import socket
import struct

import trio
from hyperframe.frame import Frame, GoAwayFrame, PingFrame, SettingsFrame

from .hostile import HALF, PREFACE, RESET, Row, frames_in

# Generous: only "does not hang" is meant.
SOON = 10
GREETING = PREFACE + SettingsFrame(0).serialize()
LAST_WORD = b"last one"


async def ask(stream, request: bytes) -> bytes:
    """Send *request* and read until the server closes."""
    with trio.fail_after(SOON):
        await stream.send_all(request)
        answer = b""
        while more := await stream.receive_some():
            answer += more
    return answer


async def read_until(stream, end: bytes) -> bytes:
    """Read until *end* was seen or nothing more comes."""
    seen = bytearray()
    with trio.fail_after(SOON):
        while end not in seen and (more := await stream.receive_some()):
            seen += more
    return bytes(seen)


def reset(stream: trio.SocketStream) -> None:
    """Leave without a word: the server sees a connection reset."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


async def play(row: Row, stream: trio.SocketStream) -> int | None:
    """Be the peer of *row*; returns the status that came back, if it waits for one."""
    try:
        await stream.send_all(row.sends)
        if row.leaves == HALF:
            await stream.send_eof()
        if row.status is None:
            return None
        line = await read_until(stream, b"\r\n")
        return int(line.split()[1]) if line else None
    finally:
        if row.leaves == RESET:
            reset(stream)
        await stream.aclose()


class Arriving:
    """The HTTP/2 frames that arrive on a stream."""

    def __init__(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
        self._stream = stream
        self._bytes = bytearray()
        self._frames: list[Frame] = []

    async def next(self, *kinds: type[Frame]) -> Frame | None:
        """The next frame of one of these *kinds*; None if the server hangs up before."""
        with trio.fail_after(SOON):
            while True:
                while self._frames:
                    if isinstance(frame := self._frames.pop(0), kinds):
                        return frame
                if not (more := await self._stream.receive_some()):
                    return None
                self._bytes += more
                self._frames += frames_in(self._bytes)


async def is_hung_up_on(stream: trio.SSLStream[trio.SocketStream], sends: bytes) -> bool:
    """Send frames; returns whether the server ends the connection rather than answer a last ping."""
    await stream.send_all(sends + PingFrame(0, LAST_WORD).serialize())
    return not isinstance(await Arriving(stream).next(GoAwayFrame, PingFrame), PingFrame)


def in_use() -> tuple[int, int]:
    """Tasks that live and descriptors that are open in this process."""
    return trio.lowlevel.current_statistics().tasks_living, len(os.listdir("/proc/self/fd"))


async def is_back_at(before: tuple[int, int], *, within: float = SOON) -> bool:
    """Wait until no more is in use than *before*. What never comes back is a leak, and then this is False."""
    with trio.move_on_after(within):
        while any(now > then for now, then in zip(in_use(), before, strict=True)):
            await trio.lowlevel.checkpoint()
        return True
    return False
