"""The one way out, against servers that mean no good."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
import trio

from convore_lite import fetcher as fetching
from convore_lite.fetcher import Fetched, Unreachable

from .internet import PRIVATE, PUBLIC, Internet, answer, html, redirect, zipped

KIB = 1024
LIMITS = {"text/html": 256 * KIB}
PAGE = html("<title>Hello</title>")


async def refused(internet: Internet, url: str, why: str | None = None, **options: object) -> None:
    with pytest.raises(Unreachable, match=why):
        await internet.fetcher(**options).fetch(url, LIMITS)


async def test_a_page(internet: Internet) -> None:
    url = internet.put("example.org/page?q=1", PAGE)
    assert await internet.fetcher().fetch(url, LIMITS) == Fetched(
        url, "text/html", "utf-8", b"<title>Hello</title>", True
    )
    [head] = internet.heads
    names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:] if line}
    # Nothing of who or where we are, or what somebody else left with us.
    assert names == {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}
    assert socket.gethostname().encode() not in head


async def test_nothing_is_taken_from_the_environment(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://{PRIVATE}:80")
    await internet.fetcher().fetch(internet.put("example.org/", PAGE), LIMITS)
    assert internet.connects == [PUBLIC]


async def test_no_cookie_is_brought_back(internet: Internet) -> None:
    fetcher = internet.fetcher()
    url = internet.put("example.org/", html("<title>Hi</title>", "text/html", "set-cookie: a=b; path=/"))
    internet.put("example.org/second", redirect(url))
    await fetcher.fetch(url, LIMITS)
    await fetcher.fetch(f"{url}second", LIMITS)
    assert len(internet.heads) == 3
    assert not any(b"cookie" in head.lower() for head in internet.heads)


async def test_certificates_are_checked_for_the_name(internet: Internet) -> None:
    """Although the connection is made by number."""
    internet.put("secure.example/", PAGE)
    internet.put("other.example/", PAGE)
    assert (await internet.fetcher().fetch("https://secure.example/", LIMITS)).whole
    await refused(internet, "https://other.example/")
    # By name it is not sent anything either.
    assert internet.requests == ["secure.example/"]


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PRIVATE}/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:169.254.169.254]/latest/meta-data/",
        "http://127.0.0.1%25lo/",
        "http://example.org:22/",
        "http://example.org:8080/",
        "http://user:password@example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://",
        "//example.org/",
        "http://exa mple.org/",
        "http://①②⑦.⓪.⓪.①/",
        "javascript:alert(1)",
        "http://chat.example/",
        "https://CHAT.example./home-lab/",
    ],
)
async def test_where_it_does_not_go(internet: Internet, url: str) -> None:
    internet.names["localhost"] = [["127.0.0.1"]]
    for host in ("example.org", "chat.example", "chat.example."):
        internet.names[host] = [[PUBLIC]]
    await refused(internet, url, own_url="https://chat.example")
    assert internet.connects == []


async def test_what_it_does_not_reach_could_be_reached(internet: Internet) -> None:
    """The tests above and below would see it: the server answers there too, if one is let."""
    internet.pages[f"{PRIVATE}/"] = PAGE
    await refused(internet, f"http://{PRIVATE}/", "public internet")
    assert (await internet.fetcher(allowed=["192.168.0.0/16"]).fetch(f"http://{PRIVATE}/", LIMITS)).whole
    assert internet.connects == [PRIVATE]


@pytest.mark.parametrize("second", [["127.0.0.1"], [PRIVATE], ["::1"], ["169.254.169.254"], [PUBLIC, "10.0.0.1"]])
async def test_a_name_that_changes_its_mind(internet: Internet, second: list[str]) -> None:
    """DNS rebinding: public when it is looked at, private when it is connected to. There is no second look."""
    url = internet.put("rebind.example/", PAGE)
    internet.names["rebind.example"] = [[PUBLIC], second]
    fetcher = internet.fetcher()
    assert (await fetcher.fetch(url, LIMITS)).whole
    for _ in range(3):
        with pytest.raises(Unreachable, match="public internet"):
            await fetcher.fetch(url, LIMITS)
    assert internet.connects == [PUBLIC]


async def test_a_redirect_to_a_name_that_changes_its_mind(internet: Internet) -> None:
    url = internet.put("rebind.example/", redirect("/again"))
    internet.pages["rebind.example/again"] = PAGE
    internet.names["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    await refused(internet, url, "public internet")
    assert internet.connects == [PUBLIC]


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        f"http://{PRIVATE}/",
        "//localhost/",
        "http://169.254.169.254/latest/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://example.org:22/",
        "http://chat.example/",
        "http://\\\\/",
    ],
)
async def test_redirects_are_checked_like_links(internet: Internet, to: str) -> None:
    internet.names["localhost"] = [["127.0.0.1"]]
    internet.names["chat.example"] = [[PUBLIC]]
    await refused(internet, internet.put("example.org/", redirect(to)), own_url="http://chat.example")
    assert internet.connects == [PUBLIC]


async def test_redirects(internet: Internet) -> None:
    for number in range(5):
        internet.put(f"example.org/{number}", redirect(f"{number + 1}", "301 Moved" if number % 2 else "307 Temporary"))
    internet.put("example.org/5", PAGE)
    assert (await internet.fetcher().fetch("http://example.org/2", LIMITS)).url == "http://example.org/5"
    await refused(internet, "http://example.org/1", "redirects too often")


async def test_another_address_of_the_same_name(internet: Internet) -> None:
    """One that does not answer is not the end, as long as all are public."""
    url = internet.put("example.org/", PAGE)
    internet.names["example.org"] = [["2606:2800:220:1:248:1893:25c8:1946", PUBLIC]]

    class Half(type(internet)):  # type: ignore[misc]
        def port(self, address: str, port: int) -> int:
            found: int = super().port(address, port)
            return 1 if ":" in address else found

    internet.__class__ = Half
    assert (await internet.fetcher().fetch(url, LIMITS)).whole
    assert internet.connects == ["2606:2800:220:1:248:1893:25c8:1946", PUBLIC]


def endless(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>Endless</title>")
    while True:
        peer.sendall(b"x" * 65536)


def lying(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 99999999\r\n\r\n<title>Short</title>")


def drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        time.sleep(0.05)
        peer.sendall(b"x")


def many_heads(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"x-more: " + b"x" * 8000 + b"\r\n")


def not_http(peer: socket.socket) -> None:
    peer.sendall(b"220 mail.example ESMTP\r\n")


def silence(peer: socket.socket) -> None:
    peer.recv(1)


def early_hints(peer: socket.socket) -> None:
    while True:
        peer.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)


@pytest.mark.parametrize("size", [256 * KIB + 1, 10_000_000])
async def test_a_long_page_is_cut(internet: Internet, size: int) -> None:
    url = internet.put("example.org/", html("x" * size))
    fetched = await internet.fetcher().fetch(url, LIMITS)
    assert (len(fetched.body), fetched.whole) == (256 * KIB, False)


async def test_an_endless_page_is_cut(internet: Internet) -> None:
    fetched = await internet.fetcher().fetch(internet.put("example.org/", endless), LIMITS)
    assert (fetched.body[:22], len(fetched.body), fetched.whole) == (b"<title>Endless</title>", 256 * KIB, False)


async def test_what_is_packed_is_unpacked_no_further_than_the_limit(internet: Internet) -> None:
    fetcher = internet.fetcher()
    whole = await fetcher.fetch(internet.put("example.org/small", zipped(b"<title>Small</title>")), LIMITS)
    assert (whole.body, whole.whole) == (b"<title>Small</title>", True)
    bomb = zipped(bytes(200_000_000))
    assert len(bomb) < 256 * KIB
    fetched = await fetcher.fetch(internet.put("example.org/bomb", bomb), LIMITS)
    assert (fetched.body, fetched.whole) == (bytes(256 * KIB), False)
    for encoding in ("br", "zstd", "gzip, gzip", "nonsense"):
        url = internet.put("example.org/odd", html(b"x", "text/html", f"content-encoding: {encoding}"))
        await refused(internet, url, "packed")
    await refused(internet, internet.put("example.org/broken", html(b"x" * 50, "text/html", "content-encoding: gzip")))


@pytest.mark.parametrize("page", [lying, many_heads, not_http])
async def test_what_breaks_the_rules(internet: Internet, page: Callable[[socket.socket], None]) -> None:
    await refused(internet, internet.put("example.org/", page), "failed")


@pytest.mark.parametrize("page", [drip, silence, early_hints])
async def test_what_takes_too_long(
    internet: Internet, page: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is one time, so nobody is held longer by many small steps."""
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    begun = trio.current_time()
    await refused(internet, internet.put("example.org/", page), "too long")
    assert trio.current_time() - begun < 5


async def test_a_name_server_that_is_silent(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.1)
    begun = trio.current_time()

    async def never(host: str) -> list[str]:
        await trio.sleep_forever()

    with pytest.raises(Unreachable, match="too long"):
        await fetching.Fetcher(resolve=never).fetch("http://example.org/", LIMITS)
    assert trio.current_time() - begun < 5


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "video/mp4", "", "application/x-text/html"])
async def test_what_is_of_another_kind_is_not_read(internet: Internet, kind: str) -> None:
    await refused(internet, internet.put("example.org/", html("x", kind)), "another kind")


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "206 Partial", "304 Not Modified"])
async def test_only_what_is_there_counts(internet: Internet, status: str) -> None:
    page = answer(b"" if status[:3] in ("204", "304") else b"x", "content-type: text/html", status=status)
    await refused(internet, internet.put("example.org/", page), status[:3])


async def test_the_system_is_asked_for_names() -> None:
    """The edge that the other tests replace."""
    assert set(await fetching.Resolver()("localhost")) <= {"127.0.0.1", "::1"}
    with pytest.raises(Unreachable, match="public internet"):
        await fetching.Fetcher().addresses("localhost")
    with pytest.raises(Unreachable):
        await fetching.Fetcher().addresses("nowhere.invalid")
