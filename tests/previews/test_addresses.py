"""Which addresses the fetcher connects to: the verdicts of a corpus, and some of our own where it is absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convore_lite.fetcher import Fetcher, Unreachable

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "ssrf"

PUBLIC = """93.184.216.34 1.1.1.1 100.63.255.255 100.128.0.0 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 192.31.196.1
172.15.255.255 172.32.0.0 223.255.255.255 2606:2800:220:1:248:1893:25c8:1946 2001:4860:4860::8888 2a00:1450::1 2001:3::1
2620:4f:8000::1 64:ff9b::5db8:d822 ::ffff:0:5db8:d822 ::ffff:93.184.216.34 1572395042 0x5db8d822 0135.0270.0330.042""".split()
NOT_PUBLIC = """127.0.0.1 0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1
192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 fe80::1 fc00::1
fd00:ec2::254 fec0::1 ff02::1 100::1 2001::1 2001:db8::1 2001:2::1 2002:7f00:1:: 2002:5db8:d822:: 3fff::1 4000::1 5f00::1
::127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a83f:8110 64:ff9b:1::5db8:d822
127.1 127.0.1 2130706433 0x7f000001 0x7f.1 017700000001 0 00 0x0 169.254.43518 0xa9fea9fe""".split()
MALFORMED = """127.0.0.1. 127.1. 2130706433. 0x7f000001. .127.0.0.1 127..1 .1 1.. 0x7f..1 127.0.0.1%0 127.0.0.1%25lo 127.0.0.1/33
//127.0.0.1 256.1.1.1 1.2.3.256 4294967296 0x100000000 09.1 fe80::1%lo ::1%1 127.0.0.1:80 a@127.0.0.1 10.0.0.1/6 ::/0""".split()
NAMES = "123.example 123.example. 0xfoo.example 127.0.0.1.example 1.2.3.4.5 example.com. a_b.example xn--mnchen-3ya.de".split()


class Names:
    """Every name has this address, and who was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(self, host: str) -> list[str]:
        self.asked.append(host)
        return ["93.184.216.34"]


async def verdict(host: str) -> str:
    """allowed, blocked, or "looked up" for what is a name."""
    names = Names()
    try:
        await Fetcher(resolve=names.resolve).addresses(host)
    except Unreachable:
        assert names.asked == []
        return "blocked"
    return "looked up" if names.asked else "allowed"


@pytest.mark.parametrize("host", PUBLIC)
async def test_public(host: str) -> None:
    assert await verdict(host) == "allowed"


@pytest.mark.parametrize("host", NOT_PUBLIC + MALFORMED)
async def test_not_public(host: str) -> None:
    assert await verdict(host) == "blocked"


@pytest.mark.parametrize("host", NAMES)
async def test_names(host: str) -> None:
    assert await verdict(host) == "looked up"


@pytest.mark.parametrize("host", NOT_PUBLIC[:41])
async def test_names_that_lead_there(host: str) -> None:
    """Also where another address of the same name is public."""

    async def resolve(name: str) -> list[str]:
        return ["93.184.216.34", host]

    with pytest.raises(Unreachable, match="not on the public internet"):
        await Fetcher(resolve=resolve).addresses("example.org")


def cases() -> list[Any]:
    if not CORPUS.is_dir():
        return [pytest.param("", "", marks=pytest.mark.skip(reason="the corpus of addresses is not on this machine"))]

    def of(name: str) -> list[dict[str, Any]]:
        return list(json.loads((CORPUS / f"surfguard-{name}.json").read_text("utf-8"))["cases"])

    return [
        *(
            (case["input"], case["policies"]["default"])
            for name in ("allowed", "blocked", "boundaries")
            for case in of(name)
        ),
        *((case["input"], "blocked" if case["blocked"] else "allowed") for case in of("legacy_numeric")),
        *((case["input"], "looked up") for case in of("dns_hostnames")),
        *((case["input"], "blocked") for name in ("malformed_numeric_hosts", "non_host_prefixes") for case in of(name)),
    ]


@pytest.mark.parametrize(("host", "expected"), cases())
async def test_the_verdicts_of_the_corpus(host: str, expected: str) -> None:
    assert await verdict(host) == expected


async def test_networks_that_are_allowed() -> None:
    fetcher = Fetcher(allowed=["192.168.1.0/24", "fd00::/8"])
    assert [str(address) for address in await fetcher.addresses("192.168.1.7")] == ["192.168.1.7"]
    assert await fetcher.addresses("fd00::7")
    for host in ("192.168.2.7", "127.0.0.1", "fe80::1"):
        with pytest.raises(Unreachable):
            await fetcher.addresses(host)
