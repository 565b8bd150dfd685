"""What is to be known of a request before anything else: where it really came from, and whether it was sent to us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..words.networks import Proxies
from ..words.settings import Settings
from . import problems
from .sessions import CONSOLE

# What supervises the server asks it under whatever name it has there. None of these looks at a cookie in a way that matters:
# a browser would not send ours to another name.
BY_ANY_NAME = frozenset({"/healthz", "/readyz", "/metrics"})
# A name or an address, and maybe a port (RFC 9110, 7.2).
HOST = re.compile(r"([^\s:/?#@\[\]]+|\[[0-9a-f:.]+\])(?::[0-9]*)?")


class Arrivals:
    """Looks at each request as it arrives, by the *settings* base_url and trusted_proxies."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = Proxies(settings.trusted_proxies)
        self.host = _host_name(urlsplit(settings.base_url).netloc) if settings.base_url else None

    def find_client(self, scope: dict[str, Any]) -> None:
        """Put into the scope where a trusted proxy says that its request came from.

        Into the one there is: a copy would be kept for as long as a stream is open.
        """
        if self._proxies and scope["type"] == "http":
            peer = scope["client"][0] if scope.get("client") else ""
            client = self._proxies.client(peer, ",".join(_values(scope, b"x-forwarded-for")))
            scope["client"] = (client, 0) if client else None

    def is_ours(self, scope: Mapping[str, Any]) -> bool:
        """Was it sent to the host of base_url? Where that is not set, every name is ours.

        Else somebody could point a name of theirs at us, and their pages could read ours (DNS rebinding). The port does not matter:
        a proxy may have another one, or leave it out.
        """
        if self.host is None or scope["type"] != "http" or scope.get(CONSOLE) or scope["path"] in BY_ANY_NAME:
            return True
        return [_host_name(value) for value in _values(scope, b"host")] == [self.host]


def is_named(scope: Mapping[str, Any]) -> bool:
    """Could that be the name of a host, or is there none? What cannot be one, Werkzeug fails to look up an address under."""
    try:
        for value in _values(scope, b"host"):
            value.partition(":")[0].lower().encode("idna")
    except UnicodeError:
        return False
    return True


class Elsewhere:
    """The answer to a request that is none for us, with nothing of it read."""

    def __init__(self, status: int, detail: str) -> None:
        headers = problems.headers_for(status)
        self._status, self._body = status, problems.problem(status, detail)
        headers["content-length"] = str(len(self._body))
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def _values(scope: Mapping[str, Any], name: bytes) -> list[str]:
    """All there is of a header, in order."""
    return [value.decode("latin-1") for given, value in scope["headers"] if given.lower() == name]


def _host_name(value: str) -> str | None:
    """The name in a Host header, without its port; None where it is not well-formed."""
    found = HOST.fullmatch(value.lower())
    return found[1] if found else None
