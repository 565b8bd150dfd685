"""Floor 3, the doors: HTTP in, one action, HTTP out. The only floor that knows status codes."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from ..actions import App
from . import api, live
from .access_log import AccessLog
from .arrival import Arrivals, Elsewhere, is_named
from .context import ForApp
from .headers import SecurityHeaders
from .limits import BodyLimit
from .turns import Turns
from .uploads import Uploads
from .website import the_website

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

# Enough for the longest message with every character escaped in JSON, and for the batches of an import.
MAX_BODY = 1024 * 1024
# A picture of oneself, as a telephone takes it.
MAX_PICTURE = 10 * 1024 * 1024
LARGER = {f"{api.BASE}/me/avatar": MAX_PICTURE, "/settings/picture/": MAX_PICTURE}


class Doors:
    """Everything the server answers, as one ASGI application. `run` does what its live streams need meanwhile.

    *current_stream* gives the cleartext connection of the request at hand, where the server knows it; *most_streams* is how many
    live streams may be open at once.
    """

    def __init__(
        self,
        app: App,
        current_stream: Callable[[], trio.SocketStream | None] = live.no_stream,
        most_streams: int = sys.maxsize,
    ) -> None:
        website = the_website()
        limited = BodyLimit(Turns(ForApp(app, website)), MAX_BODY, LARGER)
        secured = SecurityHeaders(Uploads(app, website, limited), app.settings)
        # What stands between a stream and the server is kept for each open one: nothing does that is not needed.
        self._live = live.LiveEndpoint(app, current_stream, most_streams, secured.completed)
        logged: Callable[[ASGIApp], ASGIApp] = AccessLog if app.settings.access_log else lambda answering: answering
        self._arrivals = Arrivals(app.settings)
        elsewhere = Elsewhere(421, f"This server answers as {self._arrivals.host} only.")  # RFC 9110, 15.5.20
        nowhere = Elsewhere(400, "The Host of this request cannot be a host's name.")  # RFC 9112, 3.2
        self._website, self._stream = logged(secured), logged(self._live)
        self._elsewhere, self._nowhere = (
            logged(SecurityHeaders(answer, app.settings)) for answer in (elsewhere, nowhere)
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._arrivals.find_client(scope)
        await self._door_for(scope)(scope, receive, send)

    def _door_for(self, scope: Any) -> ASGIApp:
        if not self._arrivals.is_ours(scope):
            return self._elsewhere
        if not is_named(scope):
            return self._nowhere
        is_live = scope["type"] == "http" and scope["path"] == live.PATH
        return self._stream if is_live else self._website

    async def run(self) -> None:
        """Until cancelled."""
        await self._live.run()
