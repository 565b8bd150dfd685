"""Security headers, on every answer (OWASP Secure Headers; ASVS 5.0, 3.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Response, request

from ..words.settings import Settings
from .context import the_app

Send = Callable[[dict[str, Any]], Awaitable[None]]

# No inline script or style anywhere. Pictures may come from elsewhere, because messages show them where their writers link to them.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "x-content-type-options": "nosniff",
    # Not "no-referrer": with it browsers send "Origin: null" with a form, and the same-origin check would refuse our own.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
# A year, as browsers' preload lists ask for. Only where we are reached over https.
TRANSPORT = "max-age=31536000"


def security(settings: Settings, *, page: bool) -> dict[str, str]:
    headers = {**ALWAYS, "content-security-policy": PAGE_POLICY if page else DATA_POLICY}
    return {**headers, "strict-transport-security": TRANSPORT} if settings.secure else headers


async def add_security(response: Response) -> Response:
    page = response.mimetype == "text/html"
    for name, value in security(the_app().settings, page=page).items():
        response.headers[name] = value
    if not request.path.startswith("/static/") and "cache-control" not in response.headers:
        response.headers["cache-control"] = "no-store"
    return response


def with_security(send: Send, settings: Settings, *, page: bool) -> Send:
    """The same for a pure ASGI application."""
    pairs = [(name.encode(), value.encode()) for name, value in security(settings, page=page).items()]

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *pairs]}
        await send(message)

    return sending
