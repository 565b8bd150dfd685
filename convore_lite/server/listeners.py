"""The sockets to listen on: `HOST:PORT`, `unix:/path` and `fd://N`.

Rule: a bind that cannot be had raises `SetupError` with one sentence for the owner of the server.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import stat
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import trio

from ..words.errors import SetupError
from .connection import Stream

# Connects that may wait for us at once: after a restart all browsers come back in the same second. With 100 in the
# queue a thousand of them needed ten seconds, as every connect that does not fit is tried again a second later, and
# then after two more. It is as many as Linux allows (net.core.somaxconn).
BACKLOG = 4096
# Connections accepted in one go before others get their turn: together they take some milliseconds. Taken one by one,
# with everybody's turn between, five thousand that come at once overflow the queue, and wait for seconds to try again.
BURST = 64
# What accept(2) reports of a connection that broke before it was accepted; there, Linux says, one tries again.
BROKEN_EARLY = {
    getattr(errno, name)
    for name in (
        "EPERM ECONNABORTED EPROTO ENETDOWN ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH EOPNOTSUPP ENETUNREACH".split()
    )
    if hasattr(errno, name)
}
# Seconds without an acknowledgement after which a peer is gone: a phone in a tunnel, a laptop that was closed.
UNACKNOWLEDGED = 30
# The same for a peer with whom there is nothing to exchange: after a minute of silence the kernel asks every 15 s.
KEEP_ALIVE_IDLE = 60
KEEP_ALIVE_EVERY = 15
KEEP_ALIVE_PROBES = 4

_TCP = {socket.AF_INET, socket.AF_INET6}


@dataclass(frozen=True)
class Listener:
    """A socket that accepts, and the address under which people reach it."""

    address: str
    accepts: Accepting


class Accepting:
    """A listening socket that gives the connections that wait, many in one go; over TLS with *context*."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext | None = None) -> None:
        self._sock = sock
        self._context = context
        self._in_a_row = 0

    async def accept(self) -> Stream:
        """The next connection. Raises OSError where no descriptor is left."""
        while True:
            if self._in_a_row == BURST:
                self._in_a_row = 0
                await trio.lowlevel.checkpoint()
            try:
                sock, _ = self._sock.accept()
            except BlockingIOError:
                self._in_a_row = 0
                await trio.lowlevel.wait_readable(self._sock)
            except OSError as error:
                if error.errno not in BROKEN_EARLY:
                    raise
            else:
                self._in_a_row += 1
                return self._stream(trio.SocketStream(trio.socket.from_stdlib_socket(sock)))

    def _stream(self, plain: trio.SocketStream) -> Stream:
        if self._context is None:
            return plain
        return trio.SSLStream(plain, self._context, server_side=True, https_compatible=True)


async def open_listeners(
    binds: Sequence[str], *, tls: tuple[Path, Path] | None, unix_mode: int, closing: ExitStack
) -> list[Listener]:
    """Listen on all *binds*; what was opened is closed, and unix sockets removed, by *closing*.

    TCP sockets speak TLS if *tls* names a certificate and its key; unix sockets never do. *unix_mode* holds for the
    unix sockets made here. Raises `SetupError`.
    """
    if not binds:
        raise SetupError("There is no address to listen on.")
    context = _tls_context(*tls) if tls is not None else None
    return [_listener(sock, context) for bind in binds for sock in await _open(bind, unix_mode, closing)]


async def _open(bind: str, unix_mode: int, closing: ExitStack) -> list[socket.socket]:
    try:
        if bind.startswith("unix:"):
            socks = [_open_unix(Path(bind.removeprefix("unix:")), unix_mode, closing)]
        elif bind.startswith("fd://"):
            socks = [_inherited(bind.removeprefix("fd://"))]
        else:
            host, port = _host_and_port(bind)
            opened = await trio.open_tcp_listeners(port, host=host or None, backlog=BACKLOG)
            socks = [socket.socket(fileno=tcp.socket.detach()) for tcp in opened]
    except (OSError, UnicodeError) as error:
        raise SetupError(_sentence(bind, error)) from error
    for sock in socks:
        closing.callback(sock.close)
        sock.setblocking(False)
        _notice_the_dead(sock)
    return socks


