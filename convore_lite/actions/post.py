"""Say something in a topic, once, however often the client retries."""

from __future__ import annotations

import secrets
import sqlite3

import trio

from ..store import Writer, keywords, log, memberships, messages, people, topics
from ..words import markup
from ..words.asker import Asker
from ..words.errors import BadInput, Conflict, Forbidden, TooLarge
from ..words.events import Mentioned, MessagePosted
from ..words.models import MAX_TEXT_BYTES, Message, Topic
from . import App
from .reading import move_pointer

# Longer texts than this, and those with code to colour, are parsed in a thread: up to here it takes a millisecond.
LONG_TEXT = 2000
FENCE = "```"
# Parsing holds Python's lock: more than one at a time would only slow everybody else down.
PARSERS = trio.CapacityLimiter(1)
MAX_CLIENT_ID = 100


async def post_message(
    app: App, asker: Asker, topic_id: int, *, text: str, client_id: str | None = None, reply_to: int | None = None
) -> tuple[Message, bool]:
    """Post *text*; the message, and whether it is new: a retry with the same client id gets the first one.

    Raises NotFound, Forbidden (not a member, or the topic is locked), BadInput, TooLarge, and Conflict where the client id
    was used for something else.
    """
    check_text(text)
    draft = await draft_of(app, asker, text)
    said = messages.Said(checked_client_id(client_id), text, draft.nodes, draft.html, reply_to)
    return await app.store.write(insert_message, asker, topic_id, said, draft.mentions, at=app.now())


async def draft_of(app: App, asker: Asker, text: str) -> markup.Draft:
    """Parse a text, with the names in it that are users of whom *asker* may know."""
    names = markup.mentioned_names(text)
    known = await app.store.read(people.ids_for, asker.id, names) if names else {}
    origin = app.settings.base_url
    if len(text) < LONG_TEXT and FENCE not in text:
        return markup.parse(text, known, origin=origin)
    return await trio.to_thread.run_sync(lambda: markup.parse(text, known, origin=origin), limiter=PARSERS)


def check_text(text: str) -> None:
    if not text:
        raise BadInput("text", "may not be empty")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLarge(f"A message holds at most {MAX_TEXT_BYTES // 1024} KiB of text.")


def checked_client_id(client_id: str | None) -> str:
    """The client's own id of a message, or one made here."""
    if client_id is None:
        return secrets.token_urlsafe(16)
    if not client_id or len(client_id) > MAX_CLIENT_ID:
        raise BadInput("client_id", f"1 to {MAX_CLIENT_ID} characters")
    return client_id


def insert_message(
    conn: Writer, asker: Asker, topic_id: int, said: messages.Said, mentions: tuple[int, ...], *, at: int
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
    tell_mentioned(conn, message, mentions, at=at)
    move_pointer(conn, asker.id, topic, message.seq, at=at)
    return messages.find_for(conn, asker.id, number), True


def check_may_post(conn: sqlite3.Connection, asker: Asker, topic: Topic) -> None:
    """Raises Forbidden for who is not a member, and in a locked topic for who is not an admin of the group."""
    role = memberships.require(conn, topic.group_id, asker.id)
    if topic.locked and role != "admin":
        raise Forbidden("This topic is locked.")


def tell_mentioned(conn: Writer, message: Message, mentions: tuple[int, ...], *, at: int) -> None:
    """Write down who is mentioned, by name or by a keyword, and tell those who were not before.

    Those who may read it, but not the author; by a keyword only members.
    """
    found: dict[int, str | None] = dict(keywords.found_in(conn, message.text, message.group_id))
    if mentions:
        found |= dict.fromkeys(messages.readers_among(conn, message.group_id, mentions))
    found.pop(message.author.id, None)
    for user_id in messages.set_mentions(conn, message.id, found):
        fact = Mentioned(message.id, message.topic_id, message.group_id, by=message.author, keyword=found[user_id])
        log.tell(conn, fact, at=at, user_id=user_id, topic_id=message.topic_id, actor_id=message.author.id)


def _first_time(conn: Writer, asker: Asker, message_id: int, topic_id: int, said: messages.Said) -> Message:
    """The message as it is now: by the time of a retry it may have been edited or deleted."""
    if not messages.is_in_topic(conn, message_id, topic_id):
        raise Conflict("This client_id was already used for a message of another topic.")
    message = messages.find_for(conn, asker.id, message_id)
    same = messages.is_first_version(conn, message_id, said.text) and message.reply_to == said.reply_to
    if not same and not message.deleted:
        raise Conflict("This client_id was already used for another message.")
    return message
