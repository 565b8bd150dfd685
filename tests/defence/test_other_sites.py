"""Whatever there is: no other site makes a browser change it or load it, and nothing of what it sends is read (ASVS 5.0, 3.5)."""

from __future__ import annotations

import re

import pytest

from convore_lite.routes.api import OPERATIONS
from convore_lite.testing import Chat

from .census import cookie_of, every_route, knock, unsafe

EVIL: list[list[tuple[bytes, bytes]]] = [
    [],
    [(b"origin", b"null")],
    [(b"origin", b"https://evil.example")],
    [(b"origin", b"https://h.evil")],
    [(b"origin", b"http://chat.test.evil")],
    [(b"origin", b"http://chat.test:81")],
    [(b"sec-fetch-site", b"cross-site")],
    [(b"sec-fetch-site", b"same-site"), (b"origin", b"http://other.chat.test")],
]
OWN = (b"origin", b"http://chat.test")
FOLLOWED = [(b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document")]
# Built files are the same for everybody, and a probe asks without a cookie.
FOR_EVERYBODY = ("/static/", "/healthz", "/readyz")


async def test_nothing_is_changed_from_elsewhere(chat: Chat) -> None:
    await chat.member("ann", role="owner")
    cookie = await cookie_of(chat, "ann")
    routes = unsafe(chat)
    assert {"/sign-in/", "/something/something/", "/api/v1/session", "/api/v1/topics/1/messages"} < {
        p for _, p in routes
    }
    for method, path in routes:
        for headers in EVIL:
            answered = await knock(chat, method, path, [cookie, *headers])
            assert answered.status == 403, (method, path, headers)
            assert b"another site" in answered.body, (method, path, headers)


async def test_from_here_it_is(chat: Chat) -> None:
    """What needs no body is done; the rest waits for one."""
    await chat.member("ann", role="owner")
    cookie = await cookie_of(chat, "ann")
    assert (await knock(chat, "POST", "/api/v1/topics/999/typing", [cookie, OWN])).status == 404
    assert (await knock(chat, "DELETE", "/api/v1/session", [cookie, OWN])).status == 204
    assert (await knock(chat, "DELETE", "/api/v1/session", [cookie, OWN])).status == 401


async def test_who_is_not_signed_in_is_turned_away_unread(chat: Chat) -> None:
    await chat.member("ann")
    public = {(o.method, "/api/v1" + o.path) for o in OPERATIONS if o.public}
    forms = {"/sign-in/", "/sign-up/", "/welcome/something/", "/join/something/"}
    closed = [(method, path) for method, path in unsafe(chat) if (method, path) not in public and path not in forms]
    assert len(closed) > 40
    form = (b"content-type", b"application/x-www-form-urlencoded")
    for method, path in closed:
        for headers in ([], [(b"authorization", b"Bearer wrong")]):
            answered = await knock(chat, method, path, [form, *headers])
            assert answered.status == (401 if path.startswith("/api/") else 303), (method, path)


async def test_nothing_is_loaded_from_elsewhere(chat: Chat) -> None:
    await chat.member("ann", role="owner")
    cookie = await cookie_of(chat, "ann")
    routes = [path for method, path in every_route(chat) if method == "GET" and not path.startswith(FOR_EVERYBODY)]
    assert {"/", "/settings/", "/api/v1/me", "/api/v1/live"} < set(routes)
    for path in routes:
        for site in (b"cross-site", b"same-site"):
            for mode, dest in ((b"cors", b"empty"), (b"no-cors", b"image"), (b"navigate", b"iframe")):
                loaded = [(b"sec-fetch-site", site), (b"sec-fetch-mode", mode), (b"sec-fetch-dest", dest)]
                assert (await knock(chat, "GET", path, [cookie, *loaded])).status == 403, (path, loaded)
        for site in (b"same-origin", b"none"):
            answered = await knock(chat, "GET", path, [cookie, (b"sec-fetch-site", site)])
            assert answered.status != 401, path
            assert answered.status != 403 or b"another site" not in answered.body, path


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/settings/"])
async def test_a_link_from_elsewhere_is_followed(chat: Chat, path: str) -> None:
    await chat.member("ann")
    assert (await knock(chat, "GET", path, [await cookie_of(chat, "ann"), *FOLLOWED])).status == 200


async def test_no_link_opens_the_stream(chat: Chat) -> None:
    """Else it could mark a topic read."""
    await chat.member("ann")
    cookie = await cookie_of(chat, "ann")
    assert (await knock(chat, "GET", "/api/v1/live", [cookie])).status == 200
    assert (await knock(chat, "GET", "/api/v1/live", [cookie, *FOLLOWED])).status == 403


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
async def test_what_a_form_can_send_is_no_json(chat: Chat, kind: str) -> None:
    """A form of another site may send these without asking; the API takes none of them."""
    ann = await chat.member("ann", role="owner")
    with_body = [operation for operation in OPERATIONS if operation.body is not None]
    assert len(with_body) > 10
    for operation in with_body:
        path = re.sub("<id:[a-z_]+>", "1", re.sub("<[a-z]+>", "x", operation.path))
        assert "<" not in path
        headers = {"content-type": kind} if kind else {}
        answer = await ann.http.request(operation.method, f"/api/v1{path}", content=b'{"a": 1}', headers=headers)
        assert answer.status_code in (415, 403), (operation.name, answer.text)
