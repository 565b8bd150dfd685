"""The fixtures of the testing kit. The async ones need pytest-trio; `chat_server` works in every kind of test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import trio.testing

    from .chat import Chat
    from .server import ChatServer


@pytest.fixture
def chat_folder(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "chat"


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    """Settings of the chat under test; override it to change some. Without `rate_limits` in it, those are off."""
    return {}


@pytest.fixture
async def chat(chat_folder: Path, chat_settings: dict[str, Any]) -> AsyncIterator[Chat]:
    """A chat in memory, with nobody in it yet."""
    from .chat import open_chat

    async with open_chat(chat_folder, **chat_settings) as opened:
        yield opened


@pytest.fixture
def patient_clock() -> trio.testing.MockClock:
    """The test's clock: it jumps over waiting, and stands still while a thread works. Use it with `patient_chat`."""
    import trio.testing

    return trio.testing.MockClock(autojump_threshold=0)


@pytest.fixture
async def patient_chat(
    chat_folder: Path, chat_settings: dict[str, Any], patient_clock: trio.testing.MockClock
) -> AsyncIterator[Chat]:
    """A chat in memory that lives by `patient_clock`, which the test names too: half a minute between heartbeats takes no time."""
    import trio

    from .chat import open_chat
    from .clock import HoldsClock

    if trio.lowlevel.current_clock() is not patient_clock:
        # pytest-trio runs a test by a clock only if the test itself names it.
        raise pytest.UsageError("a test of patient_chat names the fixture patient_clock as well")
    async with open_chat(chat_folder, run_sync=HoldsClock(patient_clock), **chat_settings) as opened:
        yield opened


@pytest.fixture
def chat_server(chat_folder: Path, chat_settings: dict[str, Any]) -> Iterator[ChatServer]:
    """A real server on a free port of this machine, in a thread of its own."""
    from .server import serve_chat

    with serve_chat(chat_folder, **chat_settings) as server:
        yield server
