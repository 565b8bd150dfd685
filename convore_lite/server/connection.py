"""One connection: a Trio stream on one side, Hypercorn's HTTP protocols on the other.

Rule: whatever a peer sends, or stops sending or reading, ends this connection at most, with its tasks and descriptor.

Takes the place of `hypercorn.trio.tcp_server.TCPServer`, in which any surprise ends the whole server, a reader that
waits for a writer whose peer has left waits for ever, and a peer that stops reading cannot be cut off.
"""

from __future__ import annotations

from contextvars import ContextVar
from math import inf

import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState
from hypercorn.utils import parse_socket_addr

from .calm import CalmLog
from .crowd import Crowd
from .http1 import Http1
from .http2 import LINGER_BYTES, Http2
from .requests import CLOSE_GRACE, Requests

# A request head comes in one packet or a few; a slow phone needs a second or two. The TLS handshake counts too.
HEAD_TIMEOUT = 10.0
# Longer than the 60 s for which nginx and most proxies keep an idle connection: they should be the ones to close it.
KEEP_ALIVE = 75.0
# How long a peer may leave one chunk unread. 64 KiB in 30 s is 2 KiB/s, slower than any link that can load a page.
WRITE_TIMEOUT = 30.0
WRITE_CHUNK = 64 * 1024
# How long we read on, at most LINGER_BYTES, after answering an unfinished upload. Closing a socket with unread bytes
# resets it, and the reset can overtake the answer. nginx waits 5 s as well (lingering_timeout).
LINGER_TIME = 5.0
# Trio's own default; an upload is read in pieces of this size.
READ_CHUNK = 64 * 1024

PEER_LEFT = (OSError, trio.BrokenResourceError, trio.ClosedResourceError)

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]

# The cleartext stream on which the request at hand came in; None under TLS. Set for the app's task of every request.
current_stream: ContextVar[trio.SocketStream | None] = ContextVar("current_stream", default=None)


class PeerMayLeave:
    """Where the peer leaves in this block, it ends here.

    Not `contextlib.suppress`: the error would stay, and keep the frames of its traceback, with all that belonged to the connection,
    until the next full garbage collection (seen with Python 3.13).
    """

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> bool:
        if not isinstance(error, PEER_LEFT):
            return False
        let_go(error)
        return True


