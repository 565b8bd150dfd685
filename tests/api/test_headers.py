"""Security headers are on every kind of answer."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from convore_lite.routes.api import BASE

from .conftest import Place
from .test_sessions import ORIGIN, signed_in

# OWASP Secure Headers Project and ASVS 5.0, 3.4; what a page may load is tested with the pages.
EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
JSON = {"content-type": "application/json"}


def check_headers(answer: httpx2.Response, *, secure: bool = False) -> None:
    asked = f"{answer.request.method} {answer.request.url} {answer.status_code}"
    for name, value in EXPECTED.items():
        assert answer.headers.get_list(name) == [value], (asked, name)
    [policy] = answer.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy, asked
    assert "frame-ancestors 'none'" in policy, asked
    assert "unsafe" not in policy, asked
    assert "camera=()" in answer.headers["permissions-policy"], asked
    assert ("strict-transport-security" in answer.headers) is secure, asked
    assert "access-control-allow-origin" not in answer.headers, asked
    assert "server" not in answer.headers, asked
    assert len(answer.headers.get_list("cache-control")) == 1, asked


async def every_kind(place: Place) -> list[httpx2.Response]:
    """An answer of each kind, by status and by which part of the program gives it."""
    http, messages = place.ann.http, f"{BASE}/topics/{place.topic}/messages"
    async with place.chat.client(headers=ORIGIN) as browser:
        return [
            await http.get(f"{BASE}/me"),
            await http.head(f"{BASE}/me"),
            await http.options(f"{BASE}/me"),
            await http.post(messages, json={"text": "x"}),
            await http.post(f"{BASE}/read"),
            await http.post(messages, content=b"{", headers=JSON),
            await browser.get(f"{BASE}/me"),
            await browser.post(messages, headers={"origin": "null"}),
            await http.get(f"{BASE}/nothing"),
            await http.delete(f"{BASE}/groups"),
            await http.post(f"{BASE}/groups", json={"name": "x", "kind": "public", "slug": "home-lab"}),
            await http.post(messages, content=b"x" * 2_000_000, headers=JSON),
            await http.post(messages, content=b"{}", headers={**JSON, "content-length": "many"}),
            await http.post(messages, json={"text": "x" * 16385}),
            await http.post(messages, content=b"{}", headers={"content-type": "text/plain"}),
            await http.post(messages, json={}),
            await http.get(f"{BASE}/openapi.json"),
            await http.get("/api/"),
            await http.get("/healthz"),
            await http.get("/readyz"),
            await browser.get("/sign-in/"),
            await browser.get("/"),
            await browser.get("/nothing/"),
            await browser.get("/static/nothing.js"),
            await browser.post("/sign-in/", data={"username": "ann", "password": "wrong password"}),
            await browser.get(f"{BASE}/live"),
            await http.post(f"{BASE}/live"),
            await http.get(f"{BASE}/live?after=x-1", headers={"accept": "application/json"}),
        ]


async def test_every_kind_of_answer(place: Place) -> None:
    answers = await every_kind(place)
    assert {200, 201, 204, 303, 400, 401, 403, 404, 405, 409, 413, 415, 422} == {one.status_code for one in answers}
    for answer in answers:
        check_headers(answer)
        if answer.is_client_error and answer.request.url.path.startswith("/api/"):
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_stream(place: Place) -> None:
    """Its head, as the server sends it."""
    heads: list[dict[str, str]] = []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            heads.append({name.decode(): value.decode() for name, value in message["headers"]})

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{BASE}/live",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {place.ann.token}".encode())],
        "client": ("127.0.0.1", 1),
    }
    await place.chat.appliance.doors(scope, receive, send)
    [head] = heads
    assert head["content-type"] == "text/event-stream"
    assert (head["cache-control"], head["x-accel-buffering"]) == ("no-store", "no")
    for name, value in EXPECTED.items():
        assert head[name] == value


async def test_our_own_mistakes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are written down here and not told."""

    async def read(*args: object, **options: object) -> None:
        raise RuntimeError("a secret of the database")

    async with signed_in(place.chat, "ann") as browser:
        monkeypatch.setattr(place.chat.appliance.app.store, "read", read)
        for path in (f"{BASE}/me", f"{BASE}/openapi.json", "/", f"{BASE}/live"):
            answer = await browser.get(path)
            if path == f"{BASE}/openapi.json":
                assert answer.status_code == 200
                continue
            assert answer.status_code == 500, path
            assert "secret" not in answer.text
            check_headers(answer)


class TestHttps:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"base_url": "https://chat.example.org"}

    async def test_browsers_are_told_to_stay_with_it(self, place: Place) -> None:
        for answer in await every_kind(place):
            check_headers(answer, secure=True)
