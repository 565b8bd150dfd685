"""The lines of an archive, one JSON object each: what an export writes and an import reads. docs/import-export.md describes them.

Rule: a line has one spelling, so that exporting what was imported gives the same bytes. Its fields stand in the order of the
classes below; people, groups, topics and messages go by their names, never by the ids of one server.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from .errors import BadInput
from .models import Count, GroupRole, Id, Time, UserKind, time_text, time_value

VERSION = 1

# Long enough for a message of 16 KiB in which every character is written as \u0000, with its names around it.
MAX_LINE_BYTES = 256 * 1024


# Bytes of a file in one line: in base64 they are a third more.
PART = 128 * 1024

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line."""

    kind: Literal["convore-lite"]
    version: int


class Line(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Any line after the header."""


class UserLine(Line, frozen=True, tag="user"):
    username: str
    name: str
    user_kind: UserKind
    created_at: Time


class GroupLine(Line, frozen=True, tag="group"):
    slug: str
    name: str
    group_kind: Literal["public", "private"]
    description: str
    creator: str
    created_at: Time


class TopicLine(Line, frozen=True, tag="topic"):
    """*default*: it is the topic that its group opens with."""

    group: str
    slug: str
    name: str
    creator: str
    created_at: Time
    resolved: bool
    locked: bool
    pinned: bool
    default: bool


class FileLine(Line, frozen=True, tag="file"):
    """A stretch of the bytes of a file, from *part* 0 to the *last*, in base64. What files are called is said by the messages."""

    sha256: Sha256
    part: Count
    last: bool
    data: bytes


class ArchivedFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a message, whose bytes are in lines before it."""

    name: str
    sha256: Sha256


class Reply(Struct, frozen=True, forbid_unknown_fields=True):
    """Which message is replied to: an earlier one of the same topic."""

    author: str
    client_id: str


class MessageLine(Line, frozen=True, tag="message", omit_defaults=True):
    """*text* is null where the message was deleted: what it said is gone, its place in the topic is not.

    *files* are only written where there are some.
    """

    group: str
    topic: str
    seq: Id
    author: str
    client_id: str
    text: str | None
    created_at: Time
    edited_at: Time | None
    reply_to: Reply | None
    files: list[ArchivedFile] = []


class MemberLine(Line, frozen=True, tag="member"):
    group: str
    username: str
    role: GroupRole
    joined_at: Time


AnyLine = UserLine | GroupLine | TopicLine | FileLine | MessageLine | MemberLine
# In the order in which they stand in a file: nothing is named before its own line.
KINDS = ("user", "group", "topic", "file", "message", "member")

_HEADER: msgspec.json.Decoder[Header] = msgspec.json.Decoder(Header)
_LINE: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)
_ENCODER = msgspec.json.Encoder()
HEADER = _ENCODER.encode(Header("convore-lite", VERSION)) + b"\n"


def kind_of(line: AnyLine) -> str:
    """The word that a line begins with: "user", "group" …"""
    return str(line.__struct_config__.tag)


def encode(line: AnyLine) -> bytes:
    """The line as it stands in a file, with its newline."""
    return _ENCODER.encode(line) + b"\n"


def check_header(raw: bytes) -> None:
    """Raises BadInput for a file that does not begin as ours do."""
    try:
        version = _HEADER.decode(raw).version
    except (ValueError, RecursionError):
        expected = HEADER.decode().rstrip()
        raise BadInput("", f"This is no export of convore-lite: the first line has to be {expected}") from None
    if version != VERSION:
        raise BadInput("version", f"this convore-lite reads version {VERSION}, the file has {version}")


def decode(raw: bytes) -> AnyLine:
    """Read one line of a file. Raises BadInput with one sentence for whoever wrote the line."""
    try:
        return _LINE.decode(raw)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$")
        raise BadInput(place.strip("`."), sentence[:1].lower() + sentence[1:]) from None
    except (ValueError, RecursionError):
        raise BadInput("", "is not well-formed JSON in UTF-8") from None


def moment(text: str, field: str) -> int:
    """A time of a line in milliseconds since 1970. It has one spelling, 2026-11-23T15:04:05.123Z. Raises BadInput."""
    try:
        value = time_value(text)
        if time_text(value) == text:
            return value
    except (ValueError, OverflowError):
        pass
    raise BadInput(field, "a time is written as in 2026-11-23T15:04:05.123Z")
