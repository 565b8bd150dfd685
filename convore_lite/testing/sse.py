"""A reader of server-sent events, written from the WHATWG's rules alone so that it can judge our own writer."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ServerSentEvent:
    event: str
    data: str
    id: str


class SseParser:
    """Feed it bytes as they come, cut anywhere; it gives the events that are complete (WHATWG HTML, 9.2.6)."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._started = self._skip_lf = False
        self._event, self._data, self._id = "", list[str](), ""
        self.last_id = ""
        self.retry: int | None = None
        self.comments = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        events = [self._line(line) for line in self._lines(self._decoder.decode(chunk))]
        return [event for event in events if event is not None]

    def _lines(self, text: str) -> Iterator[str]:
        """Complete lines. A CR at the end of a chunk ends its line at once; an LF that follows it belongs to it."""
        if not self._started and text:
            self._started, text = True, text.removeprefix("\ufeff")
        for character in text:
            if character == "\n" and self._skip_lf:
                self._skip_lf = False
            elif character in "\r\n":
                self._skip_lf = character == "\r"
                line, self._rest = self._rest, ""
                yield line
            else:
                self._skip_lf = False
                self._rest += character

    def _line(self, line: str) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        if name == "":
            self.comments += 1
        elif name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)

    def _dispatch(self) -> ServerSentEvent | None:
        # Not before: who is cut off between an id and its data comes back for them.
        self.last_id = self._id
        event, data = self._event or "message", self._data
        self._event, self._data = "", []
        return ServerSentEvent(event, "\n".join(data), self.last_id) if data else None
