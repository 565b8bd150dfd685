"""Hypercorn's HTTP/2, without the corners in which one peer could hurt the others.

Each override names the behaviour of Hypercorn 0.18 that it is there for; read them again when that version changes.
"""

from __future__ import annotations

from contextlib import suppress

from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived
from h2.events import Event as H2Event
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from hypercorn.events import Closed, Event, Updated
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.h2 import BUFFER_LOW_WATER, H2Protocol, StreamBuffer

from .heads import HEAD_LIMIT, is_plain

# How much is read on after a request was answered before its body was there. Some clients look at the answer only
# when they have sent everything, or fail if they are told to stop. An upload larger than this has to bear it.
LINGER_BYTES = 64 * 1024 * 1024


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

    async def _handle_events(self, events: list[H2Event]) -> None:
        for event in events:
            if isinstance(event, RequestReceived) and self.context.terminated.is_set():
                # The one code after which clients ask again elsewhere; Hypercorn resets without one.
                self._reset(event.stream_id, ErrorCodes.REFUSED_STREAM)
            elif isinstance(event, RequestReceived) and not _is_plain(event):
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
        if self._is_unfinished(event.stream_id):
            # The app broke off in the middle of its answer; Hypercorn would let the peer wait for the rest.
            self._reset(event.stream_id, ErrorCodes.INTERNAL_ERROR)
            await self._flush()
        await self._close_stream(event.stream_id)
        await self.send(Updated(idle=self.idle))

    async def _close_stream(self, stream_id: int) -> None:
        await super()._close_stream(stream_id)
        if self._is_unfinished(stream_id):
            # Let the sending task forget it. Hypercorn keeps it, and fails when it has kept a thousand.
            await self.stream_buffers[stream_id].close()
            await self._window_updated(stream_id)

    def _is_unfinished(self, stream_id: int) -> bool:
        buffer = self.stream_buffers.get(stream_id)
        return buffer is not None and not buffer.complete

    def _read_on(self, late: DataReceived) -> None:
        """Drop what is sent after the answer; tell those who send very much to stop (RFC 9113, section 8.1)."""
        self.connection.acknowledge_received_data(late.flow_controlled_length, late.stream_id)
        self._late_bytes += late.flow_controlled_length
        if self._late_bytes > LINGER_BYTES:
            self._reset(late.stream_id, ErrorCodes.NO_ERROR)

    def _reset(self, stream_id: int, code: ErrorCodes) -> None:
        with suppress(ProtocolError):
            self.connection.reset_stream(stream_id, code)


def _is_plain(request: RequestReceived) -> bool:
    pseudo = dict(request.headers)
    return is_plain(pseudo.get(b":method", b""), pseudo.get(b":path", b""))
