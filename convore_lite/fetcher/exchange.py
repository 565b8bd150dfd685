"""Requests and the connections they go over: what of the fetcher needs httpx2, which is loaded with the first of them."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import httpcore2
import httpx2

from ..words.networks import Address
from . import Fetched, Unreachable

# So that an address that does not answer leaves time for the next one of the same name.
SECONDS_TO_CONNECT = 2
MOST_REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Says what it is, and nothing of where.
USER_AGENT = "Mozilla/5.0 (compatible; convore-lite; link preview)"
# Either of gzip and zlib, told apart by how it begins.
GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS

Addresses = Callable[[str], Awaitable[Sequence[Address]]]


class Exchange:
    """*addresses* gives those that may be connected to for a host. The others are as the fetcher has them."""

    def __init__(
        self,
        addresses: Addresses,
        own_url: str | None,
        network: httpcore2.AsyncNetworkBackend | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._pinned = Pinned(addresses, network or httpcore2.TrioBackend())
        self._own_host = httpx2.URL(own_url).host.rstrip(".") if own_url else ""
        self._tls = tls or httpcore2.default_ssl_context(_trust_env=False)

    async def follow(self, url: str, limits: Mapping[str, int]) -> Fetched:
        """What is at *url*, or where that redirects to. Raises Unreachable, and whatever goes wrong on the way."""
        target = self._checked(url)
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._ask(target, limits)
            if isinstance(found, Fetched):
                return found
            target = self._checked(str(target.join(found)))
        raise Unreachable("it redirects too often")

    def _checked(self, url: str) -> httpx2.URL:
        try:
            target = httpx2.URL(url)
        except httpx2.InvalidURL:
            raise Unreachable("that is no address") from None
        if target.scheme not in PORTS or not target.raw_host or target.userinfo:
            raise Unreachable("that is no address of a web page")
        if target.port not in (None, *PORTS.values()):
            raise Unreachable("web pages are at the ports 80 and 443")
        if target.host.rstrip(".") == self._own_host:
            raise Unreachable("that is here")
        return target

    async def _ask(self, target: httpx2.URL, limits: Mapping[str, int]) -> Fetched | str:
        """One request: what came, or where it redirects to."""
        headers = {
            "host": target.netloc.decode("ascii"),
            "user-agent": USER_AGENT,
            "accept": ", ".join(f"{kind}*" if kind.endswith("/") else kind for kind in limits),
            "accept-encoding": "identity",
            "connection": "close",
        }
        # Made for this one request: nothing of it, neither a connection nor a cookie, is there for the next one.
        async with (
            httpcore2.AsyncConnectionPool(self._tls, network_backend=self._pinned) as pool,
            pool.stream("GET", _core_url(target), headers=list(headers.items())) as response,
        ):
            return await _read(response, target, limits)


class Pinned(httpcore2.AsyncNetworkBackend):
    """What httpcore connects with: to addresses that were checked, by number, and to no others."""

    def __init__(self, addresses: Addresses, network: httpcore2.AsyncNetworkBackend) -> None:
        self._addresses = addresses
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """*timeout* and *local_address* are httpcore's, and of no interest: there is one time for all of it. Raises Unreachable."""
        if port not in PORTS.values():
            raise Unreachable("web pages are at the ports 80 and 443")
        for address in await self._addresses(host):
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout=SECONDS_TO_CONNECT, socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        raise Unreachable("it does not answer")


def _core_url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


async def _read(response: httpcore2.Response, target: httpx2.URL, limits: Mapping[str, int]) -> Fetched | str:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    if response.status in REDIRECTS and "location" in headers:
        return headers["location"]
    if response.status != 200:
        raise Unreachable(f"it answers with status {response.status}")
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    kind = media_type.strip().lower()
    most = max((limit for start, limit in limits.items() if kind.startswith(start)), default=0)
    if not most:
        raise Unreachable("it is of another kind")
    body, whole = await _body(response, most, headers.get("content-encoding", "identity").strip().lower())
    return Fetched(str(target), kind, _charset(parameters), body, whole)


async def _body(response: httpcore2.Response, most: int, encoding: str) -> tuple[bytes, bool]:
    """At most so many bytes of the body, and whether that is all of it. Not one byte more is ever unpacked."""
    unpack = _unpacker(encoding)
    body = bytearray()
    async with aclosing(response.aiter_stream()) as chunks:
        async for chunk in chunks:
            body += unpack(chunk, most + 1 - len(body))
            if len(body) > most:
                return bytes(body[:most]), False
    return bytes(body), True


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """Although we ask for none: some send what they have packed already."""
    if encoding in ("identity", ""):
        return lambda chunk, most: chunk[:most]
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(GZIP_OR_ZLIB).decompress
    raise Unreachable("it is packed in a way that was not asked for")


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower()
    return ""
