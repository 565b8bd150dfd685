"""Signing in and out: cookies, passwords, tokens, and what of them is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import PASSWORD

from .answers import check_problem
from .conftest import Place

ORIGIN = {"origin": "http://chat.test"}
SESSION = f"{BASE}/session"
ME = f"{BASE}/me"
DAY = 24 * 3600 * 1000


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"rate_limits": False}


@asynccontextmanager
async def signed_in(chat: Chat, username: str, password: str = PASSWORD) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which somebody has signed in."""
    async with chat.client(headers=ORIGIN) as browser:
        answer = await browser.post(SESSION, json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        yield browser


def cookies(kept: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in kept.items())


def attributes(answer: httpx2.Response) -> dict[str, str]:
    """The one cookie of an answer: its name and value under "", and its attributes in lower case."""
    [cookie] = answer.headers.get_list("set-cookie")
    first, *rest = [part.strip() for part in cookie.split(";")]
    return {"": first, **{name.lower(): value for name, _, value in (part.partition("=") for part in rest)}}


async def test_signing_in_and_out(chat: Chat) -> None:
    ann = await chat.member("ann")
    async with chat.client(headers=ORIGIN) as browser:
        check_problem(await browser.get(ME), 401)
        answer = await browser.post(SESSION, json={"username": " @Ann ", "password": PASSWORD})
        assert answer.status_code == 201
        assert answer.json() == await ann.call("GET", "/me")
        assert (await browser.get(ME)).json()["id"] == ann.id
        kept = dict(browser.cookies)
        answer = await browser.delete(SESSION)
        assert (answer.status_code, answer.content) == (204, b"")
        assert attributes(answer)["max-age"] == "0"
        check_problem(await browser.get(ME), 401)
    async with chat.client(headers=ORIGIN, cookies=kept) as thief:  # the session is gone, not just the cookie
        check_problem(await thief.get(ME), 401)


async def test_signing_in_where_one_is_signed_in_already(chat: Chat) -> None:
    """As somebody else, or anew: the session before it ends, as its cookie is gone (OWASP ASVS 7.2.4)."""
    ann, _ = await chat.member("ann"), await chat.member("bob")
    async with signed_in(chat, "ann") as browser, chat.client(headers=ORIGIN) as elsewhere:
        before = dict(browser.cookies)
        async with signed_in(chat, "ann") as phone:
            for username in ("ann", "bob"):
                answer = await browser.post(SESSION, json={"username": username, "password": PASSWORD})
                assert answer.status_code == 201
                assert (await browser.get(ME)).json()["username"] == username
                check_problem(await elsewhere.get(ME, headers={"cookie": cookies(before)}), 401)
                before = dict(browser.cookies)
            assert (await phone.get(ME)).json()["id"] == ann.id
            wrong = await browser.post(SESSION, json={"username": "ann", "password": "not the one"})
            check_problem(wrong, 401)
            assert (await browser.get(ME)).json()["username"] == "bob"


async def test_signing_in_with_the_form_where_one_is_signed_in_already(chat: Chat) -> None:
    await chat.member("ann")
    async with signed_in(chat, "ann") as browser, chat.client(headers=ORIGIN) as elsewhere:
        before = cookies(dict(browser.cookies))
        answer = await browser.post("/sign-in/", data={"username": "ann", "password": PASSWORD})
        assert answer.status_code == 303
        assert (await browser.get(ME)).status_code == 200
        check_problem(await elsewhere.get(ME, headers={"cookie": before}), 401)


async def test_the_cookie_on_plain_http(chat: Chat) -> None:
    await chat.member("ann")
    async with chat.client(headers=ORIGIN) as browser:
        cookie = attributes(await browser.post(SESSION, json={"username": "ann", "password": PASSWORD}))
    assert cookie[""].startswith("convore=")
    assert len(cookie[""]) > 40
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == ("", "Lax", "/")
    assert not {"secure", "domain"} & set(cookie)


async def test_a_session_ends_by_itself(chat_folder: Path) -> None:
    days = 0
    async with open_chat(chat_folder, now=lambda: days * DAY) as chat:
        await chat.member("ann")
        async with signed_in(chat, "ann") as browser:
            days = 179
            assert (await browser.get(ME)).status_code == 200
            days = 180
            check_problem(await browser.get(ME), 401)


async def test_an_unknown_name_and_a_wrong_password_are_the_same(chat: Chat) -> None:
    await chat.member("ann")
    async with chat.client(headers=ORIGIN) as browser:
        good = await browser.post(SESSION, json={"username": "ann", "password": PASSWORD})
        assert good.status_code == 201
        answers = [
            await browser.post(SESSION, json={"username": username, "password": password})
            for username, password in (("ann", "wrong password"), ("nobody", PASSWORD), ("ann", ""), ("\0", "é" * 5000))
        ]
    for answer in answers:
        check_problem(answer, 401)
        assert answer.content == answers[0].content
        assert "set-cookie" not in answer.headers


async def test_a_password_that_no_hash_belongs_to(chat: Chat) -> None:
    """An account without a password is not one with an empty password."""
    async with chat.client(console=True) as console:
        await console.post(f"{BASE}/users", json={"username": "bot", "kind": "bot"})
    async with chat.client(headers=ORIGIN) as browser:
        for password in ("", "None", "null", "\0"):
            check_problem(await browser.post(SESSION, json={"username": "bot", "password": password}), 401)


async def test_changing_the_password_ends_the_other_sessions(chat: Chat) -> None:
    ann = await chat.member("ann")
    new = "a longer and better one"
    async with signed_in(chat, "ann") as here, signed_in(chat, "ann") as elsewhere:
        path = f"{BASE}/me/password"
        check_problem(await here.put(path, json={"current": "wrong password", "new": new}), 422, "current")
        check_problem(await here.put(path, json={"current": PASSWORD, "new": "short"}), 422, "new")
        check_problem(await ann.http.put(path, json={"current": PASSWORD, "new": new}), 403)
        assert (await elsewhere.get(ME)).status_code == 200
        assert (await here.put(path, json={"current": PASSWORD, "new": new})).status_code == 204
        assert (await here.get(ME)).status_code == 200
        check_problem(await elsewhere.get(ME), 401)
        check_problem(await here.post(SESSION, json={"username": "ann", "password": PASSWORD}), 401)
    async with signed_in(chat, "ann", new) as again:
        assert (await again.get(ME)).json()["id"] == ann.id


async def test_a_password_from_an_admin_ends_every_session(chat: Chat) -> None:
    await chat.member("ann")
    admin = await chat.signed_in(await chat.member("admin", role="admin"))
    async with signed_in(chat, "ann") as browser:
        await admin.call("PUT", "/users/ann/password", {"password": "chosen for her"})
        check_problem(await browser.get(ME), 401)
    async with signed_in(chat, "ann", "chosen for her"):
        pass


async def test_two_people_in_one_browser(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    async with signed_in(chat, "ann") as browser:
        assert (await browser.get(ME)).json()["id"] == ann.id
        await browser.post(SESSION, json={"username": "bob", "password": PASSWORD})
        assert (await browser.get(ME)).json()["id"] == bob.id


async def test_cookies_of_others_do_no_harm(chat: Chat) -> None:
    """Cookies are shared by all programs on a host, whatever their ports, and some put odd things into them."""
    ann = await chat.member("ann")
    async with signed_in(chat, "ann") as browser:
        [own] = [f"{name}={value}" for name, value in browser.cookies.items()]
    for cookie in (own, f'theme={{"dark": true}}; {own}', f"{own}; a,b=c; =x; é", f"bad name=1; {own}", f"x; {own};;"):
        async with chat.client(headers={"cookie": cookie.encode()}) as client:
            assert (await client.get(ME)).json().get("id") == ann.id, cookie
    name, _, value = own.partition("=")
    for cookie in (f"{name}=", f"{name}={value}x", f"{name}={value[:-1]}", f"x{own}", f"{name}=\xff", name):
        async with chat.client(headers={"cookie": cookie.encode("latin-1")}) as client:
            check_problem(await client.get(ME), 401)


async def test_cookies_that_come_in_crumbs(chat: Chat) -> None:
    """Over HTTP/2 a browser may send each cookie in a header of its own (RFC 9113, 8.2.3)."""
    ann = await chat.member("ann")
    async with signed_in(chat, "ann") as browser:
        [own] = [f"{name}={value}" for name, value in browser.cookies.items()]
    async with chat.client(headers=[("cookie", "theme=dark"), ("cookie", own)]) as client:
        assert (await client.get(ME)).json()["id"] == ann.id


class TestHttps:
    """The same where people reach us over https."""

    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"base_url": "https://chat.example.org"}

    async def test_the_cookie(self, chat: Chat) -> None:
        await chat.member("ann")
        async with chat.client(headers={"origin": "https://chat.example.org"}) as browser:
            answer = await browser.post(SESSION, json={"username": "ann", "password": PASSWORD})
            cookie = attributes(answer)
            assert cookie[""].startswith("__Host-convore=")
            assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == ("", "", "Lax", "/")
            assert "domain" not in cookie
            secret = cookie[""].partition("=")[2]
            for name, status in (("__Host-convore", 200), ("convore", 401)):
                answer = await browser.get(ME, headers={"cookie": f"{name}={secret}"})
                assert answer.status_code == status


async def tokens_of(member: Member) -> list[dict[str, Any]]:
    return list((await member.call("GET", "/me/tokens"))["items"])


async def test_tokens(place: Place) -> None:
    ann, bob = await place.chat.signed_in(place.ann), await place.chat.signed_in(place.bob)
    made = await ann.call("POST", "/me/tokens", {"name": "my bot", "scope": "read"})
    assert list(made) == ["id", "name", "scope", "created_at", "last_used_at", "token"]
    listed = await tokens_of(ann)
    assert [token["name"] for token in listed] == ["test", "my bot"]
    assert not any("token" in token for token in listed)
    assert [token["name"] for token in await tokens_of(bob)] == ["test"]
    bot = place.chat.member_with(place.ann.user, made["token"])
    assert (await bot.call("GET", "/me"))["id"] == place.ann.id
    check_problem(await bob.http.delete(f"{BASE}/me/tokens/{made['id']}"), 404)
    unknown = await bob.http.delete(f"{BASE}/me/tokens/99999")
    foreign = await bob.http.delete(f"{BASE}/me/tokens/{made['id']}")
    assert unknown.content == foreign.content
    await ann.call("DELETE", f"/me/tokens/{made['id']}")
    check_problem(await bot.http.get(ME), 401)
    check_problem(await ann.http.delete(f"{BASE}/me/tokens/{made['id']}"), 404)
    for body, field in (({"name": "", "scope": "read"}, "name"), ({"name": "x", "scope": "admin"}, "scope")):
        check_problem(await ann.http.post(f"{BASE}/me/tokens", json=body), 422, field)


async def test_when_a_token_was_last_used(chat_folder: Path) -> None:
    """To the hour, so that reading does not write all the time."""
    now = DAY
    async with open_chat(chat_folder, now=lambda: now) as chat:
        ann = await chat.signed_in(await chat.member("ann"))
        made = await ann.call("POST", "/me/tokens", {"name": "bot", "scope": "read"})
        assert made["last_used_at"] is None
        bot = chat.member_with(ann.user, made["token"])
        commits = []
        for minutes in (0, 1, 59, 61, 62):
            now = DAY + minutes * 60_000
            await bot.call("GET", "/me")
            commits.append(chat.appliance.app.store.statistics().commits)
        assert [later - commits[0] for later in commits] == [0, 0, 0, 1, 1]
        assert (await tokens_of(ann))[-1]["last_used_at"] == "1970-01-02T01:01:00.000Z"


async def test_a_read_token_only_reads(place: Place) -> None:
    made = await (await place.chat.signed_in(place.ann)).call("POST", "/me/tokens", {"name": "reader", "scope": "read"})
    reader = place.chat.member_with(place.ann.user, made["token"])
    await place.bob.post(place.topic, "hello")
    assert [message["text"] for message in await reader.messages(place.topic)] == ["hello"]
    for method, path, body in (
        ("POST", f"/topics/{place.topic}/messages", {"text": "x"}),
        ("POST", f"/topics/{place.topic}/messages", {"nonsense": "x"}),
        ("POST", f"/topics/{place.topic}/read", None),
        ("POST", "/read", None),
        ("PATCH", "/me", {"name": "x"}),
        ("POST", "/me/tokens", {"name": "x", "scope": "write"}),
        ("DELETE", f"/me/tokens/{made['id']}", None),
        ("DELETE", "/session", None),
        ("POST", "/groups", {"name": "x", "kind": "public"}),
    ):
        check_problem(await reader.http.request(method, BASE + path, json=body), 403)
    path = f"{BASE}/live?wait=1&after={await place_now(place)}&read_topic={place.topic}"
    check_problem(await reader.http.get(path, headers={"accept": "application/json"}), 403)
    assert await place.ann.unread(place.topic) == 1


async def place_now(place: Place) -> str:
    async with place.ann.live() as stream:
        return str(stream.hello["at_id"])


async def test_bad_tokens(chat: Chat) -> None:
    ann = await chat.member("ann")
    for value in (
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {ann.token}x",
        f"Bearer {ann.token[:-1]}",
        f"Basic {ann.token}",
        ann.token,
        "Bearer 1-",
        "Bearer None",
        "Bearer \xff",
        "Bearer " + "x" * 8000,
    ):
        async with chat.client(headers={"authorization": value.encode("latin-1")}) as client:
            answer = await client.get(ME)
            check_problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
    async with chat.client(headers={"authorization": f"bearer  {ann.token} "}) as client:
        assert (await client.get(ME)).json()["id"] == ann.id
    async with chat.client() as client:  # no secret belongs into an address, where logs keep it
        for query in (f"token={ann.token}", f"access_token={ann.token}", f"authorization=Bearer {ann.token}"):
            check_problem(await client.get(f"{ME}?{query}"), 401)


async def test_a_bad_token_is_not_made_good_by_a_cookie(chat: Chat) -> None:
    await chat.member("ann")
    async with signed_in(chat, "ann") as browser:
        assert (await browser.get(ME)).status_code == 200
        check_problem(await browser.get(ME, headers={"authorization": "Bearer wrong"}), 401)


async def test_only_a_session_is_signed_out(chat: Chat) -> None:
    ann = await chat.member("ann")
    check_problem(await ann.http.delete(SESSION), 403)
    async with chat.client(headers=ORIGIN) as nobody:
        check_problem(await nobody.delete(SESSION), 401)


async def test_no_secret_is_kept(chat: Chat) -> None:
    """Not in the database, its log, its copies, or any other file of the data folder."""
    ann = await chat.member("ann")
    secrets = [ann.token, PASSWORD]
    made = await (await chat.signed_in(ann)).call("POST", "/me/tokens", {"name": "bot", "scope": "write"})
    secrets.append(made["token"])
    async with chat.client(console=True) as console:
        link = (await console.post(f"{BASE}/users/ann/link")).json()["path"]
        secrets.append(link.split("/")[2])
    async with signed_in(chat, "ann") as browser:
        secrets += [value for _, value in browser.cookies.items()]
        await ann.create_group("A canary that is there")
        folder = chat.appliance.app.settings.data
        kept = b"".join([path.read_bytes() for path in folder.rglob("*") if path.is_file()])
    assert b"A canary that is there" in kept
    assert len(secrets) == 5
    for secret in secrets:
        assert len(secret) > 20
        assert secret.encode() not in kept


async def test_the_first_link_makes_one_owner(chat: Chat) -> None:
    """However many open it at once."""
    from convore_lite.actions import links

    secret = await links.make_first_link(chat.appliance.app)
    statuses: list[int] = []

    async def come_in(number: int) -> None:
        async with chat.client(headers=ORIGIN) as browser:
            form = {"username": f"owner-{number}", "name": "Somebody", "password": "a good long password"}
            answer = await browser.post(f"/welcome/{secret}/", data=form)
            statuses.append(answer.status_code)

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(come_in, number)
    assert sorted(statuses) == [303] + [404] * 49
    async with chat.client(console=True) as console:
        users = (await console.get(f"{BASE}/users")).json()["items"]
        assert len(users) == 1
    assert await links.make_first_link(chat.appliance.app) is None


async def test_a_link_works_once(chat: Chat) -> None:
    await chat.member("ann")
    async with chat.client(console=True) as console:
        path = (await console.post(f"{BASE}/users/ann/link")).json()["path"]
    async with signed_in(chat, "ann") as elsewhere, chat.client(headers=ORIGIN) as browser:
        assert (await browser.get(path)).status_code == 200
        assert (await browser.post(path, data={"password": "short"})).status_code == 422
        assert (await browser.post(path, data={"password": "a good long password"})).status_code == 303
        assert (await browser.get(ME)).json()["username"] == "ann"
        check_problem(await elsewhere.get(ME), 401)
        assert (await browser.post(path, data={"password": "another long password"})).status_code == 404
        assert (await browser.get(path)).status_code == 404


async def test_a_new_link_or_password_makes_old_links_useless(chat: Chat) -> None:
    await chat.member("ann")
    admin = await chat.signed_in(await chat.member("admin", role="admin"))
    async with chat.client(headers=ORIGIN) as browser:
        first = (await admin.call("POST", "/users/ann/link"))["path"]
        assert (await browser.get(first)).status_code == 200
        second = (await admin.call("POST", "/users/ann/link"))["path"]
        assert (await browser.get(first)).status_code == 404
        assert (await browser.get(second)).status_code == 200
        await admin.call("PUT", "/users/ann/password", {"password": "chosen for her"})
        assert (await browser.get(second)).status_code == 404


async def test_a_link_is_good_for_a_week(chat_folder: Path) -> None:
    days = 0
    async with open_chat(chat_folder, now=lambda: days * DAY) as chat:
        await chat.member("ann")
        admin = await chat.signed_in(await chat.member("admin", role="admin"))
        path = (await admin.call("POST", "/users/ann/link"))["path"]
        async with chat.client(headers=ORIGIN) as browser:
            days = 7
            assert (await browser.get(path)).status_code == 200
            days = 8
            assert (await browser.get(path)).status_code == 404
            assert (await browser.post(path, data={"password": "a good long password"})).status_code == 404
