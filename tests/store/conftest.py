"""An open store whose committer runs, and what it published."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.store import Store
from convore_lite.words.events import Event


@dataclass
class Published:
    """The hub's place in these tests: keeps the events in the order in which they came."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    @property
    def notes(self) -> list[str]:
        return [event.fact.settings["note"] for event in self.events]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of the test is."""
    return tmp_path / "chat" / "convore.db"


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
async def store(path: Path, published: Published) -> AsyncIterator[Store]:
    async with running(path, publish=published) as opened:
        yield opened


@asynccontextmanager
async def running(path: Path, **options: Any) -> AsyncIterator[Store]:
    """A store whose committer runs for as long as the block lasts."""
    opened = Store.open(path, **{"publish": lambda events: None, **options})
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(opened.commit_jobs)
            yield opened
            nursery.cancel_scope.cancel()
    finally:
        opened.close()
