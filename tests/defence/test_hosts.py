"""Where the address people type is configured, nothing is answered under another name (RFC 9110, 15.5.20)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convore_lite.testing import Chat
from convore_lite.testing.chat import API

from .census import cookie_of, every_route, knock

OURS = b"chat.example.org"
OTHERS = [
    b"evil.example",
    b"chat.example.org.evil.example",
    b"evil-chat.example.org",
    b"example.org",
    b"127.0.0.1:8470",
    b"localhost",
    b"",
    b"chat.example.org@evil.example",
    b"chat.example.org, evil.example",
    b"[::1]",
    b"[",
    b"chat.example.org/",
    b"\xff",
]
# No label of a host's name is empty or longer than 63 characters (RFC 1035, 2.3.4).
NO_NAMES = [b"..", b".example.org", b"a..b:8470", b"a" * 64, b"a" * 5000, b"xn--a." + b"a" * 64]
PROBES = ("/healthz", "/readyz", "/metrics")


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"base_url": "https://chat.example.org"}


@pytest.mark.parametrize("host", [OURS, b"CHAT.example.ORG", b"chat.example.org:443", b"chat.example.org:8443"])
async def test_under_its_name_it_answers(chat: Chat, host: bytes) -> None:
    """A proxy may have another port, or leave it out."""
    await chat.member("ann")
    cookie = await cookie_of(chat, "ann")
    assert (await knock(chat, "GET", f"{API}/me", [cookie], host=host)).status == 200
    assert (await knock(chat, "GET", f"{API}/live", [cookie], host=host)).status == 200


@pytest.mark.parametrize("host", OTHERS)
async def test_under_another_it_does_not(chat: Chat, host: bytes) -> None:
    """The live stream neither, and no body is waited for."""
    await chat.member("ann")
    headers = [await cookie_of(chat, "ann"), (b"x-forwarded-host", OURS), (b"origin", b"https://chat.example.org")]
    for method, path in ("GET", "/"), ("GET", f"{API}/me"), ("GET", f"{API}/live"), ("POST", f"{API}/session"):
        answered = await knock(chat, method, path, headers, host=host)
        assert (answered.status, answered.asked_for_body) == (421, 0)
        assert answered.headers["content-type"] == "application/problem+json"
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert json.loads(answered.body)["detail"] == "This server answers as chat.example.org only."


async def test_whatever_there_is(chat: Chat) -> None:
    for method, path in every_route(chat):
        status = (await knock(chat, method, path, host=b"evil.example")).status
        assert (status == 421) == (path not in PROBES), path


async def test_two_hosts_are_none(chat: Chat) -> None:
    assert (await knock(chat, "GET", "/sign-in/", host=OURS)).status == 200
    assert (await knock(chat, "GET", "/sign-in/", [(b"host", b"evil.example")], host=OURS)).status == 421


async def test_what_supervises_it_may_use_any(chat: Chat) -> None:
    """And so may the command line, which comes through the data folder."""
    for path, status in zip(PROBES, (200, 200, 401), strict=True):
        assert (await knock(chat, "GET", path, host=b"127.0.0.1:8470")).status in (status, 303)
    assert (await knock(chat, "GET", f"{API}/users", host=b"console", console=True)).status == 200
    assert (await knock(chat, "GET", f"{API}/users", host=b"console")).status == 421


class TestNoNameIsConfigured:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {}

    @pytest.mark.parametrize("host", [OURS, b"localhost:8470", b""])
    async def test_every_name_is_ours(self, chat: Chat, host: bytes) -> None:
        assert (await knock(chat, "GET", "/sign-in/", host=host)).status == 200

    @pytest.mark.parametrize("host", NO_NAMES)
    async def test_what_is_no_name(self, chat: Chat, host: bytes) -> None:
        await refuse_no_name(chat, host, "/", "/sign-in/", f"{API}/me", f"{API}/live", *PROBES)

    @pytest.mark.parametrize("host", [b"xn--a", b"a b", b"[", b"\xff", b"a:b:c", b"user@a"])
    async def test_names_that_nothing_else_can_read(self, chat: Chat, host: bytes) -> None:
        """Who is signed in gets their answer under these, too."""
        await chat.member("ann")
        cookie = await cookie_of(chat, "ann")
        for path in ("/", f"{API}/me"):
            assert (await knock(chat, "GET", path, [cookie], host=host)).status == 200


@pytest.mark.parametrize("host", NO_NAMES)
async def test_what_is_no_name_may_not_ask_how_we_are_either(chat: Chat, host: bytes) -> None:
    await refuse_no_name(chat, host, *PROBES)


async def refuse_no_name(chat: Chat, host: bytes, *paths: str) -> None:
    for path in paths:
        answered = await knock(chat, "GET", path, host=host)
        assert (answered.status, answered.headers["content-type"]) == (400, "application/problem+json")
