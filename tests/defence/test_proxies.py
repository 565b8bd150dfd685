"""Where a request came from, as a trusted proxy says, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from convore_lite.testing import Chat
from convore_lite.testing.chat import API
from convore_lite.words import limits
from convore_lite.words.networks import Proxies, counted_as, network

from .census import knock

INNER, OUTER = "10.0.0.1", "192.0.2.10"
TRUSTED = ("10.0.0.0/8", OUTER, "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # nobody in particular says so
        (INNER, "", INNER),
        (INNER, "198.51.100.1", "198.51.100.1"),
        (INNER, " 198.51.100.1 ", "198.51.100.1"),
        (INNER, "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the left one was made up by who came
        (INNER, "nonsense, 198.51.100.1", "198.51.100.1"),
        (INNER, f"1.1.1.1, 198.51.100.1, {OUTER}", "198.51.100.1"),  # two proxies
        (INNER, f"198.51.100.1, {OUTER}, 10.9.9.9", "198.51.100.1"),
        (INNER, f"{OUTER}, 10.9.9.9", OUTER),  # the proxy itself asks
        (INNER, "198.51.100.1,", INNER),
        (INNER, "198.51.100.1, nonsense", INNER),
        (INNER, f"198.51.100.1, nonsense, {OUTER}", INNER),
        (INNER, "198.51.100.1:4711", INNER),
        (INNER, "unknown", INNER),
        (INNER, "2001:db8::1", "2001:db8::1"),
        (INNER, "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),  # a socket for both kinds of addresses
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("fe80::1%eth0", "198.51.100.1", "fe80::1%eth0"),
        ("", "198.51.100.1", ""),  # a unix socket
        ("not an address", "198.51.100.1", "not an address"),
    ],
)
def test_from_the_right_up_to_the_first_who_is_no_proxy(peer: str, forwarded: str, client: str) -> None:
    assert Proxies(TRUSTED).client(peer, forwarded) == client


def test_a_unix_socket_is_trusted_only_if_it_is_named() -> None:
    assert Proxies(["unix"]).client("", "1.1.1.1, 198.51.100.1") == "198.51.100.1"
    assert Proxies(["unix"]).client("", "") == ""
    assert Proxies(["unix"]).client("127.0.0.1", "198.51.100.1") == "127.0.0.1"
    assert Proxies(["unix", "127.0.0.1"]).client("", "198.51.100.1, 127.0.0.1") == "198.51.100.1"
    assert not Proxies([])
    assert Proxies(["unix"])


@given(st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=8)), max_size=6), st.ip_addresses(v=4).map(str))
def test_whatever_is_made_up_at_the_left_changes_nothing(made_up: list[str], client: str) -> None:
    proxies = Proxies([INNER])
    expected = client if client != INNER else proxies.client(INNER, ", ".join([*made_up, client]))
    assert proxies.client(INNER, ", ".join([*made_up, client])) == expected
    assert proxies.client(INNER, ", ".join([*made_up, client, INNER])) == expected


@pytest.mark.parametrize("text", ["10.0.0.1/8", "*", "proxy.example.org", "", "10.0.0.0/33", "1.2.3"])
def test_what_is_no_network_is_named_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a network such as"):
        network(text)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a name", "a name"),
    ],
)
def test_of_ipv6_a_64_counts_as_one(address: str, counted: str) -> None:
    assert counted_as(address) == counted


class TestBehindOne:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"rate_limits": True, "trusted_proxies": ("127.0.0.1", "unix"), "max_streams_per_address": 1}

    async def guess(self, chat: Chat, peer: str | None, forwarded: str) -> int:
        """The status with which a guess is answered; only that it came is counted, its body never does."""
        headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        return (await knock(chat, "GET", "/sign-in/", headers, client=peer)).status

    async def test_the_limits_count_by_what_it_says(
        self, patient_chat: Chat, patient_clock: trio.testing.MockClock
    ) -> None:
        for address in ("198.51.100.1", "2001:db8::/64"):
            for _ in range(limits.READS.burst):
                patient_chat.appliance.app.rates.spend(limits.READS, address)
        for peer in ("127.0.0.1", None):
            assert await self.guess(patient_chat, peer, "198.51.100.1") == 429
            assert await self.guess(patient_chat, peer, "7.7.7.7, 198.51.100.1") == 429
            assert await self.guess(patient_chat, peer, "2001:db8::17") == 429
            assert await self.guess(patient_chat, peer, "198.51.100.2") == 200
            assert await self.guess(patient_chat, peer, "198.51.100.1, 198.51.100.2") == 200
            assert await self.guess(patient_chat, peer, "") == 200
        assert await self.guess(patient_chat, "203.0.113.5", "198.51.100.1") == 200

    async def test_a_header_in_two_pieces_is_one(
        self, patient_chat: Chat, patient_clock: trio.testing.MockClock
    ) -> None:
        for _ in range(limits.READS.burst):
            patient_chat.appliance.app.rates.spend(limits.READS, "198.51.100.1")
        pieces = [(b"x-forwarded-for", b"7.7.7.7"), (b"x-forwarded-for", b"198.51.100.1")]
        assert (await knock(patient_chat, "GET", "/sign-in/", pieces, client="127.0.0.1")).status == 429
        pieces.reverse()
        assert (await knock(patient_chat, "GET", "/sign-in/", pieces, client="127.0.0.1")).status == 200

    async def test_streams_count_by_it_too(self, patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
        ann = await patient_chat.member("ann")
        token = (b"authorization", f"Bearer {ann.token}".encode())
        async with ann.live():  # from 127.0.0.1
            for forwarded, status in ((b"198.51.100.1", 200), (b"127.0.0.1", 429), (b"", 429)):
                headers = [token, (b"x-forwarded-for", forwarded)]
                answered = await knock(patient_chat, "GET", f"{API}/live", headers, client="127.0.0.1")
                assert answered.status == status, forwarded
