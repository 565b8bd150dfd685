"""Who may do what here, who says so, and when it counts."""

from __future__ import annotations

import pytest

from convore_lite.testing import Chat, Member
from convore_lite.testing.streams import StreamEnded


async def role_of(chat: Chat, username: str) -> str:
    async with chat.client(console=True) as console:
        accounts = (await console.get("/api/v1/admin/users")).json()["items"]
    return str(next(account["role"] for account in accounts if account["user"]["username"] == username))


async def signed_in(chat: Chat, username: str, role: str = "member") -> Member:
    return await chat.signed_in(await chat.member(username, role=role))


async def test_an_owner_gives_every_role(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    await chat.member("ann")
    for role in ("admin", "owner", "guest", "member"):
        await owner.call("PUT", "/users/ann/role", {"role": role})
        assert await role_of(chat, "ann") == role


async def test_an_admin_gives_the_lower_ones(chat: Chat) -> None:
    admin = await signed_in(chat, "admin", "admin")
    for name, role in (("ann", "member"), ("other", "admin"), ("boss", "owner")):
        await chat.member(name, role=role)
    await admin.call("PUT", "/users/ann/role", {"role": "guest"})
    await admin.call("PUT", "/users/ann/role", {"role": "member"})
    for name, role in (("ann", "admin"), ("ann", "owner"), ("admin", "owner"), ("other", "member"), ("boss", "guest")):
        assert (await admin.refused("PUT", f"/users/{name}/role", {"role": role}))["status"] == 403
    assert [await role_of(chat, name) for name in ("ann", "other", "boss")] == ["member", "admin", "owner"]


async def test_members_and_guests_give_none(chat: Chat) -> None:
    for name, role in (("ann", "member"), ("guest", "guest")):
        somebody = await signed_in(chat, name, role)
        for which in ("ann", name):
            assert (await somebody.refused("PUT", f"/users/{which}/role", {"role": "admin"}))["status"] == 403


async def test_the_last_owner_stays(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    assert (await owner.refused("PUT", "/users/boss/role", {"role": "member"}))["status"] == 409
    second = await chat.member("second", role="owner")
    async with chat.client(console=True) as console:
        await console.post("/api/v1/users/second/deactivate")
        assert (await console.put("/api/v1/users/boss/role", json={"role": "admin"})).status_code == 409
        await console.post("/api/v1/users/second/reactivate")
    await owner.call("PUT", "/users/boss/role", {"role": "member"})
    assert await role_of(chat, second.username) == "owner"


async def test_a_bot_is_never_above_members(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    await chat.member("robot", kind="bot")
    for role in ("admin", "owner"):
        assert (await owner.refused("PUT", "/users/robot/role", {"role": role}))["status"] == 422
        body = {"username": f"bot-{role}", "kind": "bot", "role": role}
        assert (await owner.refused("POST", "/users", body))["status"] == 422
    await owner.call("PUT", "/users/robot/role", {"role": "guest"})


async def test_a_bot_has_no_password(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    body = {"username": "robot", "kind": "bot", "password": "a password long enough"}
    assert (await owner.refused("POST", "/users", body))["status"] == 422
    await chat.member("robot", kind="bot")
    assert (await owner.refused("PUT", "/users/robot/password", {"password": body["password"]}))["status"] == 409
    assert (await owner.refused("POST", "/users/robot/link"))["status"] == 409


async def test_a_new_role_ends_the_streams_and_they_come_back_with_it(chat: Chat) -> None:
    owner, ann, bob = await signed_in(chat, "boss", "owner"), await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    async with bob.live(groups=str(group["id"])) as stream:
        await ann.post(group["default_topic_id"], "for everybody here")
        assert (await stream.next("message_posted"))["message"]["text"] == "for everybody here"
        await owner.call("PUT", "/users/bob/role", {"role": "guest"})
        with pytest.raises(StreamEnded):
            await stream.next("message_posted")
    assert (await bob.refused("GET", f"/groups/{group['id']}"))["status"] == 404
    async with bob.live() as stream:
        assert stream.hello


async def test_a_guest_stays_in_their_groups_and_looks_after_none(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab", "private")
    for who in ("bob", "cleo"):
        await ann.call("PUT", f"/groups/{group['id']}/members/{who}", {"role": "member"})
    await owner.call("PUT", "/users/ann/role", {"role": "guest"})
    members = (await ann.call("GET", f"/groups/{group['id']}/members"))["items"]
    assert {m["user"]["username"]: m["role"] for m in members} == {"ann": "member", "bob": "admin", "cleo": "member"}
    await bob.call("DELETE", f"/groups/{group['id']}/members/cleo")
    assert (await cleo.refused("GET", f"/groups/{group['id']}"))["status"] == 404


async def test_a_group_is_not_left_to_somebody_who_cannot_come_in(chat: Chat) -> None:
    """Who is deactivated counts for no admin: neither when they go, nor when the other one does."""
    owner = await signed_in(chat, "boss", "owner")
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab", "private")
    for who in ("bob", "cleo"):
        await ann.call("PUT", f"/groups/{group['id']}/members/{who}", {"role": "member"})

    async def roles() -> dict[str, str]:
        members = (await cleo.call("GET", f"/groups/{group['id']}/members"))["items"]
        return {member["user"]["username"]: member["role"] for member in members}

    await owner.call("POST", "/users/ann/deactivate")
    assert await roles() == {"ann": "admin", "bob": "admin", "cleo": "member"}
    await owner.call("PUT", "/users/bob/role", {"role": "guest"})
    assert await roles() == {"ann": "admin", "bob": "member", "cleo": "admin"}
    await cleo.call("PATCH", f"/groups/{group['id']}", {"name": "Attic"})


async def test_who_has_left_gets_no_role(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    ann = await chat.member("ann")
    await owner.call("DELETE", "/users/ann", {"messages": "keep"})
    assert (await owner.refused("PUT", f"/users/{ann.id}/role", {"role": "owner"}))["status"] == 409


async def test_a_link_made_before_does_not_let_anybody_in_as_an_admin(chat: Chat) -> None:
    owner, admin = await signed_in(chat, "boss", "owner"), await signed_in(chat, "admin", "admin")
    await chat.member("ann")
    link = (await admin.call("POST", "/users/ann/link"))["path"]
    async with chat.client() as browser:
        assert (await browser.get(link)).status_code == 200
        await owner.call("PUT", "/users/ann/role", {"role": "owner"})
        assert (await browser.get(link)).status_code == 404


async def test_it_is_written_down(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    ann = await chat.member("ann")
    await owner.call("PUT", "/users/ann/role", {"role": "admin"})
    await owner.call("PUT", "/users/ann/role", {"role": "admin"})
    entry, before = (await owner.call("GET", "/admin/audit"))["items"][:2]
    assert (entry["act"], entry["actor"]["id"], entry["user"]["id"]) == ("set role", owner.id, ann.id)
    assert entry["detail"] == {"role": "admin", "before": "member"}
    assert before["act"] != "set role"


async def test_nobody_gives_themselves_a_password_without_the_old_one(chat: Chat) -> None:
    owner = await signed_in(chat, "boss", "owner")
    assert (await owner.refused("PUT", "/users/boss/password", {"password": "a new and long one"}))["status"] == 409
    assert (await owner.refused("POST", "/users/boss/link"))["status"] == 409
