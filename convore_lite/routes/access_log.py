"""One line for each request, for those who switch it on: method, path, status, milliseconds. Never a secret, never who."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger("convore_lite.access")

# What follows in these paths is a secret.
SECRET_PATHS = ("/welcome/", "/join/")
# So may be anything else that is as long as one and has a capital letter, which no name in an address of ours has.
SECRET = re.compile(r"(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20,}")


class AccessLog:
    """Writes down what goes through to *app* when it has been answered."""

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = 0, time.perf_counter()

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            took = round((time.perf_counter() - begun) * 1000, 1)
            request = {"method": scope["method"], "path": shown_path(scope["path"])}
            log.info("request", {**request, "status": status, "milliseconds": took})


def shown_path(path: str) -> str:
    """A path without the secret in it, and without its query."""
    for start in SECRET_PATHS:
        if path.startswith(start):
            return start + "…"
    return SECRET.sub("…", path)
