"""What the server and the process that holds the index say to each other: requests, and the answer to each.

A frame is its length in four bytes and then msgpack. Answers carry the number of their request; they may come in another order.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec
from msgspec import Struct

from ..words.search.documents import Change, Scope
from ..words.search.query import Clause, Sort

LENGTH = struct.Struct("<I")
# Far more than the largest batch: what claims to be longer is no frame of ours.
LONGEST = 256 * 1024 * 1024


class Purpose(Struct, frozen=True):
    """What an index is of: the history of one database, in words of some languages."""

    history: str
    languages: list[str]


class Open(Struct, frozen=True, tag="open"):
    """Open the index of a folder, if there is one that is whole and was made for that: *purpose*. Answer: State."""

    folder: str
    purpose: Purpose


class Search(Struct, frozen=True, tag="search"):
    """Answer: Found."""

    clauses: list[Clause]
    scope: Scope
    sort: Sort
    offset: int
    limit: int


class Count(Struct, frozen=True, tag="count"):
    """How many messages meet all clauses as they were typed. Answer: Found, without ids."""

    clauses: list[Clause]
    scope: Scope


class Names(Struct, frozen=True, tag="names"):
    """Topics of these groups whose name holds the words. Answer: Found, with ids of topics."""

    text: str
    groups: list[int]
    limit: int


class Holds(Struct, frozen=True, tag="holds"):
    """Which of these messages are in the index, and how many there are up to the message *newest*. Answer: Found."""

    messages: list[int]
    newest: int


class Apply(Struct, frozen=True, tag="apply"):
    """Bring the index that answers up to date, in one commit. Answer: State."""

    change: Change


class Begin(Struct, frozen=True, tag="begin"):
    """Begin a new index beside the one that answers, at *now* (milliseconds). Answer: State."""

    now: int


class Fill(Struct, frozen=True, tag="fill"):
    """Put more into the new index. Answer: State, at once: what is not committed yet comes with a later one."""

    change: Change


class Finish(Struct, frozen=True, tag="finish"):
    """The new index is whole, up to an event and a message: it answers from now on, and the old one goes. Answer: State."""

    event: int
    newest: int


class Verify(Struct, frozen=True, tag="verify"):
    """Compare every file with what was written. Answer: State, with *ready* false where one is damaged."""


Request = Open | Search | Count | Names | Holds | Apply | Begin | Fill | Finish | Verify


class State(Struct, frozen=True, tag="state"):
    """Does an index answer that is whole (*ready*), and up to which event and message?"""

    ready: bool
    event: int = 0
    newest: int = 0


class Found(Struct, frozen=True, tag="found"):
    """Ids, best first; how many there are in all; whether the index that was asked is whole; what stems were looked for.

    *inexact*: some do not meet what was typed. *doubtful* are the words that were also looked for with mistakes in them, and
    *unknown* those of them that are not there as they were typed.
    """

    ids: list[int]
    total: int
    whole: bool = True
    inexact: bool = False
    stems: list[str] = []
    doubtful: list[str] = []
    unknown: list[str] = []


class Failed(Struct, frozen=True, tag="failed"):
    """It did not work. *kind* is the class of what went wrong."""

    kind: str


Answer = State | Found | Failed


class Asked(Struct, frozen=True, array_like=True):
    number: int
    request: Request


class Answered(Struct, frozen=True, array_like=True):
    number: int
    answer: Answer


encode = msgspec.msgpack.Encoder().encode
decode_asked = msgspec.msgpack.Decoder(Asked).decode
decode_answered = msgspec.msgpack.Decoder(Answered).decode


def frame(content: bytes) -> bytes:
    return LENGTH.pack(len(content)) + content


def read_frame(source: BinaryIO) -> bytes | None:
    """The next frame; None at the end, also in the middle of one."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = source.read(length) if length <= LONGEST else b""
    return content if len(content) == length else None
