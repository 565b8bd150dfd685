"""Devices and tokens: what one has open, closing it, and what a token cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from convore_lite.store import keys
from convore_lite.testing import Chat, open_chat
from convore_lite.testing.chat import API
from convore_lite.testing.streams import StreamEnded
from convore_lite.words.agents import device

HOUR = 3600 * 1000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Android"),
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
        ("\x00\x1b[31m/1", "[31m"),
        ("x" * 5000, "x" * 40),
    ],
)
def test_a_device_in_simple_words(agent: str, words: str) -> None:
    assert device(agent) == words


async def test_where_one_is_signed_in(chat: Chat) -> None:
    ann = await chat.member("ann")
    here, there = await chat.signed_in(ann), await chat.signed_in(ann)
    listed = (await here.call("GET", "/me/sessions"))["items"]
    assert [session["current"] for session in listed].count(True) == 1
    assert len({session["id"] for session in listed}) == 2
    other = next(session["id"] for session in listed if not session["current"])
    await here.call("DELETE", f"/me/sessions/{other}")
    assert (await there.refused("GET", "/me"))["status"] == 401
    assert len((await here.call("GET", "/me/sessions"))["items"]) == 1
    assert (await here.refused("DELETE", f"/me/sessions/{other}"))["status"] == 404


async def test_a_session_whose_id_is_digits_can_be_ended(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of some thousands is, and one of ten of these begins with a zero."""
    monkeypatch.setattr(keys, "_session_id", lambda key: f"0{int(key.hex(), 16) % 10**15:015}")
    ann = await chat.member("ann")
    here, there = await chat.signed_in(ann), await chat.signed_in(ann)
    listed = (await here.call("GET", "/me/sessions"))["items"]
    other = next(session["id"] for session in listed if not session["current"])
    await here.call("DELETE", f"/me/sessions/{other}")
    assert (await there.refused("GET", "/me"))["status"] == 401


async def test_nobody_ends_or_sees_sessions_of_others(chat: Chat) -> None:
    ann, bob = await chat.signed_in(await chat.member("ann")), await chat.signed_in(await chat.member("bob"))
    [hers] = (await ann.call("GET", "/me/sessions"))["items"]
    [his] = (await bob.call("GET", "/me/sessions"))["items"]
    assert (await bob.refused("DELETE", f"/me/sessions/{hers['id']}"))["status"] == 404
    assert hers["id"] != his["id"]
    await ann.call("GET", "/me")


async def test_the_id_of_a_session_opens_nothing(chat: Chat) -> None:
    ann = await chat.signed_in(await chat.member("ann"))
    [session] = (await ann.call("GET", "/me/sessions"))["items"]
    async with chat.client(cookies={"convore": session["id"]}) as thief:
        assert (await thief.get(f"{API}/me")).status_code == 401


async def test_a_stream_ends_with_its_session(chat: Chat) -> None:
    ann = await chat.member("ann")
    here, there = await chat.signed_in(ann), await chat.signed_in(ann)
    group = await ann.create_group("Home lab")
    async with there.live() as stream, here.live() as own:
        await ann.post(group["default_topic_id"], "both hear this")
        for heard in (stream, own):
            assert (await heard.next("message_posted"))["message"]["text"] == "both hear this"
        await here.call("DELETE", "/me/sessions")
        await ann.post(group["default_topic_id"], "only here")
        assert (await own.next("message_posted"))["message"]["text"] == "only here"
        with pytest.raises(StreamEnded):
            await stream.next("message_posted")
    assert (await there.refused("GET", "/me"))["status"] == 401
    await here.call("GET", "/me")


async def test_when_a_device_was_last_seen(chat_folder: Path) -> None:
    """To the hour, so that reading does not write all the time."""
    now = 24 * HOUR
    async with open_chat(chat_folder, now=lambda: now) as chat:
        ann = await chat.signed_in(await chat.member("ann"))
        commits = []
        for minutes in (0, 59, 61, 62):
            now = 24 * HOUR + minutes * 60_000
            await ann.call("GET", "/me")
            commits.append(chat.appliance.app.store.statistics().commits)
        assert [later - commits[0] for later in commits] == [0, 0, 1, 1]
        [session] = (await ann.call("GET", "/me/sessions"))["items"]
        assert (session["created_at"], session["last_seen_at"]) == (
            "1970-01-02T00:00:00.000Z",
            "1970-01-02T01:01:00.000Z",
        )


async def test_a_token_makes_no_keys_and_takes_nothing_over(chat: Chat) -> None:
    """Whatever its scope: whoever finds one must not be able to keep the account."""
    owner, session = await chat.member("boss", role="owner"), None
    await chat.member("ann")
    session = await chat.signed_in(owner)
    [own] = (await session.call("GET", "/me/sessions"))["items"]
    for method, path, body in (
        ("GET", "/me/sessions", None),
        ("DELETE", "/me/sessions", None),
        ("DELETE", f"/me/sessions/{own['id']}", None),
        ("GET", "/me/tokens", None),
        ("POST", "/me/tokens", {"name": "more", "scope": "write"}),
        ("DELETE", "/me/tokens/1", None),
        ("PUT", "/me/password", {"current": owner.password, "new": "another long password"}),
        ("PATCH", "/me", {"email": "thief@example.org"}),
        ("DELETE", "/me", {"password": owner.password, "messages": "keep"}),
        ("POST", "/users/ann/link", None),
        ("PUT", "/users/ann/password", {"password": "another long password"}),
        ("PUT", "/users/ann/role", {"role": "owner"}),
        ("POST", "/users", {"username": "thief", "role": "owner", "password": "another long password"}),
    ):
        problem = await owner.refused(method, path, body)
        assert (problem["status"], problem["detail"]) == (403, "Sign in for that. It cannot be done with a token."), (
            path
        )
    for page in ("/settings/sessions/", "/settings/tokens/"):
        assert (await owner.http.get(page)).status_code == 403
    await session.call("GET", "/me/tokens")
    await owner.call("PATCH", "/me", {"name": "The boss"})


async def test_an_imported_person_becomes_the_owner_under_their_name(chat: Chat) -> None:
    from convore_lite.actions import links

    async with chat.client(console=True) as console:
        made = (await console.post(f"{API}/users", json={"username": "ann"})).json()
    secret = await links.make_first_link(chat.appliance.app)
    form = {"username": "ann", "name": "Ann Lee", "password": "a good long password"}
    async with chat.client(headers={"origin": "http://chat.test"}) as browser:
        assert (await browser.post(f"/welcome/{secret}/", data=form)).status_code == 303
        me = (await browser.get(f"{API}/me")).json()
    assert (me["id"], me["name"], me["role"]) == (made["id"], "Ann Lee", "owner")


async def test_a_username_is_compared_by_an_index(chat: Chat) -> None:
    from convore_lite.store.people import LOOKS

    def plan(conn: object) -> str:
        query = f"EXPLAIN QUERY PLAN SELECT username FROM users WHERE {LOOKS.format('username')} = {LOOKS.format('?')}"
        return " ".join(row["detail"] for row in conn.execute(query, ("ann",)))  # type: ignore[attr-defined]

    assert "users_by_looks" in await chat.appliance.app.store.read(plan)
