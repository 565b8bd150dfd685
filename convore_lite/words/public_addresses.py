"""Which network addresses are the public internet's, and which hosts are addresses though they do not look like one.

Rule: what is not known to be public is not. `ipaddress.is_global` does not do: it takes NAT64, 6to4 and site-local addresses for
global ones, and what it says of others changes with the version of Python.
"""

from __future__ import annotations

import re
import socket
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network, ip_network

from .networks import Address

# IANA's special-purpose registry (RFC 6890 and after). AMT (192.52.193.0/24) and AS112 (192.31.196.0/24, 192.175.48.0/24), which
# are in it as well, are public services.
PRIVATE_V4 = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        # Stands in public space, and on every machine at Azure for what only that machine may ask.
        "168.63.129.16/32",
    )
]
# What IANA has given to the registries for machines of the internet; the rest of IPv6 is nobody's yet, or has another purpose.
PUBLIC_V6 = [
    ip_network(text)
    for text in (
        "2001::/16",
        "2003::/18",
        "2400::/12",
        "2410::/12",
        "2600::/12",
        "2610::/23",
        "2620::/23",
        "2630::/12",
        "2800::/12",
        "2a00::/12",
        "2a10::/12",
        "2c00::/12",
    )
]
# In 2001::/16: protocols (Teredo, ORCHID, benchmarks and so on), and documentation. Again AMT and AS112 are public.
PRIVATE_V6 = [ip_network(text) for text in ("2001::/23", "2001:db8::/32")]
SERVICES_V6 = [ip_network(text) for text in ("2001:3::/32", "2001:4:112::/48")]
# Ways to write an IPv4 address as an IPv6 one, which ends in it: mapped, translated (SIIT), NAT64 (RFC 6052).
CARRIES_V4 = [IPv6Network(text) for text in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")]

NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
# After IDNA a host is ASCII. Underscores are no host's by the letter of RFC 952, but are found.
HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}")


def is_public(address: Address) -> bool:
    """Whether whatever answers there is meant to be reached from the whole internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in PRIVATE_V4)
    if address.scope_id is not None:
        return False
    if any(address in network for network in CARRIES_V4):
        return is_public(carried(address))
    if any(address in network for network in SERVICES_V6):
        return True
    return any(address in network for network in PUBLIC_V6) and not any(address in network for network in PRIVATE_V6)


def carried(address: IPv6Address) -> IPv4Address:
    """The IPv4 address in which an IPv6 address ends."""
    return IPv4Address(int(address) & 0xFFFF_FFFF)


def literal(host: str) -> Address | None:
    """The address that *host* is, however it is written; None where it is a name to be looked up. Raises ValueError.

    Resolvers take ``127.1``, ``0x7f000001`` and ``2130706433`` for 127.0.0.1 (inet_aton), so these are read here. What looks like
    an address and is none is refused before anybody is asked: some would read it as one, and a name server may answer as it likes.
    """
    if ":" in host:
        return _ipv6(host)
    if not HOST.fullmatch(host):
        raise ValueError("that is no host name")
    labels = host.split(".")
    written = [label for label in labels if label]
    if len(written) > 4 or not all(NUMBER.fullmatch(label) for label in written):
        return None
    if written != labels:
        raise ValueError("that is neither a name nor an address")
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        raise ValueError("that is neither a name nor an address") from None


def _ipv6(host: str) -> IPv6Address:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        raise ValueError("that is no address") from None
    if address.scope_id is not None:
        raise ValueError("an address with a zone is one of this machine")
    return address
