"""Security headers, on every answer (OWASP Secure Headers; ASVS 5.0, 3.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..words.settings import Settings

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

# No inline script or style anywhere. Pictures may come from elsewhere, because messages show them where their writers link to them.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "x-content-type-options": "nosniff",
    # Not "no-referrer": with it browsers send "Origin: null" with a form, and the same-origin check would refuse our own.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}
# A year, as browsers' preload lists ask for. Only where we are reached over https.
TRANSPORT = "max-age=31536000"


class SecurityHeaders:
    """Adds to every answer of *app*, whichever part of it gave it, the headers that it does not have yet."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        always = {**ALWAYS, "strict-transport-security": TRANSPORT} if settings.secure else ALWAYS
        self._page = _pairs({**always, "content-security-policy": PAGE_POLICY})
        self._data = _pairs({**always, "content-security-policy": DATA_POLICY})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self.completed(message["headers"])}
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)

    def completed(self, headers: Sequence[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
        """These headers, and those that they lack."""
        given = {name.lower(): value for name, value in headers}
        is_page = given.get(b"content-type", b"").startswith(b"text/html")
        return [*headers, *(pair for pair in (self._page if is_page else self._data) if pair[0] not in given)]


def _pairs(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
