"""What a search has to find, asked of the database with LIKE: slow, plain, and without a word of the search's own code."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from convore_lite.actions import App
from convore_lite.store import finding
from convore_lite.words.search import parse

# No two of them have a stem, or the beginning of a word, in common.
WORDS = (
    "apricot bramble cobalt dulcimer ember fjord gimlet hawthorn indigo juniper kelp lantern marzipan nutmeg obsidian "
    "parsnip quartz rhubarb sorrel thimble umber violet walnut xylem yarrow zephyr"
).split()


@dataclass(frozen=True)
class Question:
    """A search, and the condition on `padded` (the text between two spaces) and `author_id` that is the same in SQL."""

    text: str
    condition: str


def text(rnd: random.Random) -> str:
    return " ".join(rnd.choices(WORDS, k=rnd.randint(1, 8)))


def questions(rnd: random.Random, count: int, author: tuple[str, int]) -> list[Question]:
    return [rnd.choice(KINDS)(rnd, author) for _ in range(count)]


def _holds(words: str) -> str:
    return f"padded LIKE '% {words} %'"


def _word(rnd: random.Random, author: tuple[str, int]) -> Question:
    word = rnd.choice(WORDS)
    return Question(f'"{word}"', _holds(word))


def _both(rnd: random.Random, author: tuple[str, int]) -> Question:
    one, other = rnd.sample(WORDS, 2)
    return Question(f'"{one}" "{other}"', f"{_holds(one)} AND {_holds(other)}")


def _phrase(rnd: random.Random, author: tuple[str, int]) -> Question:
    phrase = " ".join(rnd.choices(WORDS, k=2))
    return Question(f'"{phrase}"', _holds(phrase))


def _without(rnd: random.Random, author: tuple[str, int]) -> Question:
    one, other = rnd.sample(WORDS, 2)
    return Question(f'"{one}" -{other}', f"{_holds(one)} AND NOT {_holds(other)}")


def _either(rnd: random.Random, author: tuple[str, int]) -> Question:
    one, other, third = rnd.sample(WORDS, 3)
    return Question(f'"{one}" OR "{other}" "{third}"', f"({_holds(one)} OR {_holds(other)}) AND {_holds(third)}")


def _by(rnd: random.Random, author: tuple[str, int]) -> Question:
    word = rnd.choice(WORDS)
    return Question(f'"{word}" from:{author[0]}', f"{_holds(word)} AND author_id = {author[1]}")


KINDS = (_word, _both, _phrase, _without, _either, _by)


async def check(app: App, user_id: int, asked: Sequence[Question]) -> None:
    """The index finds what the database holds, for each of these questions, and in the same number."""
    expected = await app.store.read(_all_of, asked)
    for question, ids in zip(asked, expected, strict=True):
        query = parse(question.text)
        put = await app.store.read(finding.ask, user_id, query, index_at=app.index.standing.event)
        found = await app.index.search(put.clauses, put.scope, "newest", offset=0, limit=1000)
        assert sorted(found.ids) == ids, question
        assert found.total == len(ids)


def _all_of(conn: sqlite3.Connection, asked: Sequence[Question]) -> list[list[int]]:
    query = """SELECT id FROM (SELECT id, author_id, ' ' || text || ' ' AS padded FROM messages WHERE deleted = 0)
               WHERE {} ORDER BY id"""
    return [[row[0] for row in conn.execute(query.format(question.condition))] for question in asked]
