"""A real server on a free port, in a thread of its own: for tests that are not Trio's, such as those of a browser."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import trio

from ..appliance import Running, run_server
from ..fetcher import Fetcher
from ..words.settings import Settings
from .chat import QUICK, QUIET, Chat, Member

T = TypeVar("T")
# Starting takes less than a second; a machine that does other things may need much longer.
PATIENCE = 60


class ChatServer:
    """The server, and a way to do things in it from a test without async: ``server.call(server.chat.member, "ann")``."""

    def __init__(self, chat: Chat, token: trio.lowlevel.TrioToken, running: Running) -> None:
        self.chat = chat
        self.url = chat.url.rstrip("/")
        self.first_link = running.first_link
        self._token = token

    def call(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Run an async function in the server's thread and give its result."""
        return trio.from_thread.run(function, *args, trio_token=self._token)

    def member(self, username: str, role: str = "member") -> Member:
        """Somebody new, with a password and an API token."""
        return self.call(lambda: self.chat.member(username, role=role))


@contextmanager
def serve_chat(
    folder: Path, *, bind: str = "127.0.0.1:0", fetcher: Fetcher | None = None, **settings: Any
) -> Iterator[ChatServer]:
    """A server on *folder* for as long as the block lasts, with the settings of `open_chat`. Raises what keeps it from starting."""
    started = threading.Event()
    box: dict[str, Any] = {}

    async def main() -> None:
        box["stop"] = stop = trio.Event()
        box["token"] = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as nursery:
            chosen = Settings(data=folder, bind=(bind,), **{**QUIET, **settings})
            run = partial(run_server, chosen, stop=stop, fetcher=fetcher, hasher=QUICK)
            running = await nursery.start(run)
            chat = Chat(running.appliance, running.listening.addresses[0], in_memory=False)
            box["server"] = ChatServer(chat, box["token"], running)
            started.set()

    def run() -> None:
        try:
            trio.run(main)
        except BaseException as error:  # handed to the test's own thread, which raises it
            box["error"] = error
        finally:
            started.set()

    thread = threading.Thread(target=run, name="chat server", daemon=True)
    thread.start()
    started.wait(PATIENCE)
    if "error" in box:
        raise box["error"]
    try:
        yield box["server"]
        box["server"].call(box["server"].chat.close)
    finally:
        box["token"].run_sync_soon(box["stop"].set)
        thread.join(PATIENCE)
    if "error" in box:
        raise box["error"]
