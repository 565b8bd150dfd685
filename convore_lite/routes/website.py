"""The website: the pages and the JSON API as one Quart application, and what it answers where something fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from quart import Response, request
from quart_trio import QuartTrio
from quart_trio.asgi import TrioASGIHTTPConnection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from ..words.errors import NotFound, Refusal, TooMany
from . import api, avatars, description, gate, health, metrics, pages, previews, problems, static
from .access_log import shown_path
from .context import the_app
from .rules import MatchingRule
from .turns import turn_of

PACKAGE = Path(__file__).parent.parent


class Id(BaseConverter):
    """An id in a path, of up to 16 digits: no number can be too large for the database.

    What does not fit the expression is no such address. A converter that refuses in `to_python` would answer 405 there, as Werkzeug
    has then seen rules for other methods at the same place.
    """

    regex = "[1-9][0-9]{0,15}"

    def to_python(self, value: str) -> int:
        return int(value)


class QuietHangUp(TrioASGIHTTPConnection):
    """Quart's end of one request. From 0.23 on it fails where the client hung up before the answer; that is no failure of ours."""

    async def _send_response(self, send: Any, response: Any) -> None:
        if not getattr(self, "_disconnected", False):
            await super()._send_response(send, response)


@cache
def the_website() -> QuartTrio:
    """The pages and the JSON API: one for all chats of a process, since two hundred rules take a while; see `ForApp`."""
    website = QuartTrio("convore_lite", static_folder=None, root_path=str(PACKAGE))
    website.asgi_http_class = QuietHangUp
    website.url_rule_class = MatchingRule
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
    turn_of(request.scope).end()  # to wait is no work
    if isinstance(error, TooMany):
        await the_app().rates.breathe()
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
