"""Floor 3, the doors: HTTP in, one action, HTTP out. The only floor that knows status codes."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trio
from quart import Response, request
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from ..actions import App
from ..words.errors import NotFound, Refusal
from . import api, avatars, description, gate, health, live, metrics, pages, previews, problems, static
from .access_log import AccessLog, shown_path
from .arrival import Arrivals, Elsewhere, is_named
from .context import EXTENSION
from .headers import SecurityHeaders
from .limits import BodyLimit
from .rules import MatchingRule
from .uploads import Uploads

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

# Enough for the longest message with every character escaped in JSON, and for the batches of an import.
MAX_BODY = 1024 * 1024
# A picture of oneself, as a telephone takes it.
MAX_PICTURE = 10 * 1024 * 1024
LARGER = {f"{api.BASE}/me/avatar": MAX_PICTURE, "/settings/picture/": MAX_PICTURE}
PACKAGE = Path(__file__).parent.parent


class Id(BaseConverter):
    """An id in a path, of up to 16 digits: no number can be too large for the database.

    What does not fit the expression is no such address. A converter that refuses in `to_python` would answer 405 there, as Werkzeug
    has then seen rules for other methods at the same place.
    """

    regex = "[1-9][0-9]{0,15}"

    def to_python(self, value: str) -> int:
        return int(value)


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
        website = create_website(app)
        limited = BodyLimit(website, MAX_BODY, LARGER)
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


class QuietHangUp(TrioASGIHTTPConnection):
    """Quart's end of one request. From 0.23 on it fails where the client hung up before the answer; that is no failure of ours."""

    async def _send_response(self, send: Any, response: Any) -> None:
        if not getattr(self, "_disconnected", False):
            await super()._send_response(send, response)


def create_website(app: App) -> QuartTrio:
    """The pages and the JSON API."""
    website = QuartTrio("convore_lite", static_folder=None, root_path=str(PACKAGE))
    website.asgi_http_class = QuietHangUp
    website.url_rule_class = MatchingRule
    website.extensions[EXTENSION] = app
    website.config.update(MAX_CONTENT_LENGTH=None)  # BodyLimit holds, for chunked bodies too
    website.url_map.converters["id"] = Id
    for door in (api, avatars, description, health, metrics, pages, previews, static):
        website.register_blueprint(door.blueprint)
    website.before_request(gate.admit)
    website.register_error_handler(Refusal, _refused)
    website.register_error_handler(HTTPException, _http_error)
    website.register_error_handler(Exception, _unexpected)
    return website


async def _refused(error: Refusal) -> Response:
    if not _is_api():
        return await pages.problem_page(problems.status_of(error), error)
    return _problem(*problems.of_refusal(error))


async def _http_error(error: HTTPException) -> Response:
    """What Quart itself refuses: no such address, or not with this method."""
    status = error.code or 500
    if not _is_api():
        return await pages.problem_page(status, None)
    if status == 404:
        return _problem(*problems.of_refusal(NotFound()))
    answer = _problem(problems.problem(status, f"{error.name}."), status, problems.headers_for(status))
    if status == 405:
        answer.headers["allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return answer


async def _unexpected(error: Exception) -> Response:
    body, status, answer_headers = problems.unexpected(error, f"{request.method} {shown_path(request.path)}")
    if not _is_api():
        return await pages.problem_page(status, None)
    return _problem(body, status, answer_headers)


def _is_api() -> bool:
    return request.path.startswith(("/api/", "/healthz", "/metrics", "/readyz"))


def _problem(body: bytes, status: int, answer_headers: dict[str, str]) -> Response:
    return Response(body, status, headers=answer_headers)
