"""Say something in a topic, once, however often the client retries."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from functools import partial

import trio

from ..store import Writer, drafts, groups, log, memberships, messages, people, spots, topics
from ..store.drafts import Written
from ..words import markup
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict, Forbidden, TooLarge
from ..words.events import MessagePosted
from ..words.models import MAX_TEXT_BYTES, MOST_FILES, Message, Topic
from . import App
from .drafts import take_sent
from .mentions import Named, named_by, tell_mentioned
from .reading import move_pointer

# Longer texts than this, and those with code to colour, are parsed in a thread: up to here it takes a millisecond.
LONG_TEXT = 2000
FENCE = "```"
# Parsing holds Python's lock: more than one at a time would only slow everybody else down.
PARSERS = trio.CapacityLimiter(1)
MAX_CLIENT_ID = 100


async def post_message(
    app: App,
    asker: Asker,
    topic_id: int,
    *,
    text: str,
    client_id: str | None = None,
    reply_to: int | None = None,
    file_ids: Sequence[int] = (),
    draft_revision: int | None = None,
) -> tuple[Message, bool]:
    """Post *text* and files that were uploaded; the message, and whether it is new: a retry with the same client id gets the first.

    The draft with that revision goes with it (see `drafts.take_sent`).

    Raises NotFound, Forbidden (not a member, or the topic is locked), BadInput, TooLarge, and Conflict where the client id
    was used for something else.
    """
    check_files(file_ids)
    check_text(text, may_be_empty=bool(file_ids))
    draft = await draft_of(app, asker, text, topic_id=topic_id)
    said = messages.Said(checked_client_id(client_id), text, draft.nodes, draft.html, reply_to, tuple(file_ids))
    return await app.write(asker, _post, asker, topic_id, said, named_by(app, draft), draft_revision, at=app.now())


async def draft_of(
    app: App, asker: Asker, text: str, *, topic_id: int | None = None, group: int | str | None = None
) -> markup.Draft:
    """Parse a text, with the names in it that are users of whom *asker* may know.

    It will stand in *topic_id*, or in *group*: there, links to topics of the same group show their names, and @group and
    @here are more than text where *asker* may call everybody. Raises NotFound.
    """
    origin = app.settings.base_url or asker.origin
    names, linked = markup.mentioned_names(text), markup.linked_spots(text, origin)
    calls = bool(names & markup.EVERYONE)

    def look_up(conn: sqlite3.Connection) -> markup.Known:
        here = _group_of(conn, asker.id, topic_id, group) if linked or calls else None
        return markup.Known(
            users=people.ids_for(conn, asker.id, names) if names else {},
            topics=spots.named(conn, here, linked) if here is not None and linked else {},
            everyone=calls and here is not None and memberships.may_name_everyone(conn, here, asker.id),
        )

    known = await app.store.read(look_up) if names or linked else markup.Known()
    parse = partial(markup.parse, text, known.users, origin=origin, topics=known.topics, everyone=known.everyone)
    if len(text) < LONG_TEXT and FENCE not in text:
        return parse()
    return await trio.to_thread.run_sync(parse, limiter=PARSERS)


def check_text(text: str, *, may_be_empty: bool = False) -> None:
    if not text and not may_be_empty:
        raise BadInput("text", "may not be empty")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLarge(f"A message holds at most {MAX_TEXT_BYTES // 1024} KiB of text.")


def check_files(file_ids: Sequence[int]) -> None:
    if len(file_ids) > MOST_FILES:
        raise BadInput("file_ids", f"at most {MOST_FILES} files")
    if len(set(file_ids)) < len(file_ids):
        raise BadInput("file_ids", "each file once")


def checked_client_id(client_id: str | None) -> str:
    """The client's own id of a message, or one made here."""
    if client_id is None:
        return secrets.token_urlsafe(16)
    if not client_id or len(client_id) > MAX_CLIENT_ID:
        raise BadInput("client_id", f"1 to {MAX_CLIENT_ID} characters")
    return client_id


def insert_message(
    conn: Writer, asker: Asker, topic_id: int, said: messages.Said, named: Named, *, at: int
) -> tuple[Message, bool]:
    """One transaction: the message, its mentions, its author's read pointer, and the events that tell of them."""
    topic = topics.find_for(conn, asker.id, topic_id)
    if (known := messages.with_client_id(conn, asker.id, said.client_id)) is not None:
        return _first_time(conn, asker, known, topic_id, said), False
    check_may_post(conn, asker, topic)
    if said.reply_to is not None and not messages.is_in_topic(conn, said.reply_to, topic_id):
        raise BadInput("reply_to", "is no message of this topic")
    number = messages.insert(conn, topic_id, said, author_id=asker.id, at=at)
    message = messages.bare(conn, number)
    log.tell(
        conn,
        MessagePosted(message),
        at=at,
        group_id=topic.group_id,
        topic_id=topic_id,
        actor_id=asker.id,
        message_id=number,
    )
    tell_mentioned(conn, message, named, at=at)
    move_pointer(conn, asker.id, topic, message.seq, at=at)
    return messages.find_for(conn, asker.id, number), True


def check_may_post(conn: sqlite3.Connection, asker: Asker, topic: Topic) -> None:
    """Raises Forbidden for who is not a member, and in a locked topic for who is not an admin of the group."""
    role = memberships.require(conn, topic.group_id, asker.id)
    if topic.locked and role != "admin":
        raise Forbidden("This topic is locked.")


def _group_of(conn: sqlite3.Connection, user_id: int, topic_id: int | None, group: int | str | None) -> int | None:
    if topic_id is not None:
        return topics.find_for(conn, user_id, topic_id).group_id
    return groups.id_for(conn, user_id, group) if group is not None else None


def _post(
    conn: Writer,
    asker: Asker,
    topic_id: int,
    said: messages.Said,
    named: Named,
    revision: int | None,
    *,
    at: int,
) -> tuple[Message, bool]:
    before = drafts.find(conn, asker.id, topic_id)
    message, fresh = insert_message(conn, asker, topic_id, said, named, at=at)
    if fresh:
        take_sent(conn, asker.id, before, Written(said.text, file_ids=said.files), revision, at=at)
    return message, fresh


def _first_time(conn: Writer, asker: Asker, message_id: int, topic_id: int, said: messages.Said) -> Message:
    """The message as it is now: by the time of a retry it may have been edited or deleted."""
    if not messages.is_in_topic(conn, message_id, topic_id):
        raise Conflict("This client_id was already used for a message of another topic.")
    message = messages.find_for(conn, asker.id, message_id)
    if not message.deleted and not messages.is_first_version(conn, message_id, said):
        raise Conflict("This client_id was already used for another message.")
    return message
