"""Read an archive and hand it to the API in batches, whatever its size.

Rule: nothing that grows with the number of messages is kept. What is remembered are the groups of the file, and topics that
were not taken: what belongs to a group or topic that was refused is refused too, so that it cannot end up in another of that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..words.archive import (
    MAX_LINE_BYTES,
    AnyLine,
    FileLine,
    GroupLine,
    MemberLine,
    MessageLine,
    TopicLine,
    check_header,
    decode,
    encode,
    kind_of,
)
from ..words.errors import BadInput, Refusal
from .console import Console
from .tally import Tally

# Lines in one batch: one transaction of some ten milliseconds, after some hundred for parsing.
BATCH_LINES = 250
# Bytes in one batch: with one more line, well below what the API takes in a body (1 MiB).
BATCH_BYTES = 512 * 1024
JSON = {"content-type": "application/json"}


class Outcome(Struct):
    outcome: str
    reason: str | None


class Outcomes(Struct):
    outcomes: list[Outcome]


@dataclass(frozen=True)
class Pending:
    """A line of the file that waits in a batch: as it will be *sent*, or the reason why it will not be."""

    number: int
    line: AnyLine | None = None
    sent: AnyLine | None = None
    reason: str = ""


class Importer:
    """Takes the lines of one file. *into* is the group that all topics go to, if not their own."""

    def __init__(self, console: Console, tally: Tally, *, into: str | None) -> None:
        self._console = console
        self._tally = tally
        self._into = into
        self._groups: set[str] = set()
        self._closed_topics: set[tuple[str, str]] = set()
        self._batch: list[Pending] = []
        self._kind: str | None = None
        self._bytes = 0

    async def take(self, number: int, raw: bytes) -> None:
        """The line with this number. Raises Refusal where the server cannot go on."""
        if len(self._batch) >= BATCH_LINES:
            await self.finish()
        try:
            line = decode_line(raw)
            await self._make_room(line, len(raw))
            placed = self._place(line)
        except BadInput as bad:
            self._batch.append(Pending(number, reason=bad.sentence))
            return
        if placed is None:
            self._tally.leave_out(kind_of(line))
            return
        self._batch.append(Pending(number, line, placed))
        self._bytes += len(raw)

    async def finish(self) -> None:
        """Send what waits. Raises Refusal."""
        sent = [pending.sent for pending in self._batch if pending.sent is not None]
        answers = iter(await self._send(sent) if sent else [])
        for pending in self._batch:
            if pending.line is None:
                self._tally.refuse(pending.number, pending.reason)
            else:
                self._note(pending.number, pending.line, next(answers))
        self._batch.clear()
        self._bytes = 0

    async def _make_room(self, line: AnyLine, size: int) -> None:
        """A batch has lines of one kind: texts mention people, and topics need groups, that came in before."""
        kind = kind_of(line)
        if kind != self._kind or self._bytes + size > BATCH_BYTES:
            await self.finish()
        self._kind = kind

    def _place(self, line: AnyLine) -> AnyLine | None:
        """The line as it goes in, or None for what `--into` leaves out. Raises BadInput."""
        if isinstance(line, GroupLine | MemberLine) and self._into is not None:
            return None
        if not isinstance(line, TopicLine | MessageLine | MemberLine):
            return line
        if self._into is None and line.group not in self._groups:
            raise BadInput("group", f"“{line.group[:40]}” has no line before this one, or that was refused")
        if isinstance(line, MessageLine) and (line.group, line.topic) in self._closed_topics:
            raise BadInput("topic", f"“{line.topic[:40]}” was refused")
        return line if self._into is None else replace(line, group=self._into)

    def _note(self, number: int, line: AnyLine, answer: Outcome) -> None:
        if answer.outcome == "refused":
            self._tally.refuse(number, answer.reason or "")
            if isinstance(line, TopicLine):
                self._closed_topics.add((line.group, line.slug))
            return
        if not isinstance(line, FileLine) or line.last:  # a file counts once, however many lines it has
            self._tally.count(kind_of(line), new=answer.outcome == "taken")
        if isinstance(line, GroupLine):
            self._groups.add(line.slug)

    async def _send(self, lines: list[AnyLine]) -> list[Outcome]:
        body = b'{"lines":[' + b",".join(encode(line) for line in lines) + b"]}"
        try:
            response = await self._console.send("POST", "/admin/import", content=body, headers=JSON)
        except Refusal as refusal:
            raise Refusal(
                f"{refusal.sentence} What came in before stays; the same command goes on from there."
            ) from None
        return msgspec.json.decode(response.content, type=Outcomes).outcomes


def decode_line(raw: bytes) -> AnyLine:
    """Raises BadInput."""
    if len(raw) > MAX_LINE_BYTES:
        raise BadInput("", f"is longer than {MAX_LINE_BYTES // 1024} KiB")
    return decode(raw)


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines after the header, with their numbers; of one that is far too long only the beginning. Raises BadInput at once."""
    check_header(file.readline(MAX_LINE_BYTES))
    return _lines_after_header(file)


def _lines_after_header(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 1
    while raw := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        yield number, raw
        while len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            raw = file.readline(MAX_LINE_BYTES + 1)
