"""A search, as it was understood: clauses that a message has to meet, all of them.

`parse` (in ``parser.py``) makes them of what was typed. Operators name people, groups and topics by their names; whoever knows the
database puts ids in their place, and then only clauses that an index can answer are left.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Field = Literal["id", "author", "group", "topic", "mention", "flag"]
Sort = Literal["relevance", "newest"]

# What a message can have or be by itself, and the number that stands for it in an index.
FLAGS = {"link": 1, "image": 2, "file": 3, "code": 4, "reaction": 5, "edited": 6}


class Word(Struct, frozen=True, tag="word"):
    """A word as it was typed. The *last* one may go on: whoever types has not come to its end."""

    text: str
    last: bool = False


class Phrase(Struct, frozen=True, tag="phrase"):
    """Words that stand one after the other, as they are: no other form of them, no mistake."""

    text: str


class Named(Struct, frozen=True, tag="named"):
    """An operator whose value only the database knows: ``from:ann``, ``is:unread``. *start* and *end* are its place in the text."""

    operator: str
    value: str
    start: int
    end: int


class Among(Struct, frozen=True, tag="among"):
    """One of these numbers is in that field of the message."""

    field: Field
    numbers: list[int]


class Between(Struct, frozen=True, tag="between"):
    """Written at or after *first* and before *end*, in milliseconds since 1970."""

    first: int | None
    end: int | None


class Newer(Struct, frozen=True, tag="newer"):
    """Posted after a message."""

    message: int


class Not(Struct, frozen=True, tag="not"):
    clause: Clause


class Either(Struct, frozen=True, tag="either"):
    """One of the clauses, or several."""

    clauses: list[Clause]


Clause = Word | Phrase | Named | Among | Between | Newer | Not | Either


class Mistake(Struct, frozen=True):
    """What was not understood, in a sentence, and where it stands in the text."""

    sentence: str
    start: int
    end: int


class Query(Struct, frozen=True):
    clauses: list[Clause]
    mistakes: list[Mistake]

    @property
    def has_words(self) -> bool:
        """Is there something to rank messages by?"""
        return any(_has_words(clause) for clause in self.clauses)


def _has_words(clause: Clause) -> bool:
    if isinstance(clause, Either):
        return any(_has_words(one) for one in clause.clauses)
    return isinstance(clause, Word | Phrase)


def words_in(clauses: list[Clause]) -> list[Word | Phrase]:
    """The words and phrases that are looked for, without those that must not be there."""
    found: list[Word | Phrase] = []
    for clause in clauses:
        if isinstance(clause, Either):
            found += words_in(clause.clauses)
        elif isinstance(clause, Word | Phrase):
            found.append(clause)
    return found
