"""Network addresses: what one counts as, and for whom a proxy speaks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Stands for the peers of a unix socket, who have no address.
UNIX = "unix"
# Who rents a machine or has a line at home gets a whole /64 at least, and could come from a new address each time (RFC 6177).
SAME_HOLDER = 64


def network(text: str) -> Network:
    """Raises ValueError, with a sentence."""
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"“{text}” is neither a network such as 10.0.0.0/8, nor an address, nor {UNIX}") from None


@lru_cache(maxsize=1024)
def counted_as(text: str) -> str:
    """The address under which tries are counted: of IPv6 the /64 it is in. What is no address is counted as it is."""
    try:
        address = _address(text)
    except ValueError:
        return text
    return str(address) if address.version == 4 else str(IPv6Network((int(address), SAME_HOLDER), strict=False))


class Proxies:
    """Those whose word is taken for where a request came from: networks, or "unix" for the peers of unix sockets."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._unix = UNIX in trusted
        self._networks = [network(text) for text in trusted if text != UNIX]

    def __bool__(self) -> bool:
        return self._unix or bool(self._networks)

    def client(self, peer: str, forwarded: str) -> str:
        """Where a request came from: *peer* sent it to us, and *forwarded* is all it said in X-Forwarded-For.

        Each proxy adds at the right whom it heard it from, so what is true is read from there: up to the first who is not one of
        ours. What stands to the left of that one anybody could have made up. Where it is not well-formed, it was the peer.
        """
        if not (self._trusts(peer) if peer else self._unix):
            return peer
        heard = peer
        for text in reversed(forwarded.split(",")):
            try:
                heard = str(_address(text.strip()))
            except ValueError:
                return peer
            if not self._trusts(heard):
                break
        return heard

    def _trusts(self, peer: str) -> bool:
        try:
            address = _address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _address(text: str) -> Address:
    """Raises ValueError. IPv4 written as IPv6, as a socket for both has it, is IPv4."""
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
