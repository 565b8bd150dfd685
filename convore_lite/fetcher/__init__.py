"""The one way out: every request to an address that a person chose goes through here.

Rule: nothing is connected to but an address that was looked at and found public. A name is resolved once, all its addresses are
checked, and the connection is made to one of them by number: what a name server answers the next time changes nothing. The
certificate is still checked for the name. Each redirect is a new request, checked from the start.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

from ..words.networks import Address, network
from ..words.public_addresses import is_public, literal

if TYPE_CHECKING:
    import ssl

    import httpcore2

    from .exchange import Exchange

# For all of it: resolving, connecting, redirects, reading. Nobody waits longer for a preview, and nobody can hold us longer.
SECONDS = 5
# Addresses of one name that are tried; all of them are checked.
MOST_ADDRESSES = 4
# A name may be long in answering after we gave up on it; so many threads may hang in that.
MOST_LOOKUPS = 8

Resolve = Callable[[str], Awaitable[Sequence[str]]]


class Unreachable(Exception):
    """It was not fetched. The sentence is for whoever looks for the reason; it is not shown to people."""


@dataclass(frozen=True)
class Fetched:
    """An answer of status 200. *url* is where it was at last; *media_type* is in lower case and without parameters.

    Without *whole* the body was longer than its limit, and this is how it begins.
    """

    url: str
    media_type: str
    charset: str
    body: bytes
    whole: bool


class Fetcher:
    """*own_url* is where we are ourselves: from there nothing is fetched. *allowed* are networks that are no danger to us.

    *resolve* and *network_backend* are the edges to the outside: a name to addresses, and an address to a connection. *tls* says
    which certificates are good: by default those the system trusts.
    """

    def __init__(
        self,
        *,
        own_url: str | None = None,
        allowed: Iterable[str] = (),
        resolve: Resolve | None = None,
        network_backend: httpcore2.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._own_url = own_url
        self._allowed = [network(text) for text in allowed]
        self._resolve = resolve or Resolver()
        self._network = network_backend
        self._tls = tls
        self._exchange: Exchange | None = None

    async def fetch(self, url: str, limits: Mapping[str, int]) -> Fetched:
        """Get *url*. *limits* are the bytes wanted at most, by how the media type begins: what is not in it is not read.

        Raises Unreachable, whatever went wrong.
        """
        if self._exchange is None:
            self._exchange = await trio.to_thread.run_sync(self._begin)
        try:
            with trio.fail_after(SECONDS):
                return await self._exchange.follow(url, limits)
        except trio.TooSlowError:
            raise Unreachable("that took too long") from None
        except Unreachable:
            raise
        except (
            Exception
        ) as error:  # whoever answers may break the protocol in any way, and a library any rule about errors
            raise Unreachable(f"that failed: {type(error).__name__}") from error

    async def addresses(self, host: str) -> list[Address]:
        """The addresses that may be connected to for *host*. Raises Unreachable if one of all that it has may not."""
        try:
            known = literal(host)
            found = [known] if known else [ipaddress.ip_address(text) for text in await self._resolve(host)]
        except (ValueError, OSError) as error:
            raise Unreachable(f"it cannot be resolved: {error}") from None
        if not found:
            raise Unreachable("it has no address")
        if not all(map(self._may_reach, found)):
            raise Unreachable("it is not on the public internet")
        return found[:MOST_ADDRESSES]

    def _may_reach(self, address: Address) -> bool:
        return is_public(address) or any(address in allowed for allowed in self._allowed)

    def _begin(self) -> Exchange:
        # Loaded with the first request, and in a thread: it takes a tenth of a second, and many servers never fetch anything.
        from .exchange import Exchange

        return Exchange(self.addresses, self._own_url, self._network, self._tls)


class Resolver:
    """Asks the system for the addresses of a name, in threads of its own: those of others never wait for a name server."""

    def __init__(self) -> None:
        self._turns = trio.CapacityLimiter(MOST_LOOKUPS)

    async def __call__(self, host: str) -> list[str]:
        found = await trio.to_thread.run_sync(_look_up, host, abandon_on_cancel=True, limiter=self._turns)
        return list(dict.fromkeys(found))


def _look_up(host: str) -> list[str]:
    return [str(place[4][0]) for place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
