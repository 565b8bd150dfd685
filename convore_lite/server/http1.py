"""Hypercorn's HTTP/1.1 without its upgrades, and with the heads that RFC 9112 lets a server refuse refused.

Each override names the behaviour of Hypercorn 0.18 that it is there for; read them again when that version changes.
"""

from __future__ import annotations

import re

import h11
from hypercorn.events import Closed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.events import Response
from hypercorn.protocol.h11 import H11Protocol

from .heads import HEAD_LIMIT, is_plain

_ABSOLUTE_TARGET = re.compile(rb"https?://(?P<authority>[^/?@]+)(?P<target>([/?].*)?)", re.IGNORECASE)


class Refused(Exception):
    """A request head that no app gets to see. Carries the HTTP status that answers it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Http1(H11Protocol):
    """HTTP/1.1 and 1.0, and nothing that can be upgraded to."""

    @property
    def is_quiet(self) -> bool:
        """Whether the peer has said all that it announced, so that closing cannot run into its words."""
        return self.connection.their_state not in {h11.SEND_BODY, h11.ERROR}

    async def stream_send(self, event: StreamEvent) -> None:
        """Announce the end of a connection that cannot go on, because it is answered before all of its body has come.

        h11 has no way back from there, and a client that was not told loses its next request (RFC 9112, section 9.6).
        """
        if isinstance(event, Response) and not self.is_quiet:
            headers = [pair for pair in event.headers if pair[0].lower() != b"connection"]
            event = Response(event.stream_id, [*headers, (b"connection", b"close")], event.status_code)
        await super().stream_send(event)

    async def _check_protocol(self, event: h11.Request) -> None:
        """Ignore `Upgrade: h2c` and the HTTP/2 preface, both always on in Hypercorn; see RFC 9110, section 7.8."""

    async def _create_stream(self, request: h11.Request) -> None:
        try:
            plain = plain_request(request)
        except Refused as refused:
            await self._send_error_response(refused.status)
            await self.send(Closed())
        else:
            await super()._create_stream(plain)


def plain_request(request: h11.Request) -> h11.Request:
    """The request as apps expect it: HTTP/1.x, a path that begins with a slash, a body framed in one way.

    Raises `Refused` where RFC 9112 lets a server refuse.
    """
    headers = list(request.headers)
    names = [name for name, _ in headers]
    if not request.http_version.startswith(b"1."):
        raise Refused(505)
    # h11 weighs a head only while it is incomplete; one that came in a single packet has not been weighed yet.
    if len(request.target) + sum(len(name) + len(value) + 4 for name, value in headers) > HEAD_LIMIT:
        raise Refused(431)
    # Two framings are how requests are smuggled past a proxy (RFC 9112, section 6.1).
    if b"content-length" in names and b"transfer-encoding" in names:
        raise Refused(400)
    # A WebSocket is refused before Hypercorn builds one: any byte behind that handshake ends its whole process.
    if any(name == b"upgrade" and b"websocket" in value.lower() for name, value in headers):
        raise Refused(400)
    target = request.target
    if absolute := _ABSOLUTE_TARGET.fullmatch(target):
        # RFC 9112, section 3.2.2: servers accept this form, and its authority goes before the Host header.
        target = b"/" + absolute["target"].removeprefix(b"/")
        headers = [(b"host", absolute["authority"]), *((n, v) for n, v in headers if n != b"host")]
    if not is_plain(request.method, target):
        raise Refused(400)
    if target is request.target:
        return request
    return h11.Request(method=request.method, target=target, headers=headers, http_version=request.http_version)
