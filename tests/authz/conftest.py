"""The world of these tests, made once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio

from . import world as worlds
from .world import Ready, World


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    return trio.run(worlds.make, tmp_path_factory.mktemp("world") / "chat")


@pytest.fixture
async def world(ready: Ready) -> AsyncIterator[World]:
    async with ready.copied() as opened:
        yield opened
