"""Does a search find what it should? Ours beside SQLite's full-text search, on the same messages and judged queries.

    python benchmarks/search_quality/compare.py [--misses]

Ours is asked through the API of a whole chat in memory. SQLite's FTS5 is asked twice, with `porter unicode61` and with `trigram`,
for all the words; what operators ask for (who, where, when) is done for it.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import trio
from judged import Judged, Said, messages, queries

from convore_lite.store import inline
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.words.search import parse
from convore_lite.words.search.query import Among, Between, Clause, Either, Named, Not, Phrase, Word

sys.path.append(str(Path(__file__).parent.parent))

from running import report

FIRST = 10
AIM = 0.95

Ask = Callable[[str], Awaitable[list[str]]]


@dataclass
class Clock:
    """When it is, for the chat: when each message was said."""

    at: int = 0

    def __call__(self) -> int:
        return self.at


async def main(*, misses: bool) -> None:
    said, asked = messages(), queries()
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        async with open_chat(Path(folder) / "chat", run_sync=inline, now=clock) as chat:
            ours = await filled(chat, clock, said)
            contenders: dict[str, Ask] = {
                "ours": ours,
                "FTS5 porter": fts(said, "porter unicode61"),
                "FTS5 trigram": fts(said, "trigram"),
            }
            found = {name: [await ask(query.text) for query in asked] for name, ask in contenders.items()}
    title = f"Judged messages among the first {FIRST}. Aim of ours: {AIM}"
    report("search_quality", title, rows(asked, found))
    if misses:
        tell_misses(asked, found["ours"])


def rows(asked: list[Judged], found: dict[str, list[list[str]]]) -> list[dict[str, object]]:
    """Recall of the judged messages in the first ten, for each kind of query and for all."""
    sections = [*dict.fromkeys(query.section for query in asked), "all"]
    table = []
    for section in sections:
        places = [place for place, query in enumerate(asked) if section in (query.section, "all")]
        judged = sum(len(asked[place].keys) for place in places)
        row: dict[str, object] = {"queries": section, "number": len(places), "judged": judged}
        for name, answers in found.items():
            hits = sum(len(asked[place].keys & set(answers[place][:FIRST])) for place in places)
            row[name] = f"{hits / judged:.3f}"
        table.append(row)
    return table


def tell_misses(asked: list[Judged], answers: list[list[str]]) -> None:
    for query, keys in zip(asked, answers, strict=True):
        if missing := query.keys - set(keys):
            print(f"{query.text}: misses {' '.join(sorted(missing))}, found {' '.join(keys) or 'nothing'}")  # noqa: T201


async def filled(chat: Chat, clock: Clock, said: Iterable[Said]) -> Ask:
    """Say everything in a chat, each in its place and at its time, and give a way to search it as somebody in all groups."""
    people: dict[str, Member] = {}
    topics: dict[tuple[str, str], int] = {}
    keys: dict[int, str] = {}
    for one in sorted(said, key=lambda one: one.at):
        clock.at = one.at
        if one.author not in people:
            people[one.author] = await chat.member(one.author)
        author = people[one.author]
        if (one.group, one.topic) not in topics:
            topics[one.group, one.topic] = await _topic(author, one)
        await author.join(one.group)
        keys[(await author.post(topics[one.group, one.topic], one.text))["id"]] = one.key
    reader = await chat.member("reader")
    await chat.searchable()

    async def ask(text: str) -> list[str]:
        answer = await reader.call("GET", "/search", q=text, limit=FIRST)
        assert answer["complete"], answer
        return [keys[hit["message"]["id"]] for hit in answer["items"]]

    return ask


async def _topic(author: Member, one: Said) -> int:
    there = {group["slug"] for group in await _groups(author)}
    if one.group not in there:
        await author.create_group(one.group)
    await author.join(one.group)
    return int((await author.open_topic(one.group, one.topic))["id"])


async def _groups(author: Member) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await author.call("GET", "/groups", discover="alphabetical", limit=200))["items"]
    return found


def fts(said: list[Said], tokenizer: str) -> Ask:
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE texts USING fts5 (text, tokenize = '{tokenizer}')")
    db.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", [(at, one.text) for at, one in enumerate(said)])

    async def ask(text: str) -> list[str]:
        clauses = parse(text).clauses
        words = [clause for clause in clauses if not isinstance(clause, Not) and _match(clause)]
        unwanted = [clause.clause for clause in clauses if isinstance(clause, Not) and _match(clause.clause)]
        match = " AND ".join(_match(clause) for clause in words)
        if unwanted:
            match = f"({match}) NOT ({' OR '.join(_match(clause) for clause in unwanted)})"
        rows = db.execute("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank", (match,)) if words else ()
        places = [row[0] for row in rows] if words else list(range(len(said)))
        return [said[place].key for place in places if all(_is_met(clause, said[place]) for clause in clauses)][:FIRST]

    return ask


def _match(clause: Clause) -> str:
    """What a clause is for FTS5; nothing for an operator."""
    if isinstance(clause, Either):
        return "(" + " OR ".join(_match(one) for one in clause.clauses) + ")"
    return '"' + clause.text.replace('"', '""') + '"' if isinstance(clause, Word | Phrase) else ""


def _is_met(clause: Clause, one: Said) -> bool:
    match clause:
        case Named("from", value):
            return one.author == value
        case Named("in", value):
            return one.group == value
        case Named("topic", value):
            return value.lower() in one.topic.lower()
        case Between(first, end):
            return (first is None or one.at >= first) and (end is None or one.at < end)
        case Among("flag"):
            return "://" in one.text
        case _:
            return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="name what ours does not find")
    trio.run(lambda: main(misses=parser.parse_args().misses))
