"""Errors as answers: the only place that knows which refusal is which status code (RFC 9457, problem+json)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec

from ..words import errors

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[errors.Refusal], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.DraftBehind: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DiskFull: HTTPStatus.INSUFFICIENT_STORAGE,
}
# RFC 9110's names, which Python has only from 3.13 on.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
# Seconds after which trying again makes sense.
RETRY_AFTER = {HTTPStatus.SERVICE_UNAVAILABLE: 2, HTTPStatus.INSUFFICIENT_STORAGE: 30}

log = logging.getLogger("convore_lite")


def status_of(error: errors.Refusal) -> HTTPStatus:
    return STATUS.get(type(error), HTTPStatus.BAD_REQUEST)


def problem(status: int, detail: str, **more: Any) -> bytes:
    """The body of an error answer; *more* is what belongs to this kind of it."""
    title = TITLES.get(status) or (HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error")
    return msgspec.json.encode({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})


def of_refusal(error: errors.Refusal) -> tuple[bytes, int, dict[str, str]]:
    """Body, status and headers of the answer to a refusal."""
    status = status_of(error)
    return problem(status, error.sentence, **_more(error)), status, {**headers_for(status), **when_again(error)}


def _more(error: errors.Refusal) -> dict[str, Any]:
    if isinstance(error, errors.BadInput):
        return {"errors": [{"field": error.field, "message": error.message}]}
    return {"draft": error.draft} if isinstance(error, errors.DraftBehind) else {}


def when_again(error: errors.Refusal | None) -> dict[str, str]:
    """The header that says how long to wait before another try, where the refusal does."""
    return {"retry-after": str(error.retry_after)} if isinstance(error, errors.TooMany) else {}


def headers_for(status: int) -> dict[str, str]:
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    if status in RETRY_AFTER:
        headers["retry-after"] = str(RETRY_AFTER[HTTPStatus(status)])
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return headers


def unexpected(error: BaseException, where: str) -> tuple[bytes, int, dict[str, str]]:
    """Our own mistake: written down for the owner of the server, without its inside for the one who asked."""
    log.error("unexpected error", {"where": where}, exc_info=error)
    return problem(500, "Something went wrong here. It was written down."), 500, headers_for(500)
