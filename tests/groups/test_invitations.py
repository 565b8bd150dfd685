"""Invitations: what a link opens, for whom, how often, how long, and only while its maker may."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

from convore_lite.actions import invitations
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import PASSWORD
from convore_lite.words.errors import NotFound

from .conftest import API, Place, heard, kinds, make_place, send, status

WEEK = 7 * 24 * 3600 * 1000


@pytest.fixture
async def boss(place: Place) -> Member:
    """An admin of the server, who looks after a group as well."""
    boss = await place.chat.member("boss", role="admin")
    await boss.create_group("Office", "private")
    return boss


async def invite(member: Member, group: str | None = None, **wanted: Any) -> str:
    """The code of a new invitation."""
    path = f"/groups/{group}/invitations" if group else "/invitations"
    return str((await member.call("POST", path, wanted))["code"])


async def use(chat: Chat, code: str, username: str, **fields: Any) -> httpx2.Response:
    """Make an account by an invitation."""
    async with chat.client() as client:
        body = {"code": code, "username": username, "name": username.title(), "password": PASSWORD, **fields}
        return await client.post(f"{API}/invitations/use", json=body)


async def accept(member: Member, code: str) -> int:
    return await status(member, "POST", "/invitations/accept", {"code": code})


async def works(chat: Chat, code: str) -> bool:
    try:
        await invitations.find_offer(chat.appliance.app, code)
    except NotFound:
        return False
    return True


async def test_an_invitation_to_this_place(place: Place, boss: Member) -> None:
    made = await boss.call("POST", "/invitations", {"max_uses": 2})
    expected = {
        **{"group_id": None, "role": "member", "max_uses": 2, "uses": 0, "works": True},
        **{"creator": await boss.call("GET", "/users/boss")},
    }
    assert {name: made[name] for name in expected} == expected
    assert len(made["code"]) >= 43
    answer = await use(place.chat, made["code"], "New.comer")
    assert answer.status_code == 201
    assert (answer.json()["username"], answer.json()["role"]) == ("new.comer", "member")
    cookies = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
    async with place.chat.client(headers=cookies) as client:
        assert (await client.get(f"{API}/me")).json() == answer.json()
        assert (await client.get(f"{API}/groups")).json()["items"] == []
    [listed] = (await boss.call("GET", "/invitations"))["items"]
    assert listed == {**{name: value for name, value in made.items() if name != "code"}, "uses": 1}
    # Who is here already does not need it, and takes no use of it.
    for member in (place.cleo, place.gus, boss):
        assert await accept(member, made["code"]) == 204
    assert (await use(place.chat, made["code"], "second")).status_code == 201
    assert (await use(place.chat, made["code"], "third")).status_code == 404


async def test_its_secret_is_not_kept(place: Place, boss: Member) -> None:
    code = await invite(boss)

    def dump(conn: sqlite3.Connection) -> str:
        tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return "".join(repr(tuple(row)) for table in tables for row in conn.execute(f"SELECT * FROM {table}"))

    everything = await place.chat.appliance.app.store.read(dump)
    assert "boss" in everything
    assert code not in everything


async def test_an_invitation_into_a_group(place: Place) -> None:
    """Of an admin of that group: for people who are here already."""
    code = await invite(place.ann, "home-lab", max_uses=3)
    offer = await invitations.find_offer(place.chat.appliance.app, code)
    assert (offer.group, offer.creator.username, offer.makes_account) == ("Home lab", "ann", False)
    async with place.cleo.live() as cleos, place.bob.live() as bobs:
        joined = await place.cleo.call("POST", "/invitations/accept", {"code": code})
        assert (joined["id"], joined["my"]["role"]) == (place.group, "member")
        await place.ann.post(place.topic, "welcome")
        for member, stream in ((place.cleo, cleos), (place.bob, bobs)):
            assert kinds(await heard(member, stream)) == ["member_joined", "message_posted"]
    for member in (place.cleo, place.bob, place.ann):  # who is in takes no use of it
        assert await accept(member, code) == 200
    [listed] = (await place.ann.call("GET", "/groups/home-lab/invitations"))["items"]
    assert (listed["uses"], listed["group_id"], listed["works"]) == (1, place.group, True)
    assert (await use(place.chat, code, "stranger")).status_code == 404
    assert await accept(place.gus, code) == 200  # a guest is somebody who was invited
    assert [group["slug"] for group in (await place.gus.call("GET", "/groups"))["items"]] == ["home-lab"]


async def test_guests_come_into_a_group(place: Place, boss: Member) -> None:
    code = await invite(boss, "office", role="guest")
    answer = await use(place.chat, code, "visitor")
    assert (answer.status_code, answer.json()["role"]) == (201, "guest")
    members = (await boss.call("GET", "/groups/office/members"))["items"]
    assert [(one["user"]["username"], one["role"]) for one in members] == [("boss", "admin"), ("visitor", "member")]
    cookies = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
    async with place.chat.client(headers=cookies) as client:
        people = (await client.get(f"{API}/users")).json()["items"]
        assert [person["username"] for person in people] == ["boss", "visitor"]
        assert [group["slug"] for group in (await client.get(f"{API}/groups")).json()["items"]] == ["office"]


async def test_new_members_come_into_a_group(place: Place, boss: Member) -> None:
    """The group invitation of somebody who administers the server."""
    answer = await use(place.chat, await invite(boss, "office"), "colleague")
    assert (answer.status_code, answer.json()["role"]) == (201, "member")
    assert len((await boss.call("GET", "/groups/office/members"))["items"]) == 2


async def test_who_may_invite(place: Place, boss: Member) -> None:
    for member in (place.ann, place.bob, place.gus):
        assert await status(member, "POST", "/invitations", {}) == 403
        assert await status(member, "GET", "/invitations") == 403
        assert await status(member, "DELETE", "/invitations/1") == 403
    assert await status(place.bob, "POST", "/groups/home-lab/invitations", {}) == 403
    assert await status(place.bob, "GET", "/groups/home-lab/invitations") == 403
    for member in (place.cleo, boss):  # an admin of the server does not see the group either
        for method, body in (("POST", {}), ("GET", None)):
            answers = [await send(member, method, f"/groups/{which}/invitations", body) for which in ("home-lab", "no")]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content
    # Guests come only with an admin of the server, and only into a group.
    assert await status(place.ann, "POST", "/groups/home-lab/invitations", {"role": "guest"}) == 403
    assert await status(boss, "POST", "/invitations", {"role": "guest"}) == 422
    assert await place.count("invitations") == 0
    assert await status(place.ann, "POST", "/groups/home-lab/invitations", {}) == 201
    assert await status(boss, "POST", "/invitations", {}) == 201


@pytest.mark.parametrize(
    "wanted",
    [
        {"max_uses": 0},
        {"max_uses": 100_001},
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": 10**10},
        {"role": "admin"},
        {"role": None},
    ],
)
async def test_what_is_no_invitation(place: Place, wanted: dict[str, Any]) -> None:
    assert await status(place.ann, "POST", "/groups/home-lab/invitations", wanted) == 422
    assert await place.count("invitations") == 0


async def test_it_ends_and_all_ends_are_the_same(chat_folder: Path) -> None:
    """Expired, used up, revoked, of somebody who may not any more, or never made: one answer, byte for byte."""
    now = [1_800_000_000_000]
    async with open_chat(chat_folder, now=lambda: now[0], rate_limits=False) as chat:
        place = await make_place(chat)
        boss = await chat.member("boss", role="admin")
        await boss.create_group("Office", "private")
        codes = {
            "used up": await invite(boss, "office", max_uses=1),
            "revoked": await invite(boss, "office"),
            "expired": await invite(boss, "office", expires_in=60),
            "a week": await invite(boss, "office"),
            "for ever": await invite(boss, "office", expires_in=None),
        }
        assert all([await works(chat, code) for code in codes.values()])
        assert (await use(chat, codes["used up"], "first")).status_code == 201
        for one in (await boss.call("GET", "/groups/office/invitations"))["items"][3:4]:
            await boss.call("DELETE", f"/groups/office/invitations/{one['id']}")
        now[0] += 59_999
        assert await works(chat, codes["expired"])
        now[0] += 1
        ended = [codes["used up"], codes["revoked"], codes["expired"], "never-made", ""]
        refused = [await use(chat, code, "second") for code in ended]
        refused += [await send(place.cleo, "POST", "/invitations/accept", {"code": code}) for code in ended]
        assert {answer.status_code for answer in refused} == {404}
        assert len({answer.content for answer in refused}) == 1
        assert await works(chat, codes["a week"])
        now[0] += WEEK
        assert [await works(chat, codes[name]) for name in ("a week", "for ever")] == [False, True]
        listed = (await boss.call("GET", "/groups/office/invitations"))["items"]
        assert [one["works"] for one in listed] == [True, False, False, False]


async def test_it_can_do_what_its_maker_still_may(place: Place, boss: Member) -> None:
    owner = await place.chat.member("owner", role="owner")
    of_server, of_group = await invite(boss), await invite(boss, "office", role="guest")
    assert await works(place.chat, of_server)
    await owner.call("POST", "/users/boss/deactivate")
    assert [await works(place.chat, code) for code in (of_server, of_group)] == [False, False]
    assert (await use(place.chat, of_server, "new")).status_code == 404
    await owner.call("POST", "/users/boss/reactivate")
    assert [await works(place.chat, code) for code in (of_server, of_group)] == [True, True]

    # No admin of the group any more.
    code = await invite(place.ann, "home-lab")
    await place.ann.call("PUT", "/groups/home-lab/members/bob", {"role": "admin"})
    await place.bob.call("PUT", "/groups/home-lab/members/ann", {"role": "member"})
    assert await accept(place.cleo, code) == 404
    assert await status(place.cleo, "GET", "/groups/home-lab") == 404
    await place.bob.call("PUT", "/groups/home-lab/members/ann", {"role": "admin"})
    assert await accept(place.cleo, code) == 200

    # No admin of the server any more: the group is still theirs, but new accounts are not.
    other = await place.chat.member("other", role="admin")
    await other.create_group("Garden", "private")
    both, of_server = await invite(other, "garden"), await invite(other)
    assert [await works(place.chat, code) for code in (both, of_server)] == [True, True]

    def demote(conn: sqlite3.Connection) -> None:
        conn.execute("UPDATE users SET role = 'member' WHERE username = 'other'")

    await place.chat.appliance.app.store.write(demote)
    for code in (both, of_server):
        assert (await use(place.chat, code, "new")).status_code == 404
    assert await accept(place.cleo, both) == 200


async def test_an_invitation_into_a_group_that_is_gone(place: Place) -> None:
    code = await invite(place.ann, "home-lab")
    assert await works(place.chat, code)
    await place.ann.call("DELETE", "/groups/home-lab")
    assert await accept(place.cleo, code) == 404
    assert await place.count("invitations") == 0


async def test_revoking(place: Place, boss: Member) -> None:
    of_server, of_group = [await boss.call("POST", path, {}) for path in ("/invitations", "/groups/office/invitations")]
    foreign = await place.ann.call("POST", "/groups/home-lab/invitations", {})
    # Not one into another group, nor one that is none.
    for number in (foreign["id"], of_server["id"], 99_999):
        assert await status(boss, "DELETE", f"/groups/office/invitations/{number}") == 404
    assert await status(boss, "DELETE", "/invitations/99999") == 404
    assert await status(place.bob, "DELETE", f"/groups/home-lab/invitations/{foreign['id']}") == 403
    assert await status(place.cleo, "DELETE", f"/groups/home-lab/invitations/{foreign['id']}") == 404
    assert await works(place.chat, foreign["code"])
    await boss.call("DELETE", f"/groups/office/invitations/{of_group['id']}")
    for made in (of_server, foreign):  # admins of the server end any
        await boss.call("DELETE", f"/invitations/{made['id']}")
    assert not any([await works(place.chat, made["code"]) for made in (of_server, of_group, foreign)])
    for member, path in ((boss, "/invitations"), (boss, "/groups/office/invitations")):
        assert (await member.call("GET", path))["items"] == []
    acts = [(entry.act, entry.detail["invitation_id"]) for entry in await place.audit() if "invitation" in entry.act]
    numbers = [of_server["id"], of_group["id"], foreign["id"]]
    assert sorted(acts) == [(f"{act} invitation", number) for act in ("make", "revoke") for number in numbers]


async def test_a_use_that_fails_is_none(place: Place, boss: Member) -> None:
    code = await invite(boss, max_uses=1)
    for username, fields, expected in (
        ("ann", {}, 409),
        ("c1eo", {}, 409),  # looks like cleo
        ("new", {"password": "short"}, 422),
        ("new", {"name": "a\u202eb"}, 422),
        ("12", {}, 422),
    ):
        assert (await use(place.chat, code, username, **fields)).status_code == expected
    assert (await boss.call("GET", "/invitations"))["items"][0]["uses"] == 0
    assert (await use(place.chat, code, "new")).status_code == 201


async def test_fifty_at_once_with_a_link_for_one(place: Place, boss: Member) -> None:
    code = await invite(boss, "office", max_uses=1)
    accounts = await place.count("users")
    statuses: list[int] = []

    async def come_in(number: int) -> None:
        statuses.append((await use(place.chat, code, f"new{number}")).status_code)

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(come_in, number)
    assert sorted(statuses) == [201] + [404] * 49
    assert await place.count("users") == accounts + 1
    assert len((await boss.call("GET", "/groups/office/members"))["items"]) == 2


async def test_fifty_at_once_who_are_here_already(place: Place) -> None:
    members = [await place.chat.member(f"someone{number}") for number in range(50)]
    code = await invite(place.ann, "home-lab", max_uses=7)
    statuses: list[int] = []

    async def come_in(member: Member) -> None:
        statuses.append(await accept(member, code))

    async with trio.open_nursery() as nursery:
        for member in members:
            nursery.start_soon(come_in, member)
    assert sorted(statuses) == [200] * 7 + [404] * 43
    assert (await place.ann.call("GET", "/groups/home-lab"))["members_count"] == 2 + 7


async def test_the_same_person_twice_at_once(place: Place) -> None:
    """They are in once, and one use is taken."""
    code = await invite(place.ann, "home-lab", max_uses=2)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(accept, place.cleo, code)
    assert (await place.ann.call("GET", "/groups/home-lab/invitations"))["items"][0]["uses"] == 1
    assert await accept(place.gus, code) == 200
