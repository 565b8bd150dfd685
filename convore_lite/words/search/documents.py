"""What an index is told: messages and topics as they can be searched for, and whose of them somebody may find."""

from __future__ import annotations

from msgspec import Struct


class Doc(Struct, frozen=True, array_like=True, gc=False):
    """A message, as far as it can be searched for. *mentions* are those whom it names; *flags* see `words.search.query.FLAGS`."""

    id: int
    group: int
    topic: int
    author: int
    at: int
    text: str
    mentions: list[int] = []
    flags: list[int] = []


class Title(Struct, frozen=True, array_like=True):
    """A topic by its name."""

    topic: int
    group: int
    name: str


class Change(Struct, frozen=True):
    """What is to be in the index and what no more, and up to which event and message that goes.

    Whatever has an id in *messages* or *topics* is taken out first; then *docs* and *titles* are put in. *topics_whole* and
    *groups_whole* go with all that is in them.
    """

    messages: list[int] = []
    topics: list[int] = []
    topics_whole: list[int] = []
    groups_whole: list[int] = []
    docs: list[Doc] = []
    titles: list[Title] = []
    event: int = 0
    newest: int = 0


class Scope(Struct, frozen=True):
    """Whose messages are looked at: in these groups, not by these authors, and none of what has changed since the index knew it."""

    groups: list[int]
    ignored: list[int] = []
    messages: list[int] = []
    topics: list[int] = []
