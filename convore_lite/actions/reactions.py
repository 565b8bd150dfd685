"""React to a message with an emoji, and take that back."""

from __future__ import annotations

from ..store import Writer, log, messages, reactions, topics
from ..words.asker import Asker
from ..words.emoji import one_emoji
from ..words.errors import Conflict
from ..words.events import ReactionAdded, ReactionRemoved
from ..words.models import Message
from . import App
from .post import check_may_post

# Different emoji on one message: more than anybody reads, and less than what fills a screen.
MOST_KINDS = 30


async def add_reaction(app: App, asker: Asker, message_id: int, emoji: str) -> None:
    """Once is enough. *emoji* is one, or the name of one.

    Raises BadInput, NotFound, Forbidden (not a member; the topic is locked), Conflict (deleted; too many different ones).
    """
    await app.write(asker, _add, asker, message_id, emoji, at=app.now())


async def remove_reaction(app: App, asker: Asker, message_id: int, emoji: str) -> None:
    """Take one's own back. Raises BadInput, NotFound."""
    await app.write(asker, _remove, asker, message_id, emoji, at=app.now())


def take_back_reaction(conn: Writer, message: Message, emoji: str, user_id: int, *, at: int) -> None:
    """Take a reaction away where there is one, and tell those who hear of the message."""
    if not reactions.remove(conn, message.id, emoji, user_id):
        return
    fact = ReactionRemoved(message.id, message.topic_id, emoji, user_id)
    _tell(conn, message, fact, at=at)


def _add(conn: Writer, asker: Asker, message_id: int, text: str, *, at: int) -> None:
    message = messages.find_for(conn, asker.id, message_id)
    check_may_post(conn, asker, topics.find_for(conn, asker.id, message.topic_id))
    if message.deleted:
        raise Conflict("This message was deleted.")
    emoji = one_emoji(text)
    if not reactions.put(conn, message_id, emoji, asker.id, at=at):
        return
    if reactions.kinds(conn, message_id) > MOST_KINDS:
        raise Conflict(f"This message has {MOST_KINDS} different reactions already. Join one of them.")
    fact = ReactionAdded(message_id, message.topic_id, emoji, asker.id)
    _tell(conn, message, fact, at=at)


def _remove(conn: Writer, asker: Asker, message_id: int, text: str, *, at: int) -> None:
    message = messages.find_for(conn, asker.id, message_id)
    take_back_reaction(conn, message, one_emoji(text), asker.id, at=at)


def _tell(conn: Writer, message: Message, fact: ReactionAdded | ReactionRemoved, *, at: int) -> None:
    log.tell(
        conn,
        fact,
        at=at,
        group_id=message.group_id,
        topic_id=message.topic_id,
        actor_id=fact.user_id,
        message_id=message.id,
    )
