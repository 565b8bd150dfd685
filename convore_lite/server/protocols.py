"""Hypercorn's HTTP/1.1 and HTTP/2, without the corners in which one peer could hurt the others.

Each override names the behaviour of Hypercorn 0.18 that it is there for; read them again when that version changes.
"""

from __future__ import annotations

import re
from contextlib import suppress

import h11
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived
from h2.events import Event as H2Event
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from hypercorn.events import Closed, Event, Updated
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.h2 import BUFFER_LOW_WATER, H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H11Protocol

# Room for a proxy's headers and several cookies. Apache and nginx allow 8 KiB a line, browsers send under 16 KiB.
HEAD_LIMIT = 32 * 1024
# How much is read on after a request was answered before its body was there. Some clients look at the answer only
# when they have sent everything, or fail if they are told to stop. An upload larger than this has to bear it.
LINGER_BYTES = 64 * 1024 * 1024

_METHOD = re.compile(rb"[A-Za-z][A-Za-z-]*")
_TARGET = re.compile(rb"/[\x21-\x7e]*")
_ABSOLUTE_TARGET = re.compile(rb"https?://(?P<authority>[^/?]+)(?P<target>.*)", re.IGNORECASE)


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
    if not _is_plain(request.method, target):
        raise Refused(400)
    return h11.Request(method=request.method, target=target, headers=headers, http_version=request.http_version)


class Buffer(StreamBuffer):
    """What the app has sent and the peer has no window for yet.

    Hypercorn asks the app for more whenever it could send only little, even nothing, and so keeps a whole file in
    memory for a peer that never opens its window.
    """

    async def pop(self, max_length: int) -> bytes:
        data = bytes(self.buffer[:max_length])
        del self.buffer[:max_length]
        if len(self.buffer) < BUFFER_LOW_WATER:
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data


class Http2(H2Protocol):
    """HTTP/2, reached through TLS only."""

    # What is unread when an HTTP/2 connection ends is of no request that is still to be answered.
    is_quiet = True
    _late_bytes = 0

    async def initiate(self, headers: list[tuple[bytes, bytes]] | None = None, settings: bytes | None = None) -> None:
        # Hypercorn offers WebSockets (RFC 8441) and leaves the decoder at 64 KiB of headers.
        del self.connection.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]
        self.connection.decoder.max_header_list_size = HEAD_LIMIT
        await super().initiate(headers, settings)

    async def handle(self, event: Event) -> None:
        await super().handle(event)
        # A frame begins with its length in three bytes (RFC 9113, section 4.1), of which a peer was told the limit.
        # h2 looks at it only once it has the whole frame, and that may be 16 MiB.
        if int.from_bytes(self.connection.incoming_buffer._data[:3], "big") > self.connection.max_inbound_frame_size:
            self.connection.close_connection(ErrorCodes.FRAME_SIZE_ERROR)
            await self._flush()
            await self.send(Closed())

    @property
    def idle(self) -> bool:
        """Whether every answer has left, its last frame too: another task writes those."""
        return not self.streams and not self.stream_buffers

    async def _handle_events(self, events: list[H2Event]) -> None:
        for event in events:
            if isinstance(event, RequestReceived) and self.context.terminated.is_set():
                # The one code after which clients ask again elsewhere; Hypercorn resets without one.
                self._reset(event.stream_id, ErrorCodes.REFUSED_STREAM)
            elif isinstance(event, RequestReceived) and not _is_plain_h2(event.headers):
                # Hypercorn decodes these as ASCII and finds no :path in a CONNECT: either ends its whole process.
                self._reset(event.stream_id, ErrorCodes.PROTOCOL_ERROR)
            elif isinstance(event, DataReceived) and event.stream_id not in self.streams:
                # The body of a request that was answered early, a KeyError in Hypercorn.
                self._read_on(event)
            else:
                await super()._handle_events([event])
        await self._flush()

    async def _create_stream(self, request: RequestReceived) -> None:
        await super()._create_stream(request)
        # In time: the app's task has been started, but it has not run yet.
        self.stream_buffers[request.stream_id] = Buffer(self.context.event_class)

    async def stream_send(self, event: StreamEvent) -> None:
        if not isinstance(event, StreamClosed):
            await super().stream_send(event)
            return
        await self._close_stream(event.stream_id)
        buffer = self.stream_buffers.get(event.stream_id)
        if buffer is not None and not buffer.complete:
            # The app broke off in the middle of its answer; Hypercorn would let the peer wait for the rest.
            self._reset(event.stream_id, ErrorCodes.INTERNAL_ERROR)
            await self._flush()
            await self._window_updated(event.stream_id)
        await self.send(Updated(idle=self.idle))

    async def _send_data(self, stream_id: int) -> None:
        await super()._send_data(stream_id)
        if self.idle:
            await self.send(Updated(idle=True))

    def _read_on(self, late: DataReceived) -> None:
        """Drop what is sent after the answer; tell those who send very much to stop (RFC 9113, section 8.1)."""
        self.connection.acknowledge_received_data(late.flow_controlled_length, late.stream_id)
        self._late_bytes += late.flow_controlled_length
        if self._late_bytes > LINGER_BYTES:
            self._reset(late.stream_id, ErrorCodes.NO_ERROR)

    def _reset(self, stream_id: int, code: ErrorCodes) -> None:
        with suppress(ProtocolError):
            self.connection.reset_stream(stream_id, code)


def _is_plain(method: bytes, target: bytes) -> bool:
    return bool(_METHOD.fullmatch(method) and _TARGET.fullmatch(target)) and method.upper() != b"CONNECT"


def _is_plain_h2(headers: list[tuple[bytes, bytes]]) -> bool:
    pseudo = dict(headers)
    return _is_plain(pseudo.get(b":method", b""), pseudo.get(b":path", b""))
