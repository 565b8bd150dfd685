"""The rows of a log: which message begins a day, which is the first new one, which goes on the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from ...words.models import File, Message, Preview, Reaction, User

# Within this time, a second message of the same author stands below the first without a face and a name.
SAME_BREATH = timedelta(minutes=5)


# The message whose fields fill the page's <template>: every one of them is replaced by the script.
BLANK = Message(
    id=0,
    group_id=0,
    topic_id=0,
    seq=0,
    author=User(id=0, username="", name=""),
    text="",
    nodes=msgspec.Raw(b"[]"),
    html="",
    created_at="1970-01-01T00:00:00.000Z",
    edited_at=None,
    deleted=False,
    reply_to=None,
    files=[],
    reactions=[],
    previews=[],
    stars=0,
    client_id="",
)
BLANK_REACTION = Reaction("", [])
BLANK_FILE = File(id=0, name="", media_type="", size=0, width=1, height=1, url="", thumb_url="")
BLANK_PREVIEW = Preview(0, "", "", "", "", None)


class Row(NamedTuple):
    """A message and how it stands among the others.

    *gone* counts the deleted messages that its line stands for: the first of several in a row speaks for all of them.
    """

    message: Message
    day: bool
    new: bool
    again: bool
    mentions_me: bool
    mine: bool
    gone: int


def arrange(messages: Sequence[Message], me: int, read_seq: int | None, alerts: Set[int] = frozenset()) -> list[Row]:
    """The rows of *messages*, oldest first, as *me* sees them who has read up to *read_seq* (None: no line says so).

    *alerts* are the ids of those that hold one of their words: they stand out like those that name them.
    The script does the same for what comes later, in the reader's own zone (web/src/model/thread.ts): change both.
    """
    rows: list[Row] = []
    before: Message | None = None
    first_new = None if read_seq is None else _first_new(messages, me, read_seq)
    for message in messages:
        if message.undone:  # as if it were not there
            rows.append(Row(message, False, False, False, False, False, 0))
            continue
        day = before is None or begins_day(before, message)
        new = message.id == first_new
        again = not day and not new and before is not None and goes_on(before, message)
        names_me = message.id in alerts or me in mentioned(message)
        rows.append(Row(message, day, new, again, names_me, message.author.id == me, 0))
        before = message
    return fold(rows)


def _first_new(messages: Sequence[Message], me: int, read_seq: int) -> int | None:
    return next((m.id for m in messages if m.seq > read_seq and m.author.id != me and not m.deleted), None)


def fold(rows: Sequence[Row]) -> list[Row]:
    """Let the first of several deleted messages in a row, on one day, say how many they are."""
    folded: list[Row] = []
    first: int | None = None
    for place, row in enumerate(rows):
        folded.append(row)
        if row.message.undone:
            continue
        if not row.message.deleted:
            first = None
            continue
        if row.day or first is None:
            first = place
        folded[first] = folded[first]._replace(gone=folded[first].gone + 1)
    return folded


def begins_day(before: Message, message: Message) -> bool:
    return before.created_at[:10] != message.created_at[:10]


def goes_on(before: Message, message: Message) -> bool:
    if before.deleted or message.deleted or message.reply_to:
        return False
    apart = datetime.fromisoformat(message.created_at) - datetime.fromisoformat(before.created_at)
    return before.author.id == message.author.id and apart < SAME_BREATH


def mentioned(message: Message) -> set[int]:
    """The ids of those whom a message names, read from its nodes."""
    return {node["user_id"] for node in walk(msgspec.json.decode(message.nodes)) if node.get("type") == "username"}


def walk(nodes: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from walk(node.get("children", ()))


def speakers(messages: Sequence[Message], longest: int) -> list[User]:
    """Who wrote *messages*, the latest first."""
    seen = {message.author.id: message.author for message in reversed(messages) if not message.deleted}
    return list(seen.values())[:longest]