def let_go(error: BaseException | None) -> None:
    """Take from an error, and those behind it, what they know of where they came from."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


class Connection:
    """One peer, from the accepted stream to the closed one."""

    def __init__(
        self,
        stream: Stream,
        *,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        crowd: Crowd,
        log: CalmLog,
    ) -> None:
        self._app = app
        self._config = config
        self._context = context
        self._crowd = crowd
        self._log = log
        self._stream = stream
        self._transport = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
        self._protocol: Http1 | Http2 | None = None
        self._send_lock = trio.Lock()
        # All tasks of this connection live in this scope, once it runs.
        self._life: trio.CancelScope | None = None
        # This one is around the reader alone, and its deadline moves: the head must come soon, the next request may take
        # a while, an open request may take for ever.
        self._patience = trio.CancelScope(deadline=trio.current_time() + HEAD_TIMEOUT)
        self._busy = False
        self._finished = False

    @property
    def is_idle(self) -> bool:
        """Is no request open? What has come of a head does not count: it may never be finished."""
        return not self._busy

    def leave_when_idle(self) -> None:
        """Close now if no request is open; otherwise the protocol will, after its answer."""
        if not self._busy:
            self._patience.cancel()

    def cut(self) -> None:
        """End now, whatever anybody waits for. A closed socket is what a shielded write does not outlive."""
        self._transport.socket.close()
        if self._life is not None:
            self._life.cancel()

    async def run(self) -> None:
        """Serve the peer until it leaves, tries our patience, or is cut off. Never raises for what a peer does."""
        try:
            if first := await self._first_bytes():
                async with trio.open_nursery() as nursery:
                    self._life = nursery.cancel_scope
                    with self._patience, PeerMayLeave():
                        await self._listen(await self._greet(nursery), first)
                    await self._part(nursery.cancel_scope)
        except* Exception as group:
            error = first_of(group)
            self._log.warning("A connection was dropped: %.200r", error, error=error)
        finally:
            # What is left of it goes now, and not with the next full garbage collection: that one waits for a quiet hour.
            self._protocol = self._life = None
            await trio.aclose_forcefully(self._stream)

    async def _first_bytes(self) -> bytes:
        """What the peer says first; nothing where it has left or tried our patience. Little is kept for it until then."""
        first = b""
        with self._patience, PeerMayLeave():
            if isinstance(self._stream, trio.SSLStream):
                await self._stream.do_handshake()
            first = bytes(await self._stream.receive_some(READ_CHUNK))
            if self._crowd.includes(first):
                # It is we who let them wait: that is not taken off the time of their head.
                self._patience.deadline = inf
                await self._crowd.turn()
        if self._patience.cancelled_caught:
            # It has made room for somebody else, or the server stops: its place is no longer its own.
            return b""
        self._patience = trio.CancelScope(deadline=trio.current_time() + HEAD_TIMEOUT)
        return first

    async def _greet(self, nursery: trio.Nursery) -> Http1 | Http2:
        speaks: type[Http1 | Http2] = Http1
        if isinstance(self._stream, trio.SSLStream):
            speaks = Http2 if self._stream.selected_alpn_protocol() == "h2" else Http1
        else:
            current_stream.set(self._stream)
        sock = self._transport.socket
        self._protocol = speaks(
            self._app,
            self._config,
            self._context,
            Requests(nursery),
            ConnectionState({}),
            self._stream is not self._transport,
            parse_socket_addr(sock.family, sock.getpeername()),
            parse_socket_addr(sock.family, sock.getsockname()),
            self._on_event,
        )
        await self._protocol.initiate()
        return self._protocol

    async def _listen(self, protocol: Http1 | Http2, data: bytes) -> None:
        """Hear what the peer says, after *data* that it has said already."""
        while True:
            await protocol.handle(RawData(data))
            if not data or self._finished:
                break
            data = bytes(await self._stream.receive_some(READ_CHUNK))
            if not self._busy and isinstance(protocol, Http1):
                # The first bytes of a head: it gets the time of a head, not what is left of the idle time.
                self._patience.deadline = min(self._patience.deadline, trio.current_time() + HEAD_TIMEOUT)
        if data:
            await self._linger()

    async def _linger(self) -> None:
        left = LINGER_BYTES
        while left > 0 and (data := await self._stream.receive_some(READ_CHUNK)):
            left -= len(data)

    async def _part(self, life: trio.CancelScope) -> None:
        """Nobody reads from the peer any more: tell the app, and give its tasks a moment."""
        life.deadline = trio.current_time() + CLOSE_GRACE
        if self._protocol is not None:
            await self._protocol.handle(Closed())
        if self._finished:
            await self._stream.aclose()

    async def _on_event(self, event: Event) -> None:
        """What the protocol wants done: bytes to write, the end, or news of being idle."""
        if isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Closed):
            await self._finish()
        elif isinstance(event, Updated):
            self._busy = not event.idle
            self._patience.deadline = trio.current_time() + KEEP_ALIVE if event.idle else inf
            if event.idle and self._context.terminated.is_set():
                self._patience.cancel()

    async def _write(self, data: bytes) -> None:
        # Shielded, the wait for the lock included: the protocol counts these bytes as sent, so an app task that is
        # cancelled half-way would leave the peer with a torn message and the next one behind it.
        with trio.CancelScope(shield=True):
            async with self._send_lock:
                try:
                    for start in range(0, len(data), WRITE_CHUNK):
                        with trio.fail_after(WRITE_TIMEOUT):
                            await self._stream.send_all(data[start : start + WRITE_CHUNK])
                except (*PEER_LEFT, trio.TooSlowError) as error:
                    let_go(error)
                    self._transport.socket.close()
                    # The reader may be waiting for this very answer to end; without this it would wait for ever.
                    self._patience.cancel()

    async def _finish(self) -> None:
        if self._finished or self._protocol is None:
            return
        self._finished = True
        self._busy = False
        if self._protocol.is_quiet:
            self._patience.cancel()
        else:
            async with self._send_lock:
                with PeerMayLeave():
                    await self._transport.send_eof()
            self._patience.deadline = trio.current_time() + LINGER_TIME
        await self._protocol.handle(Closed())


def first_of(error: BaseException) -> BaseException:
    """The first error in a group of groups: what went wrong before the rest was cancelled."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
