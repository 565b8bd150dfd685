"""How a command reaches the chat: always the JSON API with its owner's rights, beside a running server or without one.

With a server it goes through the socket in the data folder; without one the folder is opened in this process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from ..words.errors import Refusal, SetupError
from ..words.settings import Settings, read_settings

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

API = "/api/v1"
# The most that lists give at once.
PAGE = 200
# Seconds for one answer. Taking in a batch of long texts is the slowest thing asked, a few seconds on a small machine.
PATIENCE = 120


class Console:
    """The API, called with the owner's rights."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call an operation; its answer, decoded. *path* begins after /api/v1. Raises Refusal."""
        response = await self.send(method, path, json=body, params=query or None)
        return response.json() if response.content else None

    async def items(self, path: str) -> list[Any]:
        """All items of a list, page after page."""
        found: list[Any] = []
        cursor: Any = ""
        while cursor is not None:
            page = await self.call("GET", path, limit=PAGE, cursor=cursor)
            found += page["items"]
            cursor = page["next"]
        return found

    async def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Raises Refusal, with the sentence of the problem that the server answers."""
        import httpx2

        try:
            response = await self._http.request(method, API + path, **options)
        except httpx2.TransportError as error:
            raise Refusal(f"The server stopped answering ({type(error).__name__}). Try again.") from error
        if response.is_error:
            raise Refusal(_detail(response))
        return response


@asynccontextmanager
async def open_console(settings: Settings) -> AsyncIterator[Console]:
    """Raises SetupError."""
    import httpx2

    async with AsyncExitStack() as stack:
        transport: httpx2.AsyncBaseTransport
        if is_served(settings.admin_socket):
            transport = httpx2.AsyncHTTPTransport(uds=os.fspath(settings.admin_socket))
        else:
            from .. import log_lines
            from ..appliance import open_appliance

            log_lines.set_up(settings.log_format)
            appliance = await stack.enter_async_context(open_appliance(settings, follows=False))
            transport = httpx2.ASGITransport(appliance.console)
        client = httpx2.AsyncClient(transport=transport, base_url="http://console", timeout=PATIENCE)
        yield Console(await stack.enter_async_context(client))


def is_served(path: Path) -> bool:
    """Does a server answer there? The socket of one that was killed may still be there. Raises SetupError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(os.fspath(path))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except OSError as error:
            raise SetupError(f"The server's socket {path} cannot be used: {error.strerror or error}.") from error
    return True


def chat_at(data: Path | None, *, begins: bool = False) -> Settings:
    """The settings of a data folder. Only a command that *begins* a chat makes a new one. Raises SetupError."""
    settings = read_settings({"data": data})
    if not begins and not settings.database.exists():
        raise SetupError(f"There is no chat in {settings.data} yet. `convore-lite serve` begins one.")
    return settings


def run(settings: Settings, work: Callable[[Console], Awaitable[T]]) -> T:
    """Do something with the API of a data folder. Raises Refusal."""
    import trio

    async def main() -> T:
        async with open_console(settings) as console:
            return await work(console)

    return trio.run(main)


def call(data: Path | None, method: str, path: str, body: Any = None, *, begins: bool = False) -> Any:
    """Call one operation; its answer. Raises Refusal."""
    return run(chat_at(data, begins=begins), lambda console: console.call(method, path, body))


def items(data: Path | None, path: str) -> list[Any]:
    """All items of one list. Raises Refusal."""
    return run(chat_at(data), lambda console: console.items(path))


def place(*parts: str | int) -> str:
    """A path of parts that may be anything: ``place("users", name)``."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def _detail(response: httpx2.Response) -> str:
    if response.headers.get("content-type") == "application/problem+json":
        return str(response.json()["detail"])
    return f"The server answered {response.status_code}."
