"""A data folder with as many people as wanted, all in one group, each with a token."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from readers import MARK, Crew, live_requests
from running import server, wait_until_it_answers

API = "/api/v1"
PASSWORD = "a horse, a battery and a staple"
TEXT = "A message of ordinary length, as people write them: one or two sentences, and no more than that."


@dataclass(frozen=True)
class Crowd:
    """*tokens* are the members' who read; *owner* is the token of the one who posts. *event* is the JSON of one message to them."""

    folder: Path
    topic: int
    owner: str
    tokens: list[str]
    event: str


def gather(folder: Path, count: int, text: str = TEXT) -> Crowd:
    """A group of *count* people and its owner, whose name is "owner" and whose password is PASSWORD."""
    with server(folder) as (process, port):
        wait_until_it_answers(process, port)
        owner = make_owner(folder)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}{API}", headers=bearer(owner)) as client:
            group = client.post("/groups", json={"name": "Benchmark", "kind": "public"}).raise_for_status().json()
        topic = group["default_topic_id"]
        event = see_one(port, owner, topic, text)
    # Straight into the database: the API would take minutes for ten thousand people.
    tokens = fill(folder / "convore.db", group["id"], count)
    return Crowd(folder, topic, owner, tokens, event)


def make_owner(folder: Path) -> str:
    transport = httpx2.HTTPTransport(uds=str(folder / "admin.sock"))
    with httpx2.Client(transport=transport, base_url=f"http://console{API}") as console:
        someone = {"username": "owner", "role": "owner", "password": PASSWORD}
        console.post("/users", json=someone).raise_for_status()
        made = console.post("/users/owner/tokens", json={"name": "benchmark", "scope": "write"}).raise_for_status()
        return str(made.json()["token"])


def see_one(port: int, owner: str, topic: int, text: str) -> str:
    """The JSON of a message, as a stream tells it."""
    with Crew() as crew:
        crew.ask("open", port, live_requests(port, [owner]))
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}{API}", headers=bearer(owner)) as client:
            client.post(f"/topics/{topic}/messages", json={"text": f"{MARK.format(1)} {text}"}).raise_for_status()
        crew.ask("wait", 1, 10)
        event: bytes = crew.ask("told")["sample"]
    return event.partition(b"\ndata: ")[2].decode()


def fill(database: Path, group_id: int, count: int) -> list[str]:
    now = time.time_ns() // 1_000_000
    tokens = [secrets.token_urlsafe(32) for _ in range(count)]
    with sqlite3.connect(database) as connection:
        first = connection.execute("SELECT max(id) + 1 FROM users").fetchone()[0]
        people = [(first + number, f"person{number}", f"Person {number}", now) for number in range(count)]
        connection.executemany("INSERT INTO users (id, username, name, created_at) VALUES (?, ?, ?, ?)", people)
        members = [(user_id, group_id, now) for user_id, *_ in people]
        connection.executemany("INSERT INTO memberships (user_id, group_id, joined_at) VALUES (?, ?, ?)", members)
        # Used a moment ago: a token's first use of a day is written down, and that is not what is measured.
        keys = [
            (user_id, hashlib.sha256(token.encode()).digest(), now, now)
            for (user_id, *_), token in zip(people, tokens, strict=True)
        ]
        connection.executemany(
            """INSERT INTO tokens (user_id, name, scope, hash, created_at, last_used_at)
               VALUES (?, 'benchmark', 'write', ?, ?, ?)""",
            keys,
        )
    connection.close()
    return tokens


def bearer(token: str) -> dict[str, Any]:
    return {"authorization": f"Bearer {token}"}
