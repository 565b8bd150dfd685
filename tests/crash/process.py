"""The real server in a process of its own: started, killed, started again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import trio

# Starting takes about a second; a machine that does other things may need much longer.
PATIENCE = 60
API = "/api/v1"


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to no outgoing connection while the server is down."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)):
                return port


class ServerProcess:
    """One server on *folder* after another, always at the same address. *before* goes in front of the command."""

    def __init__(self, folder: Path, before: Sequence[str] = ()) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._before = list(before)
        self._process: trio.Process | None = None
        # Set while a server answers.
        self.ready = trio.Event()
        self._errors = folder.with_name("errors")

    @property
    def last_words(self) -> str:
        """What the last one wrote to standard error."""
        return self._errors.read_text()

    async def start(self) -> float:
        """Start it and wait until it answers; the seconds that took."""
        began = trio.current_time()
        serve = ["serve", "--data", str(self.folder), "--bind", f"127.0.0.1:{self.port}"]
        with self._errors.open("wb") as errors:
            self._process = await trio.lowlevel.open_process(
                [*self._before, sys.executable, "-m", "convore_lite", *serve],
                env={**os.environ, "CONVORE_RATE_LIMITS": "off"},
                stdout=subprocess.PIPE,
                stderr=errors,
                # A group of its own, so that a signal reaches the server and what it runs under alike.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        with trio.fail_after(PATIENCE):
            said = await read_until(self._process.stdout, "Listening on http")
        assert said, f"the server did not start: {self.last_words}"
        self.ready.set()
        return trio.current_time() - began

    async def kill(self) -> None:
        """kill -9, and wait until it is dead."""
        self.ready = trio.Event()
        self.signal(signal.SIGKILL)
        await self.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        assert self._process is not None
        with trio.fail_after(PATIENCE):
            status = await self._process.wait()
        await self._process.stdout.aclose()  # type: ignore[union-attr]
        self._process = None
        return status

    async def end(self) -> None:
        """End it, if it still runs."""
        if self._process is not None:
            with trio.CancelScope(shield=True):
                await self.kill()

    def client(self, token: str | None = None) -> httpx2.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE)

    def console(self) -> httpx2.AsyncClient:
        """A client with the owner's rights, through the folder's own socket."""
        transport = httpx2.AsyncHTTPTransport(uds=str(self.folder / "admin.sock"))
        return httpx2.AsyncClient(base_url="http://console", transport=transport, timeout=PATIENCE)


async def read_until(output: trio.abc.ReceiveStream, beginning: str) -> bool:
    """Read lines until one begins so; False where there is none."""
    text = b""
    async for chunk in output:
        text += chunk
        if any(line.startswith(beginning.encode()) and line.endswith(b"\n") for line in text.splitlines(keepends=True)):
            return True
    return False


@asynccontextmanager
async def server_process(folder: Path, before: Sequence[str] = ()) -> AsyncIterator[ServerProcess]:
    """A server that runs, and that is gone after the block."""
    server = ServerProcess(folder, before)
    try:
        await server.start()
        yield server
    finally:
        await server.end()


async def make_members(server: ServerProcess, names: Sequence[str]) -> dict[str, str]:
    """New people, the first of them the owner; a token for each."""
    tokens = {}
    async with server.console() as console:
        for name in names:
            role = "member" if tokens else "owner"
            await answer(console.post(f"{API}/users", json={"username": name, "role": role}))
            made = await answer(
                console.post(f"{API}/users/{name}/tokens", json={"name": "crash test", "scope": "write"})
            )
            tokens[name] = made["token"]
    return tokens


async def answer(request: Any) -> Any:
    """What was answered to a request that must succeed."""
    response = await request
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json() if response.content else None
