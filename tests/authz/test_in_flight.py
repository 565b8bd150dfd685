"""A request that is under way when a right ends does nothing any more: its body comes late, or it waits for a password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from convore_lite.actions import sign_in
from convore_lite.passwords import Passwords
from convore_lite.testing import Chat, Member
from convore_lite.words.errors import NotSignedIn

Meanwhile = Callable[[], Awaitable[Any]]


async def nothing() -> None:
    pass


async def send_slowly(
    chat: Chat, member: Member, method: str, path: str, body: bytes, meanwhile: Meanwhile
) -> tuple[int, bytes]:
    """Send the head of a request, let something happen, and then send the body; the status and what comes back."""
    form = b"application/json" if path.startswith("/api/") else b"application/x-www-form-urlencoded"
    headers = [(name.encode().lower(), value.encode()) for name, value in member.http.headers.items()]
    own = [(b"host", b"chat.test"), (b"content-type", form), (b"content-length", str(len(body)).encode())]
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [header for header in headers if header[0] not in (b"host", b"content-type", b"content-length")]
        + own,
        "client": ("127.0.0.1", 1),
        "server": ("chat.test", 80),
        "extensions": {},
    }
    status, answer, late, answered = 0, b"", True, trio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal late
        if late:
            late = False
            await meanwhile()
            return {"type": "http.request", "body": body, "more_body": False}
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            answered.set()

    await chat.appliance.doors(scope, receive, send)
    return status, answer


@pytest.mark.parametrize("end", ["nothing", "deactivated", "signed out", "token revoked", "a guest now"])
@pytest.mark.parametrize("way", ["api", "form", "wrong form"])
async def test_a_body_that_comes_late(chat: Chat, end: str, way: str) -> None:
    owner = await chat.signed_in(await chat.member("owner", role="owner"))
    by_token = await chat.member("ann")
    ann = by_token if end == "token revoked" else await chat.signed_in(by_token)
    group = await owner.create_group("Secret garden", "private")
    await owner.call("PUT", f"/groups/{group['id']}/members/ann", {"role": "member"})
    topic = group["default_topic_id"]

    async def revoke_token() -> None:
        asking = await chat.signed_in(by_token)
        await asking.call("DELETE", f"/me/tokens/{(await asking.call('GET', '/me/tokens'))['items'][0]['id']}")

    ends: dict[str, Meanwhile] = {
        "nothing": nothing,
        "deactivated": lambda: owner.call("POST", "/users/ann/deactivate"),
        "signed out": lambda: ann.call("DELETE", "/session"),
        "token revoked": revoke_token,
        "a guest now": lambda: owner.call("PUT", "/users/ann/role", {"role": "guest"}),
    }
    requests = {
        "api": ("POST", f"/api/v1/topics/{topic}/messages", b'{"text": "late"}', 201),
        "form": ("POST", "/secret-garden/general/", b"text=late&client_id=late", 303),
        "wrong form": ("POST", "/secret-garden/general/", b"text=&client_id=late", 422),
    }
    method, path, body, usual = requests[way]
    status, answer = await send_slowly(chat, ann, method, path, body, ends[end])
    said = [message["text"] for message in await owner.messages(topic)]
    if end == "nothing" or (end == "a guest now" and way != "form"):  # a guest may still write where they are
        assert status == usual
        assert said == ([] if way == "wrong form" else ["late"])
    else:
        # A page sends whoever is nobody to sign in (303); to whom it was shown as somebody else it says so.
        assert status == (403 if end == "a guest now" else 401 if way == "api" else 303)
        assert said == []
        assert (b"Secret garden" in answer) == (end == "a guest now" and way != "api")


async def after_matching(passwords: Passwords, monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile) -> None:
    """Let something happen once, just after a password was found to be right."""
    match = passwords.match

    async def slow(password: str, stored: str | None) -> bool:
        found = await match(password, stored)
        monkeypatch.setattr(passwords, "match", match)
        await meanwhile()
        return found

    monkeypatch.setattr(passwords, "match", slow)


async def test_signing_in_with_a_password_that_is_changed_meanwhile(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await chat.signed_in(await chat.member("owner", role="owner"))
    ann = await chat.signed_in(await chat.member("ann"))
    app = chat.appliance.app
    who = {"username": "ann", "password": ann.password, "agent": "", "address": "192.0.2.1"}
    assert (await sign_in.sign_in(app, **who)).me.username == "ann"
    new = {"current": ann.password, "new": "quite another one"}
    await after_matching(app.passwords, monkeypatch, lambda: ann.call("PUT", "/me/password", new))
    with pytest.raises(NotSignedIn):
        await sign_in.sign_in(app, **who)
    assert len((await ann.call("GET", "/me/sessions"))["items"]) == 1
    who["password"] = "quite another one"
    await after_matching(app.passwords, monkeypatch, lambda: owner.call("POST", "/users/ann/deactivate"))
    with pytest.raises(NotSignedIn):
        await sign_in.sign_in(app, **who)


async def test_a_new_password_from_a_session_that_ends_meanwhile(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await chat.signed_in(await chat.member("ann"))
    other = await chat.signed_in(ann)
    await after_matching(chat.appliance.app.passwords, monkeypatch, lambda: other.call("DELETE", "/me/sessions"))
    problem = await ann.refused("PUT", "/me/password", {"current": ann.password, "new": "a thief's own one"})
    assert problem["status"] == 401
    assert (await chat.signed_in(ann)).username == "ann"  # by the old password


async def test_a_password_for_somebody_who_is_made_an_admin_meanwhile(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await chat.signed_in(await chat.member("owner", role="owner"))
    admin = await chat.signed_in(await chat.member("admin", role="admin"))
    await chat.member("ann")
    app = chat.appliance.app
    hash_it = app.passwords.hash

    async def slow(password: str) -> str:
        await owner.call("PUT", "/users/ann/role", {"role": "admin"})
        return await hash_it(password)

    put = ("PUT", "/users/ann/password", {"password": "one that admin knows"})
    await admin.call(*put)
    monkeypatch.setattr(app.passwords, "hash", slow)
    assert (await admin.refused(*put))["status"] == 403


async def test_what_an_admin_asked_for_before_they_were_none(chat: Chat) -> None:
    owner = await chat.signed_in(await chat.member("owner", role="owner"))
    admin = await chat.signed_in(await chat.member("admin", role="admin"))
    await chat.member("ann")
    body = b'{"username": "friend"}'
    assert (await send_slowly(chat, admin, "POST", "/api/v1/users", body, nothing))[0] == 201

    async def demote() -> None:
        await owner.call("PUT", "/users/admin/role", {"role": "member"})

    status, _ = await send_slowly(chat, admin, "POST", "/api/v1/users", b'{"username": "accomplice"}', demote)
    assert status == 403
    assert (await owner.refused("GET", "/users/accomplice"))["status"] == 404
