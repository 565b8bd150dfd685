"""Whom a message names, and telling them: people by name, or all of a group at once with @group and @here."""

from __future__ import annotations

from dataclasses import dataclass

from ..store import Writer, keywords, log, memberships, mentions
from ..words.events import Mentioned
from ..words.markup import Draft
from ..words.models import Everyone, Message
from . import App


@dataclass(frozen=True)
class Named:
    """Whom a text names: *people* by their ids, and *everyone* of its group; *here* are all who are online."""

    people: tuple[int, ...] = ()
    everyone: Everyone | None = None
    here: frozenset[int] = frozenset()


NOBODY = Named()


def named_by(app: App, draft: Draft) -> Named:
    return Named(draft.mentions, draft.everyone, app.presence.here if draft.everyone == "here" else frozenset())


def tell_mentioned(conn: Writer, message: Message, named: Named, *, at: int) -> None:
    """Write down who is mentioned, and tell those who were not before.

    Those who may read it, but not the author; by a keyword, @group or @here only members.
    """
    _tell_alone(conn, message, named.people, at=at)
    allowed = named.everyone and memberships.may_name_everyone(conn, message.group_id, message.author.id)
    _tell_everyone(conn, message, named.everyone if allowed else None, named.here, at=at)


def _tell_alone(conn: Writer, message: Message, people: tuple[int, ...], *, at: int) -> None:
    found: dict[int, str | None] = dict(keywords.found_in(conn, message.text, message.group_id))
    if people:
        found |= dict.fromkeys(mentions.readers_among(conn, message.group_id, people))
    found.pop(message.author.id, None)
    for user_id in mentions.name_alone(conn, message.id, found):
        fact = Mentioned(message.id, message.topic_id, message.group_id, by=message.author, keyword=found[user_id])
        log.tell(conn, fact, at=at, user_id=user_id, topic_id=message.topic_id, actor_id=message.author.id)


def _tell_everyone(conn: Writer, message: Message, name: Everyone | None, online: frozenset[int], *, at: int) -> None:
    """One event for all of them, whatever their number; who is named alone as well has had one of their own."""
    here = memberships.ids_among(conn, message.group_id, online) if name == "here" else []
    others = frozenset(here) - {message.author.id}
    if not mentions.name_everyone(conn, message.id, message.group_id, name, others):
        return
    apart = frozenset({message.author.id, *mentions.named_alone(conn, message.id)})
    log.tell(
        conn,
        Mentioned(message.id, message.topic_id, message.group_id, by=message.author, everyone=name),
        at=at,
        group_id=message.group_id,
        topic_id=message.topic_id,
        actor_id=message.author.id,
        message_id=message.id,
        only=others if name == "here" else None,
        apart=apart,
    )
