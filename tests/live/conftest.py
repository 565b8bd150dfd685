"""The chats of these tests: by either way out, and a data folder with three people in it that is copied for each example."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.appliance import open_appliance
from convore_lite.routes.live import endpoint
from convore_lite.server import serve
from convore_lite.store import inline
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.words.settings import Settings

NAMES = ("ann", "bob", "cleo")
# The two ways out of a live stream. A module whose tests concern both overrides `way_out` with a fixture of these.
WAYS = ("plain", "fast")
# For tests that hold a reader back, as one can in memory. Their twins are in test_delivery and test_socket_outlet.
plain_only = pytest.mark.parametrize("way_out", ["plain"])

OpenChat = Callable[..., AbstractAsyncContextManager[Chat]]


@dataclass(frozen=True)
class Ready:
    """The folder, and what one needs to act as somebody in a copy of it: their user and token."""

    folder: Path
    people: dict[str, tuple[dict[str, Any], str]]

    @asynccontextmanager
    async def copied(self, **options: Any) -> AsyncIterator[tuple[Chat, dict[str, Member]]]:
        """A chat of one's own with these people in it, in one deterministic thread."""
        with tempfile.TemporaryDirectory(prefix="convore-tests-") as parent:
            folder = Path(parent) / "chat"
            shutil.copytree(self.folder, folder)
            async with self.opened(folder, **options) as opened:
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


@pytest.fixture
def way_out() -> str:
    return "plain"


@pytest.fixture
def open_way(way_out: str, monkeypatch: pytest.MonkeyPatch) -> OpenChat:
    """Opens a chat in memory, or behind a server from which no stream goes any other way than the fast one."""
    if way_out == "plain":
        return open_chat

    def never(*_: Any) -> None:
        raise AssertionError("this stream should have gone past the server")

    monkeypatch.setattr(endpoint, "AsgiOutlet", never)
    return open_served


@pytest.fixture
async def chat(open_way: OpenChat, chat_folder: Path, chat_settings: dict[str, Any]) -> AsyncIterator[Chat]:
    async with open_way(chat_folder, **chat_settings) as opened:
        yield opened


@asynccontextmanager
async def open_served(folder: Path, *, now: Callable[[], int] | None = None, **settings: Any) -> AsyncIterator[Chat]:
    """A chat behind a real server, in this test's own run."""
    clock = {} if now is None else {"now": now}
    stop = trio.Event()
    chosen = Settings(data=folder, **{"rate_limits": False, **settings})
    async with open_appliance(chosen, **clock) as appliance, trio.open_nursery() as nursery:
        serving = partial(serve, appliance.doors, binds=["127.0.0.1:0"], stop=stop)
        listening = await nursery.start(partial(serving, on_stop=appliance.app.hub.end_all))
        chat = Chat(appliance, listening.addresses[0], in_memory=False)
        yield chat
        await chat.close()
        stop.set()
