"""What a request is in the middle of: the App it works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from quart import request

from ..actions import App

# Where the scope of a request says whose it is.
APP = "convore_lite.app"


class ForApp:
    """The website of a process, which is one for all chats, answering for one of them."""

    def __init__(self, app: App, website: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self._app, self._website = app, website

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope[APP] = self._app
        await self._website(scope, receive, send)


def the_app() -> App:
    """The App of the request that is being answered."""
    return cast(App, cast(dict[str, Any], request.scope)[APP])
