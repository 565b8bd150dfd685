"""Messages and topics as the search index is told of them, and what the event log says of how they changed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from ..words.events import (
    GroupDeleted,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessagesImported,
    MessagesMoved,
    ReactionAdded,
    ReactionRemoved,
    TopicChanged,
    TopicDeleted,
    TopicOpened,
)
from ..words.search.documents import Doc, Title
from ..words.search.query import FLAGS
from . import log

# The events after which somebody would find something else than before.
FACTS = (
    MessagePosted,
    MessageEdited,
    MessageDeleted,
    MessagesMoved,
    MessagesImported,
    ReactionAdded,
    ReactionRemoved,
    TopicOpened,
    TopicChanged,
    TopicDeleted,
    GroupDeleted,
)
KINDS = [fact.kind for fact in FACTS]
# Those after which what an index still holds must not be shown any more.
OUTDATING = [fact.kind for fact in (MessageEdited, MessageDeleted, MessagesMoved, TopicDeleted)]

DOC = """
SELECT x.id, t.group_id, x.topic_id, x.author_id, x.created_at, x.text, x.nodes, x.edited_at,
    EXISTS (SELECT 1 FROM reactions r WHERE r.message_id = x.id) AS reacted,
    (SELECT group_concat(n.user_id) FROM mentions n WHERE n.message_id = x.id AND n.keyword IS NULL) AS mentioned,
    (SELECT group_concat(f.media_type || ' ' || f.name, char(10)) FROM files f WHERE f.message_id = x.id) AS carried
