"""People in the API: accounts that cannot be mistaken for each other, oneself, and who may look after whom."""

from __future__ import annotations

import unicodedata

import pytest

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat
from convore_lite.words.errors import BadInput
from convore_lite.words.slugs import username

from . import corpora
from .answers import check_problem
from .conftest import Place

PAIRS = [("rnike", "mike"), ("l0g", "log"), ("adm1n", "admln"), ("vvill", "will"), ("ann", "Ann"), ("corn0", "como")]


async def add(chat: Chat, name: str) -> int:
    """Ask for an account of this username; the answer's status."""
    async with chat.client(console=True) as console:
        answer = await console.post(f"{BASE}/users", json={"username": name, "name": "Somebody"})
        return int(answer.status_code)


async def test_no_two_usernames_look_alike(chat: Chat) -> None:
    for somebody, impostor in PAIRS:
        assert await add(chat, somebody) == 201
        assert await add(chat, impostor) == 409
    for other in ("anne", "lag", "nike", "log1c"):
        assert await add(chat, other) == 201


async def test_the_corpus_of_impostors(chat: Chat) -> None:
    """Of two names that look alike there is at most one."""
    for somebody, impostor in corpora.names()["impersonation"]:
        statuses = [await add(chat, name) for name in (somebody, impostor)]
        assert set(statuses) <= {201, 409, 422}
        assert statuses.count(201) < 2, (somebody, impostor)


async def test_the_answer_says_whom_a_name_looks_like(chat: Chat) -> None:
    await add(chat, "rnike")
    async with chat.client(console=True) as console:
        answer = await console.post(f"{BASE}/users", json={"username": "mike"})
        assert check_problem(answer, 409)["detail"] == (
            "The username “rnike” is taken, and “mike” looks too much like it."
        )
        answer = await console.post(f"{BASE}/users", json={"username": "rnike"})
        assert check_problem(answer, 409)["detail"] == "The username “rnike” is taken."
        check_problem(await console.post(f"{BASE}/users", json={"username": "42"}), 422, "username")


async def test_layout_names_are_kept_or_refused(place: Place) -> None:
    layout = [
        "\u202e\u202d\u2066",
        "Z\u0351\u036b\u0343",
        "﷽﷽",
        "👩\u200d👩\u200d👧\u200d👦",
        "🇺",
        "\u0600",
        "\u200b",
        "\ufeff",
    ]
    await check_names(place, layout)


async def test_the_corpus_of_layout_names(place: Place) -> None:
    await check_names(place, corpora.names()["layout"])


async def check_names(place: Place, names: list[str]) -> None:
    for name in names:
        with pytest.raises(BadInput):
            username(name)
        for path in ("/groups", f"/groups/{place.group['id']}/topics"):
            body = {"name": name} if path.endswith("topics") else {"name": name, "kind": "public"}
            answer = await place.ann.http.post(BASE + path, json=body)
            if answer.status_code == 201:
                assert answer.json()["name"] == unicodedata.normalize("NFC", name)
                assert answer.json()["slug"]
            else:
                check_problem(answer, 422, "name")
        answer = await place.ann.http.patch(f"{BASE}/me", json={"name": name})
        assert answer.status_code in (200, 422)


async def test_oneself(place: Place) -> None:
    me = await place.ann.call("GET", "/me")
    assert list(me) == ["id", "username", "name", "kind", "avatar_url", "deactivated", "email", "role", "settings"]
    assert (me["username"], me["name"], me["role"], me["email"], me["settings"]) == ("ann", "Ann", "member", None, {})
    assert await place.ann.call("PATCH", "/me", {}) == me
    ann = await place.chat.signed_in(place.ann)
    changed = await ann.call("PATCH", "/me", {"name": "Ann Lee", "email": "ann@example.org"})
    assert (changed["name"], changed["email"]) == ("Ann Lee", "ann@example.org")
    assert (await ann.call("PATCH", "/me", {"email": None}))["email"] is None
    for email in ("ann", "@x", "a@", "a b@c", "a\n@c", "x" * 250 + "@x.org"):
        check_problem(await ann.http.patch(f"{BASE}/me", json={"email": email}), 422, "email")
    for name in ("", " ", "x" * 81, "a\0"):
        check_problem(await place.ann.http.patch(f"{BASE}/me", json={"name": name}), 422, "name")


async def test_settings_are_merged(place: Place) -> None:
    await place.ann.call("PATCH", "/me", {"settings": {"theme": "dark", "sound": True}})
    merged = await place.ann.call("PATCH", "/me", {"settings": {"sound": None, "big": 10**30}})
    assert merged["settings"] == {"theme": "dark", "big": 10**30}
    assert (await place.ann.call("GET", "/me"))["settings"] == merged["settings"]
    too_many = {"settings": {"x": "é" * 4096}}
    check_problem(await place.ann.http.patch(f"{BASE}/me", json=too_many), 422, "settings")
    assert (await place.ann.call("GET", "/me"))["settings"] == merged["settings"]
    assert (await place.bob.call("GET", "/me"))["settings"] == {}


