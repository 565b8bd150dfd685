"""No other site makes a browser do anything here: unsafe requests with a cookie come from our own pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from convore_lite.routes.api import BASE, OPERATIONS
from convore_lite.testing import Chat
from convore_lite.testing.chat import PASSWORD

from .answers import check_problem, count_rows
from .conftest import Place
from .test_bad_input import path_of
from .test_sessions import signed_in

OWN = "http://chat.test"
# What a browser says of a request that another site made it send, and what others say who pretend to be ours.
FOREIGN: list[dict[str, str]] = [
    {},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "https://evil.example"},
    {"origin": "http://chat.test.evil.example"},
    {"origin": "http://evil-chat.test"},
    {"origin": "http://chat.test@evil.example"},
    {"origin": "http://chat.test:8080"},
    {"origin": "https://chat.test"},
    {"origin": "http://chat.test/"},
    {"origin": "http://CHAT.test"},
    {"origin": "http://chat.test http://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-site", "origin": "http://other.chat.test"},
    {"referer": "http://chat.test/"},
    {"x-requested-with": "XMLHttpRequest"},
]
UNSAFE = [operation for operation in OPERATIONS if operation.method != "GET"]


async def test_every_unsafe_operation_asks_where_it_comes_from(place: Place) -> None:
    assert len(UNSAFE) > 20
    async with signed_in(place.chat, "ann") as browser:
        del browser.headers["origin"]
        assert (await browser.get(f"{BASE}/me")).status_code == 200
        before = await count_rows(place.chat)
        for operation in UNSAFE:
            for headers in FOREIGN:
                answer = await browser.request(
                    operation.method, path_of(operation, place), headers=headers, content=b"{"
                )
                assert check_problem(answer, 403)["detail"] == "This request came from another site.", (
                    operation,
                    headers,
                )
        assert await count_rows(place.chat) == before
        for headers in ({"origin": OWN}, {"sec-fetch-site": "same-origin"}):
            answer = await browser.post(f"{BASE}/topics/{place.topic}/messages", headers=headers, json={"text": "x"})
            assert answer.status_code == 201


async def refuses_unread(chat: Chat, method: str, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    """The status of a refusal that must not wait for the body, of which nothing ever comes."""
    statuses: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status", 0))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"chat.test"), (b"content-type", b"application/json"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("chat.test", 80),
        "extensions": {},
    }
    with trio.fail_after(20):
        await chat.appliance.doors(scope, trio.sleep_forever, send)
    return statuses[0]


async def test_nothing_of_the_body_is_read_before(place: Place) -> None:
    async with signed_in(place.chat, "ann") as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items()).encode()
    messages = f"{BASE}/topics/{place.topic}/messages"
    evil = (b"origin", b"https://evil.example")
    assert await refuses_unread(place.chat, "POST", messages, [(b"cookie", cookie), evil]) == 403
    assert await refuses_unread(place.chat, "POST", messages, []) == 401
    assert await refuses_unread(place.chat, "POST", messages, [(b"authorization", b"Bearer wrong")]) == 401
    assert await refuses_unread(place.chat, "POST", f"{BASE}/session", [evil]) == 403
    assert await refuses_unread(place.chat, "POST", f"{BASE}/session", [(b"sec-fetch-site", b"cross-site")]) == 403


async def test_signing_in_from_another_site(chat: Chat) -> None:
    """Else it could sign a visitor in as somebody else and read what they then write."""
    await chat.member("ann")
    body = {"username": "ann", "password": PASSWORD}
    async with chat.client() as browser:
        for headers in FOREIGN:
            answer = await browser.post(f"{BASE}/session", headers=headers, json=body)
            if headers.keys() & {"origin", "sec-fetch-site"}:
                check_problem(answer, 403)
            else:  # what says nothing and has no cookie yet is no browser
                assert answer.status_code == 201
                browser.cookies.clear()


async def test_tokens_need_no_origin(place: Place) -> None:
    """No browser sends a token by itself."""
    for headers in FOREIGN:
        answer = await place.ann.http.post(f"{BASE}/topics/{place.topic}/messages", headers=headers, json={"text": "x"})
        assert answer.status_code == 201


async def test_reading_changes_nothing(place: Place) -> None:
    """A link from anywhere may be followed, so a GET must not change anything."""
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    await place.bob.post(place.topic, "hello")
    async with signed_in(place.chat, "ann") as browser:
        before = await count_rows(place.chat)
        for operation in OPERATIONS:
            if operation.method == "GET":
                answer = await browser.get(path_of(operation, place), headers=followed)
                assert answer.status_code != 403 or operation.console
        assert await count_rows(place.chat) == before
    assert await place.ann.unread(place.topic) == 1


async def test_no_other_site_reads_the_stream(place: Place) -> None:
    async with signed_in(place.chat, "ann") as browser:
        for site, status in (("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)):
            headers = {"sec-fetch-site": site, "accept": "application/json"}
            assert (await browser.get(f"{BASE}/live?wait=1&after=x-1", headers=headers)).status_code == status


class TestBehindAProxy:
    """Where the address people type is configured, only that is ours, whatever else a request names."""

    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"base_url": "https://chat.example.org"}

    async def test_the_configured_address_is_ours(self, place: Place) -> None:
        ours = {"origin": "https://chat.example.org"}
        async with place.chat.client(headers=ours) as browser:
            answer = await browser.post(f"{BASE}/session", json={"username": "ann", "password": PASSWORD})
            assert answer.status_code == 201
            cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
            post: Callable[..., Awaitable[Any]] = browser.post
            path = f"{BASE}/topics/{place.topic}/messages"
            assert (await post(path, headers=cookie, json={"text": "x"})).status_code == 201
            for origin in (OWN, "https://chat.example.org:8443", "https://evil.example"):
                host = origin.partition("//")[2]
                headers = {**cookie, "origin": origin, "x-forwarded-host": host}
                check_problem(await post(path, headers=headers, json={"text": "x"}), 403)
                headers["host"] = "chat.example.org:8443"
                check_problem(await post(path, headers=headers, json={"text": "x"}), 403)
