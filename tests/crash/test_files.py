"""kill -9 at every step of sending, posting and deleting files: no row without its bytes, and in the end no bytes without a row."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.actions import files as file_actions
from convore_lite.store import inline
from convore_lite.testing import open_chat

from .states import look_for_bytes

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.slow
async def test_kill_at_every_step(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.crash.dying", str(tmp_path)]
    steps = int((await trio.run_process(command, cwd=ROOT, capture_stdout=True)).stdout)
    assert steps > 20
    outcomes = {await look(tmp_path / str(number)) for number in range(1, steps + 1)}
    # It died with nothing posted, with one message, with two, and with the first deleted.
    assert {posted for posted, _ in outcomes} == {0, 1, 2}
    assert any(deleted for _, deleted in outcomes)


async def look(folder: Path) -> tuple[int, bool]:
    """What is wrong is raised; how many messages there are, and whether one is deleted."""
    with closing(sqlite3.connect(folder / "convore.db")) as connection:
        assert list(look_for_bytes(connection, folder)) == []
    async with open_chat(folder, run_sync=inline) as chat:
        await file_actions.clear_loose(chat.appliance.app)
        await file_actions.sweep(chat.appliance.app)
    named = {name for row in rows(folder) for name in row if name}
    kept = {path.name for path in (folder / "files").rglob("*") if path.is_file()}
    assert kept == named
    messages = query(folder, "SELECT deleted FROM messages")
    return len(messages), any(row[0] for row in messages)


def rows(folder: Path) -> list[tuple[str, str | None]]:
    return query(folder, "SELECT bytes, thumb FROM files")


def query(folder: Path, text: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "convore.db")) as connection:
        return connection.execute(text).fetchall()
