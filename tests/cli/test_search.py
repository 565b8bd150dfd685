"""The search index from the command line: made anew, and compared with the database, beside a server and without one."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from convore_lite.cli import search
from convore_lite.testing import ChatServer, Member

from .conftest import Typed


def test_without_a_server(typed: Typed, chat_folder: Path) -> None:
    typed("user", "add", "ann", "--role", "owner")
    said = typed("reindex").ok().out
    assert said.startswith("The search index knows 0 messages. It took ")
    assert typed("check").ok().out == "The search index knows all 0 messages.\n"
    assert typed("check", "--json").json == {"messages": 0, "indexed": 0, "sample": 0, "missing": 0}
    # It can be deleted at any time.
    shutil.rmtree(chat_folder / "search")
    assert typed("check").ok().out == "The search index knows all 0 messages.\n"


def test_beside_a_server(typed: Typed, chat_server: ChatServer, chat_folder: Path) -> None:
    ann = chat_server.member("ann")
    group = chat_server.call(ann.create_group, "Home lab")
    chat_server.call(ann.post, group["default_topic_id"], "a kingfisher")
    assert typed("reindex", "--json").json["messages"] == 1
    assert typed("check").ok().out == "The search index knows all 1 message.\n"
    # What no event tells of is not in the index.
    with closing(sqlite3.connect(chat_folder / "convore.db")) as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute(
            """INSERT INTO messages (topic_id, seq, author_id, client_id, text, nodes, html, created_at)
               SELECT topic_id, 2, author_id, 'x', 'a heron', '[]', 'a heron', created_at FROM messages"""
        )
        database.commit()
    assert "knows 1 of 2 messages, and 1 of a sample of 2 are missing" in typed("check").refused()
    typed("reindex").ok()
    typed("check").ok()


def test_where_none_can_be_made(typed: Typed, chat_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PATIENCE", 0.5)
    typed("user", "add", "ann", "--role", "owner")
    (chat_folder / "search").write_text("in the way")
    for command in ("check", "reindex"):
        assert "cannot be made: " in typed(command).refused()


def test_while_people_talk(typed: Typed, chat_server: ChatServer) -> None:
    ann = chat_server.member("ann")
    group = chat_server.call(ann.create_group, "Home lab")
    with talking(chat_server, ann, group["default_topic_id"]):
        assert typed("reindex", "--json").json["messages"] > 0
        for _ in range(5):
            assert "knows all" in typed("check").ok().out


@contextmanager
def talking(server: ChatServer, member: Member, topic: int) -> Iterator[None]:
    """Somebody who posts without a pause."""
    enough = threading.Event()

    def talk() -> None:
        while not enough.is_set():
            server.call(member.post, topic, "a kingfisher")

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
