"""Lines of an archive, and a chat that takes them in and gives them out."""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from convore_lite.cli.console import Console
from convore_lite.cli.exporting import export_to
from convore_lite.cli.importing import Importer, lines_of
from convore_lite.cli.tally import Tally
from convore_lite.testing import Chat
from convore_lite.words import archive
from convore_lite.words.archive import GroupLine, MemberLine, MessageLine, TopicLine, UserLine
from convore_lite.words.models import time_text

PEOPLE = ("ann", "bob", "cy")


def at(minutes: int) -> str:
    return time_text(1_700_000_000_000 + minutes * 60_000)


def user(name: str, kind: Any = "person") -> UserLine:
    return UserLine(name, name.title(), kind, at(0))


def group(slug: str = "lab", name: str = "Lab", kind: Any = "public") -> GroupLine:
    return GroupLine(slug, name, kind, "", "ann", at(0))


def topic(slug: str = "general", name: str = "General", group: str = "lab", *, default: bool = True) -> TopicLine:
    return TopicLine(group, slug, name, "ann", at(0), False, False, False, default)


def message(seq: int, text: str | None = "hello", author: str = "ann", **fields: Any) -> MessageLine:
    values = {"group": "lab", "topic": "general", "client_id": f"c{seq}", "edited_at": None, "reply_to": None}
    return MessageLine(**{**values, "seq": seq, "author": author, "text": text, "created_at": at(seq), **fields})


def member(name: str, role: Any = "member") -> MemberLine:
    return MemberLine("lab", name, role, at(0))


def file(*lines: archive.AnyLine) -> bytes:
    return archive.HEADER + b"".join(archive.encode(line) for line in lines)


LAB = [*map(user, PEOPLE), group(), topic()]


@asynccontextmanager
async def console_of(chat: Chat) -> Any:
    async with chat.client(console=True) as http:
        yield Console(http)


async def take(chat: Chat, content: bytes, into: str | None = None) -> Tally:
    tally = Tally(lambda line: None)
    async with console_of(chat) as console:
        importer = Importer(console, tally, into=into)
        for number, raw in lines_of(io.BytesIO(content)):
            await importer.take(number, raw)
        await importer.finish()
    return tally


async def taken_whole(chat: Chat, content: bytes) -> Tally:
    """Take a file of which nothing may be refused."""
    tally = await take(chat, content)
    assert tally.refused == []
    return tally


async def export(chat: Chat, folder: Path, **query: str) -> bytes:
    target = folder / "export.jsonl"
    async with console_of(chat) as console:
        await export_to(console, query or {"groups": "*"}, str(target), as_json=False)
    return target.read_bytes()


def kinds(content: bytes) -> list[str]:
    return [json.loads(line)["kind"] for line in content.splitlines()[1:]]


def refused(tally: Tally) -> list[tuple[int, str]]:
    return [(line["line"], line["reason"]) for line in tally.refused]