async def test_others(place: Place) -> None:
    bob = {
        "id": place.bob.id,
        "username": "bob",
        "name": "Bob",
        "kind": "person",
        "avatar_url": None,
        "deactivated": False,
    }
    assert await place.ann.call("GET", "/users/bob") == bob
    assert await place.ann.call("GET", "/users/BOB") == bob
    assert await place.ann.call("GET", f"/users/{place.bob.id}") == bob
    everybody = await place.ann.call("GET", "/users")
    assert [user["username"] for user in everybody["items"]] == ["ann", "bob", "cleo"]
    assert [user["username"] for user in (await place.ann.call("GET", "/users", q="BO"))["items"]] == ["bob"]
    for nothing in ("%", "_", "\\", "ob", "\0"):
        assert (await place.ann.call("GET", "/users", q=nothing))["items"] == []


async def test_ignoring(place: Place) -> None:
    for _ in range(2):
        await place.ann.call("PUT", "/me/ignored/bob")
    await place.ann.call("PUT", f"/me/ignored/{place.cleo.id}")
    assert [user["username"] for user in (await place.ann.call("GET", "/me/ignored"))["items"]] == ["bob", "cleo"]
    assert (await place.bob.call("GET", "/me/ignored"))["items"] == []
    for _ in range(2):
        await place.ann.call("DELETE", "/me/ignored/bob")
    assert [user["username"] for user in (await place.ann.call("GET", "/me/ignored"))["items"]] == ["cleo"]
    check_problem(await place.ann.http.put(f"{BASE}/me/ignored/ann"), 422)
    check_problem(await place.ann.http.put(f"{BASE}/me/ignored/nobody"), 404)


async def test_only_admins_make_accounts(chat: Chat) -> None:
    owner, admin = await chat.member("owner", role="owner"), await chat.member("admin", role="admin")
    member, guest = await chat.member("member"), await chat.member("guest", role="guest")
    for nobody in (member, guest):
        check_problem(await nobody.http.post(f"{BASE}/users", json={"username": "new"}), 403)
        check_problem(await nobody.http.post(f"{BASE}/users/guest/link"), 403)
        check_problem(await nobody.http.put(f"{BASE}/users/guest/password", json={"password": "a new password"}), 403)
    assert (await admin.call("POST", "/users", {"username": "new"}))["username"] == "new"
    owner = await chat.signed_in(owner)
    assert (await owner.call("POST", "/users", {"username": "newer", "role": "owner"}))["username"] == "newer"


async def test_an_admin_cannot_take_over_an_owner(chat: Chat) -> None:
    owner, admin = await chat.member("boss", role="owner"), await chat.member("admin", role="admin")
    admin = await chat.signed_in(admin)
    await chat.member("bob")
    assert (await admin.call("POST", "/users/bob/link"))["path"].startswith("/welcome/")
    await admin.call("PUT", "/users/bob/password", {"password": "another password"})
    check_problem(await admin.http.post(f"{BASE}/users", json={"username": "new", "role": "owner"}), 403)
    check_problem(await admin.http.post(f"{BASE}/users/boss/link"), 403)
    check_problem(await admin.http.put(f"{BASE}/users/boss/password", json={"password": "another password"}), 403)
    for somebody in (admin, owner):  # a token is its user: nobody makes one for another but the command line
        check_problem(await somebody.http.post(f"{BASE}/users/bob/tokens", json={"name": "x", "scope": "write"}), 403)
        check_problem(await somebody.http.get(f"{BASE}/users/bob/tokens"), 403)
        check_problem(await somebody.http.delete(f"{BASE}/tokens/1"), 403)
    assert (await owner.call("GET", "/me"))["role"] == "owner"


async def test_bad_accounts(chat: Chat) -> None:
    admin = await chat.member("admin", role="admin")
    for body, field in (
        ({"username": "ann lee"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "ann", "name": "\u202eann"}, "name"),
        ({"username": "ann", "password": "short"}, "password"),
        ({"username": "ann", "password": "1234567890"}, "password"),
        ({"username": "ann", "password": "x" * 1001}, "password"),
        ({"username": "annannann1", "password": "annannann1"}, "password"),
        ({"username": "ann", "email": "nowhere"}, "email"),
        ({"username": "ann", "role": "king"}, "role"),
    ):
        check_problem(await admin.http.post(f"{BASE}/users", json=body), 422, field)
    check_problem(await admin.http.get(f"{BASE}/users/ann"), 404)
