"""How quick is a search among a million messages, and how soon is a new one found?

    python benchmarks/search.py [--messages 1000000] [--queries 1000] [--seconds 10]

200 private groups with 5,000 topics; whoever searches is in 60 of the groups. Ours beside SQLite's FTS5 (`porter unicode61`, by
rank), which holds the same texts and leaves out the same groups, in the same process; then ours over HTTP, from a server. And
whether those who post notice that an index is made anew, or that its process is killed again and again.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import re
import secrets
import sqlite3
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

import httpx2
import trio
from running import report, server, wait_until_it_answers

sys.path.append(str(Path(__file__).with_name("search_quality")))

from judged import messages

from convore_lite.actions import indexing
from convore_lite.actions.sign_in import fingerprint
from convore_lite.appliance import open_appliance
from convore_lite.index.engine import Engine
from convore_lite.index.wire import Purpose
from convore_lite.store import Store, keys, people
from convore_lite.words.models import ServerRole
from convore_lite.words.search import parse
from convore_lite.words.search.documents import Scope
from convore_lite.words.settings import Settings

GROUPS, TOPICS, AUTHORS, MINE = 200, 5_000, 300, 60
MADE_UP = 60_000
LENGTHS = (3, 6, 9, 12, 15, 20, 25, 40)
FIRST = 20
START = 1_600_000_000_000
APART = 160_000
BATCH = 10_000
POSTS_A_SECOND = 50
LOOK_EVERY = 0.01

Row = dict[str, Any]


class Language:
    """Words as often as in a language (Zipf's law): those of the judged messages, and made-up ones."""

    def __init__(self, seed: int) -> None:
        self.rnd = random.Random(seed)
        real = sorted({word for one in messages() for word in re.findall(r"\w+", one.text)})
        letters = "etaoinshrdlucmfwypvbgkqjxz"
        made = ("".join(self.rnd.choices(letters, range(26, 0, -1), k=self.rnd.randint(4, 11))) for _ in range(MADE_UP))
        self.words = [*real, *made]
        self.rnd.shuffle(self.words)
        self._weights = list(itertools.accumulate(1 / (place + 3) ** 1.05 for place in range(len(self.words))))

    def text(self) -> str:
        return " ".join(self.rnd.choices(self.words, cum_weights=self._weights, k=self.rnd.choice(LENGTHS)))

    def word(self, usual: int, rare: int) -> str:
        return self.words[int(usual * (rare / usual) ** self.rnd.random())]

    def queries(self, count: int) -> list[str]:
        """What people look for: mostly a word or two, of which most are not among the most usual ones."""
        kinds: list[Callable[[], str]] = [
            lambda: self.word(20, 20_000),
            lambda: f"{self.word(20, 5_000)} {self.word(20, 5_000)}",
            lambda: f"{self.word(5, 2_000)} {self.word(50, 5_000)} {self.word(50, 5_000)}",
            lambda: self.word(1, 50),
            lambda: f'"{self.word(1, 300)} {self.word(1, 300)}"',
        ]
        return [self.rnd.choice(kinds)() for _ in range(count)]


@dataclass(frozen=True)
class Place:
    folder: Path
    count: int
    token: str
    topic: int
    groups: list[int]
    text_bytes: int


def fill(folder: Path, language: Language, count: int) -> Place:
    """A data folder with everything in it but the index."""
    store = Store.open(Settings(data=folder).database, publish=lambda told: None)
    conn = store._writer
    rnd = language.rnd
    conn.execute("BEGIN")
    for number in range(AUTHORS):
        role: ServerRole = "member" if number else "owner"
        people.insert(conn, f"author-{number}", f"Author {number}", role=role, at=START)
    token = _token(conn)
    conn.executemany(
        "INSERT INTO groups (slug, name, kind, creator_id, created_at) VALUES (?, ?, 'private', 2, ?)",
        [(f"group-{number}", f"Group {number}", START) for number in range(1, GROUPS + 1)],
    )
    mine = sorted(rnd.sample(range(1, GROUPS + 1), MINE))
    conn.executemany(
        "INSERT INTO memberships (user_id, group_id, joined_at) VALUES (1, ?, ?)", [(one, START) for one in mine]
    )
    of = [rnd.randint(1, GROUPS) for _ in range(TOPICS)]
    conn.executemany(
        "INSERT INTO topics (group_id, slug, name, creator_id, created_at) VALUES (?, ?, ?, 2, ?)",
        [(group, f"topic-{place}", f"{language.word(50, 5_000)} {place}", START) for place, group in enumerate(of)],
    )
    conn.execute("COMMIT")
    size = sum(_batch(conn, language, begin, min(BATCH, count - begin)) for begin in range(0, count, BATCH))
    topic = next(place for place, group in enumerate(of, 1) if group == mine[0])
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return Place(folder, count, token, topic, mine, size)


def _token(conn: Any) -> str:
    secret = secrets.token_urlsafe(32)
    keys.insert_token(conn, fingerprint(secret), 1, name="benchmark", scope="write", at=START)
    return secret


def _batch(conn: Any, language: Language, begin: int, count: int) -> int:
    rows, size = [], 0
    for number in range(begin, begin + count):
        text = language.text()
        size += len(text.encode())
        topic = int(TOPICS * language.rnd.random() ** 2) + 1
        rows.append((topic, number, language.rnd.randint(1, AUTHORS), str(number), text, text, START + number * APART))
    conn.execute("BEGIN")
    conn.executemany(
        """INSERT INTO messages (topic_id, seq, author_id, client_id, text, nodes, html, created_at)
           VALUES (?, ?, ?, ?, ?, '[]', ?, ?)""",
        rows,
    )
    conn.execute("COMMIT")
    return size


async def build(place: Place) -> float:
    """Make the index as a server does; the seconds that takes."""
    async with open_appliance(Settings(data=place.folder)) as appliance:
        app = appliance.app
        app.index.want()
        await app.index.wait_open()
        began = time.perf_counter()
        await indexing.wait_until_current(app)
        return time.perf_counter() - began


def in_process(place: Place, asked: list[str]) -> dict[str, list[float]]:
    """The milliseconds of each search: ours, and FTS5's."""
    index = max(Settings(data=place.folder).search_index.iterdir(), key=lambda path: int(path.name))
    database = sqlite3.connect(Settings(data=place.folder).database)
    epoch = database.execute("SELECT value FROM facts WHERE name = 'epoch'").fetchone()[0]
    engine = Engine.open(index, Purpose(epoch, ["english"]))
    assert engine is not None
    database.execute("ATTACH ? AS other", [str(place.folder / "fts.db")])
    database.execute("CREATE VIRTUAL TABLE other.texts USING fts5 (text, content = '', tokenize = 'porter unicode61')")
    database.execute("INSERT INTO other.texts (rowid, text) SELECT id, text FROM messages")
    database.commit()
    ours = [
        _ms(
            lambda text=text: engine.search(
                parse(text).clauses, Scope(place.groups), "relevance", offset=0, limit=FIRST
            )
        )
        for text in asked
    ]
    theirs = [_ms(lambda text=text: _fts(database, text)) for text in asked]
    return {"ours": ours, "FTS5, ranked": theirs}


def _fts(database: sqlite3.Connection, text: str) -> list[Any]:
    match = text if text.startswith('"') else " ".join(f'"{word}"' for word in text.split())
    return database.execute(
        """SELECT x.id FROM other.texts f JOIN messages x ON x.id = f.rowid JOIN topics t ON t.id = x.topic_id
           WHERE f.texts MATCH ? AND t.group_id IN (SELECT group_id FROM memberships WHERE user_id = 1)
           ORDER BY f.rank LIMIT ?""",
        (match, FIRST),
    ).fetchall()


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def over_http(port: int, token: str, asked: list[str]) -> list[float]:
    """The milliseconds of each search, with the client that takes the least time itself: it works on the same cores."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def search(text: str) -> bytes:
        path = "/api/v1/search?" + urllib.parse.urlencode({"q": text})
        connection.request("GET", path, headers={"authorization": f"Bearer {token}"})
        with connection.getresponse() as answer:
            body = answer.read()
            assert answer.status == 200, body
        return body

    while not json.loads(search("the"))["complete"]:
        time.sleep(0.05)
    times = [_ms(lambda text=text: search(text)) for text in asked]
    connection.close()
    return times


async def findable(url: str, place: Place, seconds: int) -> list[float]:
    """The milliseconds from the answer to a post to the first search that finds it."""
    answered: dict[int, float] = {}
    found: dict[int, float] = {}
    headers = {"authorization": f"Bearer {place.token}"}
    posts = POSTS_A_SECOND * seconds
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=30) as client, trio.open_nursery() as nursery:

        async def post(number: int) -> None:
            await trio.sleep(number / POSTS_A_SECOND)
            answer = await client.post(f"/api/v1/topics/{place.topic}/messages", json={"text": f"findme {number}"})
            answered[answer.raise_for_status().json()["id"]] = trio.current_time()

        for number in range(posts):
            nursery.start_soon(post, number)
        while len(found) < posts:
            answer = await client.get("/api/v1/search", params={"q": '"findme"', "sort": "newest", "limit": 50})
            now = trio.current_time()
            for hit in answer.json()["items"]:
                found.setdefault(hit["message"]["id"], now)
            await trio.sleep(LOOK_EVERY)
    return [max(0.0, (found[one] - at) * 1000) for one, at in answered.items()]


async def posting(url: str, place: Place, seconds: int) -> list[float]:
    """The milliseconds of each post."""
    headers = {"authorization": f"Bearer {place.token}"}
    times: list[float] = []
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=30) as client, trio.open_nursery() as nursery:

        async def post(number: int) -> None:
            await trio.sleep(number / POSTS_A_SECOND)
            began = trio.current_time()
            answer = await client.post(f"/api/v1/topics/{place.topic}/messages", json={"text": f"sample {number}"})
            answer.raise_for_status()
            times.append((trio.current_time() - began) * 1000)

        for number in range(POSTS_A_SECOND * seconds):
            nursery.start_soon(post, number)
    return times


async def posting_while_killed(url: str, place: Place, seconds: int, server_id: int) -> list[float]:
    """The same while the process of the index is killed each time it is there."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_killing, server_id)
        times = await posting(url, place, seconds)
        nursery.cancel_scope.cancel()
    return times


async def keep_killing(server_id: int) -> Never:
    while True:
        await trio.run_process(["pkill", "-KILL", "-P", str(server_id), "-f", "convore_lite.index"], check=False)
        await trio.sleep(0.5)


def quantiles(name: str, times: list[float]) -> Row:
    times = sorted(times)
    return {
        "what": name,
        "number": len(times),
        "p50 ms": times[len(times) // 2],
        "p99 ms": times[int(len(times) * 0.99)],
        "longest ms": times[-1],
    }


def sizes(place: Place, seconds: float) -> Iterator[Row]:
    bytes_of_index = sum(
        path.stat().st_size for path in Settings(data=place.folder).search_index.rglob("*") if path.is_file()
    )
    aim = 0.4 * place.text_bytes / place.count + 60
    yield {"what": "messages a second into a new index", "seen": place.count / seconds, "aim": 30_000.0}
    yield {"what": "bytes of index for a message", "seen": bytes_of_index / place.count, "aim": aim}


def main(count: int, queries: int, seconds: int) -> None:
    language = Language(1)
    with tempfile.TemporaryDirectory() as folder:
        place = fill(Path(folder) / "chat", language, count)
        took = trio.run(build, place)
        report("search_index", f"{count:,} messages", list(sizes(place, took)))
        asked = language.queries(queries)
        times = in_process(place, asked)
        with server(place.folder) as (process, port):
            wait_until_it_answers(process, port)
            url = f"http://127.0.0.1:{port}"
            times["ours, over HTTP (aim: p50 15, p99 60)"] = over_http(port, place.token, asked)
            soon = f"from a post to finding it, {POSTS_A_SECOND} posts a second (aim: p99 300)"
            times[soon] = trio.run(findable, url, place, seconds)
            posts = {"posting": trio.run(posting, url, place, seconds)}
            with httpx2.Client(base_url=url, headers={"authorization": f"Bearer {place.token}"}) as client:
                client.post("/api/v1/admin/search/reindex").raise_for_status()
            posts["posting while an index is made"] = trio.run(posting, url, place, seconds)
            posts["posting while its process is killed"] = trio.run(
                posting_while_killed, url, place, seconds, process.pid
            )
        report(
            "search_posting", "Posts while something happens to the index", [quantiles(*one) for one in posts.items()]
        )
        table = [quantiles(name, found) for name, found in times.items()]
        ratio = table[1]["p99 ms"] / table[0]["p99 ms"]
        report("search", f"Searches; FTS5's p99 is {ratio:.1f} times ours (aim: 10)", table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=10)
    given = parser.parse_args()
    main(given.messages, given.queries, given.seconds)
