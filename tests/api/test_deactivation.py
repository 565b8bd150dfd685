"""Deactivating somebody: what they had open ends in the same commit, what they said stays."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
import trio.testing

from convore_lite.routes.api.door import BASE
from convore_lite.testing import Chat, ChatServer, LiveStream, Member
from convore_lite.testing.chat import PASSWORD
from convore_lite.testing.streams import StreamEnded

from .answers import check_problem
from .conftest import Place

ORIGIN = {"origin": "http://chat.test"}


async def sign_in(chat: Chat, username: str, password: str = PASSWORD) -> httpx2.Response:
    async with chat.client() as stranger:
        return await stranger.post(f"{BASE}/session", json={"username": username, "password": password})


async def rest_of(stream: LiveStream) -> list[dict[str, Any]]:
    events = []
    try:
        while True:
            events.append(await stream.next())
    except StreamEnded:
        return events


async def test_nothing_opens_anything_any_more(place: Place) -> None:
    chat, bob = place.chat, place.bob
    admin = await chat.member("admin", role="admin")
    link = (await (await chat.signed_in(admin)).call("POST", "/users/bob/link"))["path"]
    cookie = (await sign_in(chat, "bob")).headers["set-cookie"].partition(";")[0]
    async with chat.client(headers={"cookie": cookie, **ORIGIN}) as browser, chat.client() as stranger:
        assert (await browser.get(f"{BASE}/me")).status_code == (await stranger.get(link)).status_code == 200
        answer = await admin.call("POST", "/users/bob/deactivate")
        assert (answer["username"], answer["deactivated"]) == ("bob", True)
        check_problem(await browser.get(f"{BASE}/me"), 401)
        check_problem(await bob.http.get(f"{BASE}/me"), 401)
        check_problem(await bob.http.post(f"{BASE}/topics/{place.topic}/messages", json={"text": "still here"}), 401)
        assert (await stranger.get(link)).status_code == 404
    right, wrong, unknown = await sign_in(chat, "bob"), await sign_in(chat, "bob", "not his"), await sign_in(chat, "no")
    assert check_problem(right, 401) == check_problem(wrong, 401) == check_problem(unknown, 401)
    assert (await sign_in(chat, "ann")).status_code == 201
    async with chat.client(console=True) as console:
        check_problem(await console.post(f"{BASE}/users/bob/tokens", json={"name": "x", "scope": "read"}), 409)
        assert (await console.post(f"{BASE}/users/ann/tokens", json={"name": "x", "scope": "read"})).status_code == 201
    check_problem(await (await chat.signed_in(admin)).http.post(f"{BASE}/users/bob/link"), 409)


async def test_what_they_said_stays(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    await place.bob.post(place.topic, "I was here")
    await admin.call("POST", "/users/bob/deactivate")
    await place.ann.post(place.topic, "so was @bob")
    first, second = await place.ann.messages(place.topic)
    assert (first["text"], first["author"]["username"], first["author"]["deactivated"]) == ("I was here", "bob", True)
    assert 'href="/users/bob/"' in second["html"]
    members = (await place.ann.call("GET", f"/groups/{place.group['id']}/members"))["items"]
    assert [(member["user"]["username"], member["user"]["deactivated"]) for member in members] == [
        ("ann", False),
        ("bob", True),
    ]


async def test_nobody_puts_them_into_a_group(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    await admin.call("POST", "/users/cleo/deactivate")
    await admin.call("POST", "/users/bob/deactivate")
    members = f"{BASE}/groups/{place.group['id']}/members"
    check_problem(await place.ann.http.put(f"{members}/cleo", json={"role": "member"}), 409)
    check_problem(await place.ann.http.put(f"{members}/bob", json={"role": "admin"}), 409)
    assert (await place.ann.http.put(f"{members}/admin", json={"role": "member"})).status_code == 200
    assert (await place.ann.http.delete(f"{members}/bob")).status_code == 204


async def test_a_group_is_not_left_to_somebody_deactivated(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    members = f"/groups/{place.group['id']}/members"
    for name in ("bob", "cleo"):
        await place.ann.call("PUT", f"{members}/{name}", {"role": "admin"})
    await admin.call("POST", "/users/bob/deactivate")
    await place.cleo.call("PUT", f"{members}/cleo", {"role": "member"})
    check_problem(await place.ann.http.post(f"{BASE}/groups/home-lab/leave"), 409)
    await admin.call("POST", "/users/bob/reactivate")
    await place.ann.call("POST", "/groups/home-lab/leave")


async def test_who_may_do_it_to_whom(place: Place) -> None:
    chat = place.chat
    owner, admin = await chat.member("boss", role="owner"), await chat.member("admin", role="admin")
    for member in (place.ann, await chat.member("guest", role="guest")):
        for verb in ("deactivate", "reactivate"):
            check_problem(await member.http.post(f"{BASE}/users/bob/{verb}"), 403)
    check_problem(await admin.http.post(f"{BASE}/users/boss/deactivate"), 403)
    check_problem(await admin.http.post(f"{BASE}/users/admin/deactivate"), 409)
    check_problem(await admin.http.post(f"{BASE}/users/nobody/deactivate"), 404)
    check_problem(await owner.http.post(f"{BASE}/users/boss/deactivate"), 409)
    async with chat.client(console=True) as console:
        check_problem(await console.post(f"{BASE}/users/boss/deactivate"), 409)
        second = await chat.member("second", role="owner")
        assert (await second.call("POST", "/users/boss/deactivate"))["deactivated"]
        check_problem(await console.post(f"{BASE}/users/second/deactivate"), 409)  # the last one again
        check_problem(await admin.http.post(f"{BASE}/users/boss/reactivate"), 403)
        assert (await console.post(f"{BASE}/users/boss/reactivate")).status_code == 200
        assert (await console.post(f"{BASE}/users/second/deactivate")).status_code == 200
    assert (await admin.call("POST", "/users/bob/deactivate"))["deactivated"]


async def test_coming_back(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    for _ in range(2):  # doing it twice changes nothing more
        await admin.call("POST", "/users/bob/deactivate")
    for _ in range(2):
        assert not (await admin.call("POST", "/users/bob/reactivate"))["deactivated"]
    check_problem(await place.bob.http.get(f"{BASE}/me"), 401)  # the token is gone for good
    assert (await sign_in(place.chat, "bob")).status_code == 201
    assert (await place.ann.call("GET", "/users/bob"))["deactivated"] is False


async def test_deactivated_while_the_password_is_looked_at(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """No session is begun then, also none that would open something after a reactivation."""
    admin = await place.chat.member("admin", role="admin")
    passwords = place.chat.appliance.app.passwords
    match = passwords.match

    async def slowly(password: str, stored: str | None) -> bool:
        await admin.call("POST", "/users/bob/deactivate")
        return await match(password, stored)

    monkeypatch.setattr(passwords, "match", slowly)
    refused = await sign_in(place.chat, "bob")
    assert check_problem(refused, 401)["detail"] == "That name and password do not belong together."
    assert "set-cookie" not in refused.headers


async def test_all_their_streams_end_with_it(private: Place) -> None:
    """Idle ones and one that does not read; nothing that waits for them is sent any more. Nobody else's end."""
    admin = await private.chat.member("admin", role="admin")
    async with AsyncExitStack() as stack:
        idle = await stack.enter_async_context(private.bob.live())
        blocked = await stack.enter_async_context(private.bob.live())
        anns = await stack.enter_async_context(private.ann.live())
        await private.ann.post(private.topic, "on its way")
        for stream in (idle, anns):
            await stream.next("message_posted")
        await trio.testing.wait_all_tasks_blocked()
        await private.ann.post(private.topic, "waits")
        await idle.next("message_posted")
        await admin.call("POST", "/users/bob/deactivate")
        await private.ann.post(private.topic, "after")
        assert await rest_of(idle) == []
        assert [event["message"]["text"] for event in await rest_of(blocked)] == ["on its way"]
        assert [(await anns.next("message_posted"))["message"]["text"] for _ in range(2)] == ["waits", "after"]
    assert private.chat.appliance.app.hub.streams_of(private.bob.id) == 0