def _listener(sock: socket.socket, context: ssl.SSLContext | None) -> Listener:
    name = sock.getsockname()
    if sock.family not in _TCP:
        return Listener(f"unix:{name}", Accepting(sock))
    host = f"[{name[0]}]" if sock.family == socket.AF_INET6 else name[0]
    if context is None:
        return Listener(f"http://{host}:{name[1]}/", Accepting(sock))
    return Listener(f"https://{host}:{name[1]}/", Accepting(sock, context))


def _host_and_port(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" not in bind or (":" in bare and bare == host) or not (port.isascii() and port.isdigit() and len(port) < 6):
        raise SetupError(
            f"{bind!r} is not an address to listen on. Write HOST:PORT, [IPV6]:PORT, unix:/path or fd://N."
        )
    if int(port) > 65535:
        raise SetupError(f"{bind}: a port is at most 65535.")
    return bare, int(port)


def _open_unix(path: Path, mode: int, closing: ExitStack) -> socket.socket:
    _make_way(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    closing.callback(sock.close)
    sock.bind(os.fspath(path))
    # Removed before it is closed: a server that starts in between never takes it for a stale one.
    closing.callback(_remove, path, path.lstat().st_ino)
    # Nobody can connect between bind and listen, so the rights are right before the first one does.
    path.chmod(mode)
    sock.listen(BACKLOG)
    return sock


def _make_way(path: Path) -> None:
    """Remove the socket that a killed server left behind. One that somebody answers stays."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise SetupError(f"unix:{path}: there is a file of that name which is not a socket.")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        # A server with a full queue would let a blocking connect wait; this way it says EAGAIN, and is alive.
        caller.setblocking(False)
        if caller.connect_ex(os.fspath(path)) != errno.ECONNREFUSED:
            raise SetupError(f"unix:{path} is already in use by a running server.")
    path.unlink()


def _remove(path: Path, inode: int) -> None:
    # Another server may have taken the name meanwhile.
    with suppress(OSError):
        if path.lstat().st_ino == inode:
            path.unlink()


def _inherited(number: str) -> socket.socket:
    if not (number.isascii() and number.isdigit()):
        raise SetupError(f"fd://{number}: write the number of an open socket, such as fd://3.")
    sock = socket.socket(fileno=int(number))
    if sock.type != socket.SOCK_STREAM or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.detach()
        raise SetupError(f"fd://{number} is not a listening stream socket.")
    return sock


def _notice_the_dead(sock: socket.socket) -> None:
    """Options that accepted sockets inherit (on Linux): a peer that vanished without a word is noticed."""
    if sock.family not in _TCP:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEP_ALIVE_IDLE),
        ("TCP_KEEPINTVL", KEEP_ALIVE_EVERY),
        ("TCP_KEEPCNT", KEEP_ALIVE_PROBES),
        ("TCP_USER_TIMEOUT", UNACKNOWLEDGED * 1000),
    ):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The ciphers that browsers accept for HTTP/2 under TLS 1.2 (RFC 9113, appendix A, lists the others).
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        # Without a password OpenSSL would ask for that of an encrypted key on the terminal, and wait.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise SetupError(
            f"The certificate {certificate} and the key {key} do not fit together, or are not PEM files."
        ) from error
    except OSError as error:
        raise SetupError(f"The certificate {certificate} or the key {key} cannot be read: {error.strerror}.") from error
    return context


def _sentence(bind: str, error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError | socket.gaierror):
        return f"{bind}: no such host."
    if error.errno == errno.EADDRINUSE:
        return f"{bind} is already in use by another program."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{bind}: this machine does not have that address."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"{bind}: not allowed to listen there."
    if error.errno in {errno.EBADF, errno.ENOTSOCK}:
        return f"{bind} is not an open socket."
    return f"{bind}: {error.strerror or error}."
