"""A form of several parts (RFC 7578) as it comes over the line: piece by piece, counted, and not slower than it may come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import NEED_DATA, Event, MultipartDecoder

from ..words.errors import Malformed, TooLarge, TooSlow

KIND = "multipart/form-data"
# Handed to the decoder at once, however much came.
SLICE = 16 * 1024
# What the decoder may hold: a slice, a boundary, and the head of a part. Of a head full of quotes and backslashes it reads a
# few hundred kilobytes a second, in which nobody else gets a turn.
MOST_HELD = 2 * SLICE
# RFC 2046, 5.1.1.
LONGEST_BOUNDARY = 70
# Whoever sends so slowly, on average and after a while, is on no line that still is one: a thousandth of a slow mobile network.
SLOWEST = 2_000  # bytes a second
PATIENCE = 30  # seconds

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Left(Exception):
    """Whoever sent it has gone before its end."""


class Body:
    """The bytes of a request. At most *most*; each piece is told to *count* before it is given."""

    def __init__(self, receive: Receive, most: int, count: Callable[[int], None]) -> None:
        self._receive = receive
        self._most = most
        self._count = count
        self._slices: list[bytes] = []
        self._seen = 0
        self._waited = 0.0
        self._more = True

    async def read(self) -> bytes | None:
        """The next bytes; None at the end. Raises TooLarge, TooSlow, Left, and what *count* does."""
        while not self._slices and self._more:
            message = await self._next()
            if message["type"] != "http.request":
                raise Left()
            data = message.get("body", b"")
            self._more = message.get("more_body", False)
            self._seen += len(data)
            if self._seen > self._most:
                raise TooLarge("That is more than may be sent at once.")
            self._count(len(data))
            self._slices = [data[place : place + SLICE] for place in range(0, len(data), SLICE)][::-1]
        return self._slices.pop() if self._slices else None

    async def _next(self) -> Mapping[str, Any]:
        """Only what its sender makes us wait counts: a disk may be slow, too."""
        begun = trio.current_time()
        with trio.move_on_after(PATIENCE + self._seen / SLOWEST - self._waited):
            message = await self._receive()
            self._waited += trio.current_time() - begun
            return message
        raise TooSlow()


class FormBody:
    """The parts of a form, as events of the decoder."""

    def __init__(self, content_type: str, body: Body) -> None:
        """Raises Malformed."""
        self._body = body
        boundary = parse_options_header(content_type)[1].get("boundary", "").encode("latin-1", "replace")
        if not 1 <= len(boundary) <= LONGEST_BOUNDARY:
            raise Malformed("This form does not say where its parts end.")
        self._decoder = MultipartDecoder(boundary, MOST_HELD, max_parts=100)

    async def next(self) -> Event:
        """Raises Malformed, and what `Body.read` does."""
        try:
            while (event := self._decoder.next_event()) is NEED_DATA:
                self._decoder.receive_data(await self._body.read())
        except HTTPException:
            raise TooLarge("This form has too many parts, or parts that are too long.") from None
        except (ValueError, AttributeError):
            raise Malformed("This form is not well-formed.") from None
        return event