FROM messages x JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
WHERE x.deleted = 0 AND g.deleted_at IS NULL
"""
# In the JSON of the nodes a quote inside a text has a backslash before it, so that no text looks like this.
MARKS = {
    '"type":"url"': FLAGS["link"],
    '"type":"topic"': FLAGS["link"],
    '"type":"image"': FLAGS["image"],
    '"type":"code"': FLAGS["code"],
    '"type":"code_block"': FLAGS["code"],
}
EMOJI = re.compile(r'"type":"emoji","emoji":"([^"]+)"')


class Told(Struct, frozen=True):
    """What of the payload of an event says which messages it is about."""

    message_id: int | None = None
    message_ids: list[int] = []
    topic_id: int | None = None
    group_id: int | None = None


@dataclass
class Changed:
    """What events up to *event*, and messages up to *newest*, are about. *whole*: none before them is missing in the log."""

    event: int
    newest: int
    whole: bool
    messages: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    moved_or_gone: set[int] = field(default_factory=set)
    groups_gone: set[int] = field(default_factory=set)
    imported: set[int] = field(default_factory=set)


def changed(conn: sqlite3.Connection, after: int, newest: int, *, limit: int) -> Changed:
    """What at most so many events are about that follow on a place in the log, where *newest* was the newest message."""
    rows = _events(conn, after, KINDS, limit)
    last, newest_now = ends(conn)
    whole = log.first_number(conn) - 1 <= after <= last
    # Short of the end, who knows which messages are still to come: those that were there before are not.
    full = len(rows) == limit
    found = Changed(rows[-1]["number"], newest, whole) if full else Changed(last, newest_now, whole)
    for row in rows:
        _sort_in(found, row)
    return found


def outdated(conn: sqlite3.Connection, after: int) -> tuple[list[int], list[int]]:
    """Messages, and whole topics, that an index which stands at *after* may still hold as they were."""
    found = Changed(after, 0, True)
    for row in _events(conn, after, OUTDATING, -1):
        _sort_in(found, row)
    return sorted(found.messages), sorted(found.moved_or_gone)


def docs(conn: sqlite3.Connection, message_ids: Collection[int]) -> list[Doc]:
    """Those of some messages that are there, as they are now."""
    rows = conn.execute(f"{DOC} AND x.id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(message_ids)),))
    return [_doc(row) for row in rows]


def docs_of_topic(conn: sqlite3.Connection, topic_id: int, *, after: int, limit: int) -> list[Doc]:
    """Messages of a topic with an id after *after*, in the order of their ids."""
    rows = conn.execute(f"{DOC} AND x.topic_id = ? AND x.id > ? ORDER BY x.id LIMIT ?", (topic_id, after, limit))
    return [_doc(row) for row in rows]


def docs_before(conn: sqlite3.Connection, before: int, *, limit: int) -> list[Doc]:
    """Messages with an id before *before*, the newest first."""
    return [_doc(row) for row in conn.execute(f"{DOC} AND x.id < ? ORDER BY x.id DESC LIMIT ?", (before, limit))]


def read(rows: Iterable[sqlite3.Row]) -> Iterator[Doc]:
    """The documents in rows of DOC, one after the other."""
    return map(_doc, rows)


def titles(conn: sqlite3.Connection, topic_ids: Collection[int] | None = None) -> list[Title]:
    """The names of some topics, or of all."""
    some = "" if topic_ids is None else "AND t.id IN (SELECT value FROM json_each(?))"
    rows = conn.execute(
        f"SELECT t.id, t.group_id, t.name FROM topics t JOIN groups g ON g.id = t.group_id WHERE g.deleted_at IS NULL {some}",
        () if topic_ids is None else (json.dumps(sorted(topic_ids)),),
    )
    return [Title(row["id"], row["group_id"], row["name"]) for row in rows]


def ends(conn: sqlite3.Connection) -> tuple[int, int]:
    """The numbers of the newest event and the newest message."""
    newest = conn.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
    return log.last_number(conn), int(newest)


@dataclass(frozen=True)
class Census:
    """How many messages there are to be found, up to which event and message, and some of them at random."""

    count: int
    event: int
    newest: int
    sample: list[int]


def census(conn: sqlite3.Connection, size: int) -> Census:
    """What there is at this moment, with so many messages at random."""
    count = int(conn.execute(f"SELECT count(*) FROM ({DOC})").fetchone()[0])
    return Census(count, *ends(conn), _sample(conn, size))


def _sample(conn: sqlite3.Connection, limit: int) -> list[int]:
    query = f"SELECT id FROM ({DOC}) WHERE id IN (SELECT id FROM messages ORDER BY random() LIMIT ?)"
    return [row[0] for row in conn.execute(query, (limit,))]


def _events(conn: sqlite3.Connection, after: int, kinds: Iterable[str], limit: int) -> list[sqlite3.Row]:
    query = """SELECT number, kind, message_id, topic_id, payload FROM events
               WHERE number > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?"""
    return conn.execute(query, (after, json.dumps(list(kinds)), limit)).fetchall()


def _sort_in(found: Changed, row: sqlite3.Row) -> None:
    kind = row["kind"]
    told = msgspec.json.decode(row["payload"], type=Told)
    if kind in (TopicOpened.kind, TopicChanged.kind):
        found.topics.add(row["topic_id"])
    elif kind == TopicDeleted.kind:
        found.moved_or_gone.add(told.topic_id or 0)
    elif kind == GroupDeleted.kind:
        found.groups_gone.add(told.group_id or 0)
    elif kind == MessagesImported.kind:
        found.imported.add(told.topic_id or 0)
    else:
        found.messages.update((row["message_id"] or told.message_id or 0, *told.message_ids))
        found.messages.discard(0)


def _doc(row: sqlite3.Row) -> Doc:
    message_id, group_id, topic_id, author_id, at, text, nodes, edited_at, reacted, mentioned, carried = row
    flags = {flag for mark, flag in MARKS.items() if mark in nodes}
    if reacted:
        flags.add(FLAGS["reaction"])
    if edited_at is not None:
        flags.add(FLAGS["edited"])
    if carried:
        text += _take_files(carried, flags)
    if '"type":"emoji"' in nodes:  # :tada: is found by the sign it became
        text += "".join(f" {sign}" for sign in EMOJI.findall(nodes) if sign not in text)
    mentions = [int(one) for one in mentioned.split(",")] if mentioned else []
    return Doc(message_id, group_id, topic_id, author_id, at, text, mentions, sorted(flags))


def _take_files(carried: str, flags: set[int]) -> str:
    """The names of the files of a message, to be found by; *flags* gets what they are."""
    files = [one.partition(" ") for one in carried.split("\n")]
    flags.add(FLAGS["file"])
    if any(media_type.startswith("image/") for media_type, _, _ in files):
        flags.add(FLAGS["image"])
    return "".join(f"\n{name}" for _, _, name in files)