def test_over_the_network_too(chat_server: ChatServer) -> None:
    ann, bob, admin = chat_server.member("ann"), chat_server.member("bob"), chat_server.member("admin", "admin")
    group = chat_server.call(ann.create_group, "Home lab")
    chat_server.call(bob.join, group["id"])

    async def scenario() -> None:
        async with bob.live() as bobs, ann.live() as anns:
            await ann.post(group["default_topic_id"], "before")
            await bobs.next("message_posted")
            await admin.call("POST", "/users/bob/deactivate")
            await ann.post(group["default_topic_id"], "after")
            assert await rest_of(bobs) == []
            assert [(await anns.next("message_posted"))["message"]["text"] for _ in range(2)] == ["before", "after"]
        check_problem(await bob.http.get(f"{BASE}/live"), 401)

    chat_server.call(scenario)


async def test_a_long_poll_is_told_so(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    answers: list[httpx2.Response] = []

    async def poll(member: Member) -> None:
        answers.append(await member.http.get(f"{BASE}/live?wait=60", headers={"accept": "application/json"}))

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(poll, place.bob)
            while not place.chat.appliance.app.hub.streams_of(place.bob.id):
                await trio.testing.wait_all_tasks_blocked(0.01)
            await admin.call("POST", "/users/bob/deactivate")
    check_problem(answers[0], 401)
