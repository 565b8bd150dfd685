"""A data folder with three people in it, made once and copied for each example of a property test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.store import inline
from convore_lite.testing import Chat, Member, open_chat

NAMES = ("ann", "bob", "cleo")


@dataclass(frozen=True)
class Ready:
    """The folder, and what one needs to act as somebody in a copy of it: their user and token."""

    folder: Path
    people: dict[str, tuple[dict[str, Any], str]]

    @asynccontextmanager
    async def copied(self) -> AsyncIterator[tuple[Chat, dict[str, Member]]]:
        """A chat of one's own with these people in it, in one deterministic thread."""
        with tempfile.TemporaryDirectory(prefix="convore-tests-") as parent:
            folder = Path(parent) / "chat"
            shutil.copytree(self.folder, folder)
            async with self.opened(folder) as opened:
                yield opened

    @asynccontextmanager
    async def opened(self, folder: Path, **options: Any) -> AsyncIterator[tuple[Chat, dict[str, Member]]]:
        """The chat in a copy that is there already, once more."""
        async with open_chat(folder, **{"run_sync": inline, **options}) as chat:
            yield chat, {name: chat.member_with(*given) for name, given in self.people.items()}


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    folder = tmp_path_factory.mktemp("ready") / "chat"

    async def make() -> dict[str, tuple[dict[str, Any], str]]:
        async with open_chat(folder, run_sync=inline) as chat:
            members = [await chat.member(name) for name in NAMES]
            return {member.username: (member.user, member.token) for member in members}

    return Ready(folder, trio.run(make))
