"""The judged messages and queries, read from their files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Said:
    """A message. *key* is what the judgements call it."""

    key: str
    language: str
    group: str
    topic: str
    author: str
    at: int
    text: str


@dataclass(frozen=True)
class Judged:
    """A query, and the keys of what it should find in its first ten."""

    section: str
    text: str
    keys: frozenset[str]


def messages() -> list[Said]:
    return [said for path in sorted((HERE / "messages").glob("*.txt")) for said in _messages_of(path)]


def queries() -> list[Judged]:
    found, section = [], ""
    for line in (HERE / "queries.txt").read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif section and " => " in line:
            text, _, keys = line.partition(" => ")
            found.append(Judged(section, text, frozenset(keys.split())))
    return found


def _messages_of(path: Path) -> Iterator[Said]:
    group = topic = ""
    for line in path.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"# (\S+): (.+)", line):
            group, topic = heading[1], heading[2]
            continue
        key, author, day, text = line.split(" ", 3)
        at = int(datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC).timestamp() * 1000)
        yield Said(key, path.stem, group, topic, author, at, text)
