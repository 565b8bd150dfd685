"""Who is connected, and how many may be at the same time.

Rule: nobody who only waits keeps out somebody who wants something. Where every place is taken, the connection without an open
request that is there longest makes room; live streams never do, so those who are signed in and listen stay.
"""

from __future__ import annotations

import resource
from contextlib import suppress

import trio

from ..words.errors import SetupError
from .calm import CalmLog
from .connection import Connection

# Descriptors that no connection gets: the database and its readers, the log, listening sockets, a file or two being sent.
PLACES_KEPT = 128
# More than the machine has memory for at 24 KB a stream, and a bound where the system's own is a billion.
MOST_DESCRIPTORS = 262_144
# What somebody for whom there is no place is told, and the seconds it may take.
FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
REFUSAL_TIME = 1.0


def raise_descriptor_limit() -> int:
    """Let this process have as many descriptors as the system allows it; how many that are. Raises `SetupError` for too few.

    Many systems begin with 1024 for each process, so that old programs which use select(2) do not fail; ours does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # macOS says it has no limit and refuses what is more than its own.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    number = MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    if number < 2 * PLACES_KEPT:
        raise SetupError(f"This process may have {number} open files; {2 * PLACES_KEPT} are the least (ulimit -n).")
    return number


class Places:
    """The connections of one server, oldest first, at most *number* of them."""

    def __init__(self, number: int, log: CalmLog) -> None:
        self._number = number
        self._log = log
        self._taken: dict[Connection, None] = {}
        self._leaving: set[Connection] = set()
        self._left = trio.lowlevel.ParkingLot()

    def make_room(self) -> bool:
        """Is there a place for one more, or can there be?"""
        if len(self._taken) < self._number:
            return True
        idle = next((connection for connection in self._taken if connection.is_idle), None)
        if idle is None:
            self._log.warning("New connections are refused: all %s places are taken.", self._number)
            return False
        self._log.warning("Idle connections are closed: all %s places are taken.", self._number)
        del self._taken[idle]
        self._leaving.add(idle)
        idle.leave_when_idle()
        return True

    def take(self, connection: Connection) -> None:
        self._taken[connection] = None

    async def host(self, connection: Connection) -> None:
        """Serve a connection that has taken its place."""
        try:
            await connection.run()
        finally:
            self._taken.pop(connection, None)
            self._leaving.discard(connection)
            self._left.unpark_all()

    async def see_off(self) -> None:
        """Ask everybody to leave when their request is answered, and wait until they have."""
        for connection in self._taken:
            connection.leave_when_idle()
        while self._taken or self._leaving:
            await self._left.park()

    def cut_all(self) -> None:
        for connection in [*self._taken, *self._leaving]:
            connection.cut()


async def refuse(stream: trio.abc.Stream) -> None:
    """Tell a peer who speaks cleartext that there is no place, and close; TLS is not worth a handshake."""
    with trio.move_on_after(REFUSAL_TIME):
        try:
            if isinstance(stream, trio.SocketStream):
                # What is not read makes the closing a reset, and that can overtake the answer.
                await stream.receive_some()
                await stream.send_all(FULL)
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
    await trio.aclose_forcefully(stream)
