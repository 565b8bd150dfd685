"""Groups in the API: make, find, join, leave, and look after them."""

from __future__ import annotations

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat

from .answers import check_problem, count_rows
from .conftest import Place

GROUPS = f"{BASE}/groups"
FIELDS = [
    *("id", "slug", "name", "description", "kind", "creator", "created_at", "members_count", "topics_count"),
    *("default_topic_id", "mention_everyone", "my"),
]


async def test_a_group(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    answer = await ann.http.post(GROUPS, json={"name": "Home  lab", "kind": "public", "description": "Things that hum"})
    assert answer.status_code == 201
    group = answer.json()
    assert list(group) == FIELDS
    expected = {
        **{"slug": "home-lab", "name": "Home lab", "description": "Things that hum", "kind": "public"},
        **{
            "members_count": 1,
            "topics_count": 1,
            "my": {"role": "admin", "unread": 0, "mentions": 0, "level": "normal"},
        },
    }
    assert {name: group[name] for name in expected} == expected
    assert group["creator"]["username"] == "ann"
    for which in (group["id"], "home-lab", "HOME-LAB", "home%2Dlab"):
        assert await ann.call("GET", f"/groups/{which}") == group
    as_bob = await bob.call("GET", "/groups/home-lab")
    assert as_bob == {**group, "my": {"role": None, "unread": 0, "mentions": 0, "level": "normal"}}
    topic = await ann.call("GET", f"/topics/{group['default_topic_id']}")
    assert (topic["group_id"], topic["name"]) == (group["id"], "General")
    assert (await ann.call("GET", "/groups"))["items"] == [group]
    assert (await bob.call("GET", "/groups"))["items"] == []


async def test_what_is_refused(place: Place) -> None:
    before = await count_rows(place.chat)
    for body, status, field in (
        ({"name": "", "kind": "public"}, 422, "name"),
        ({"name": "x" * 81, "kind": "public"}, 422, "name"),
        ({"name": "a\u202eb", "kind": "public"}, 422, "name"),
        ({"name": "x", "kind": "direct"}, 422, "kind"),
        ({"name": "x", "kind": "secret"}, 422, "kind"),
        ({"name": "x", "kind": "public", "description": "x" * 501}, 422, "description"),
        ({"name": "x", "kind": "public", "slug": "Home"}, 422, "slug"),
        ({"name": "x", "kind": "public", "slug": "42"}, 422, "slug"),
        ({"name": "x", "kind": "public", "slug": ""}, 422, "slug"),
        ({"name": "x", "kind": "public", "slug": "settings"}, 422, "slug"),
        ({"name": "x", "kind": "public", "slug": "home-lab"}, 409, None),
    ):
        check_problem(await place.ann.http.post(GROUPS, json=body), status, field)
    assert await count_rows(place.chat) == before
    guest = await place.chat.member("guest", role="guest")
    check_problem(await guest.http.post(GROUPS, json={"name": "x", "kind": "public"}), 403)


async def test_every_group_gets_an_address_of_its_own(chat: Chat) -> None:
    ann = await chat.member("ann")
    for name in ("Home lab", "2026", "Settings", "x" * 80, "!!!", "日本語"):
        slugs = [(await ann.create_group(name))["slug"] for _ in range(4)]
        assert len(set(slugs)) == 4
        for slug in slugs:
            assert (await ann.call("GET", f"/groups/{slug}"))["slug"] == slug


async def test_joining_and_leaving(place: Place) -> None:
    for _ in range(2):
        answer = await place.cleo.http.post(f"{GROUPS}/home-lab/join")
        assert answer.status_code == 200
        assert (answer.json()["members_count"], answer.json()["my"]["role"]) == (3, "member")
    for _ in range(2):
        answer = await place.cleo.http.post(f"{GROUPS}/home-lab/leave")
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await place.ann.call("GET", "/groups/home-lab"))["members_count"] == 2
    # Its only admin stays while others are there.
    check_problem(await place.ann.http.post(f"{GROUPS}/home-lab/leave"), 409)
    await place.ann.call("PUT", "/groups/home-lab/members/bob", {"role": "admin"})
    await place.ann.call("POST", "/groups/home-lab/leave")
    await place.bob.call("POST", "/groups/home-lab/leave")
    assert (await place.ann.call("GET", "/groups/home-lab"))["members_count"] == 0


async def test_members(place: Place) -> None:
    members = (await place.cleo.call("GET", "/groups/home-lab/members"))["items"]
    assert [list(member) for member in members] == [["user", "role", "joined_at"]] * 2
    assert [(member["user"]["username"], member["role"]) for member in members] == [("ann", "admin"), ("bob", "member")]
    made = await place.ann.call("PUT", f"/groups/home-lab/members/{place.cleo.id}", {"role": "admin"})
    assert (made["user"]["username"], made["role"]) == ("cleo", "admin")
    again = await place.ann.call("PUT", "/groups/home-lab/members/cleo", {"role": "member"})
    assert again == {**made, "role": "member"}
    await place.ann.call("DELETE", "/groups/home-lab/members/cleo")
    path = f"{GROUPS}/home-lab/members"
    check_problem(await place.ann.http.delete(f"{path}/cleo"), 404)
    check_problem(await place.ann.http.put(f"{path}/nobody", json={"role": "member"}), 404)
    for body in ({"role": "owner"}, {"role": None}):
        check_problem(await place.ann.http.put(f"{path}/cleo", json=body), 422, "role")
    # Somebody is left to look after it.
    check_problem(await place.ann.http.put(f"{path}/ann", json={"role": "member"}), 409)
    check_problem(await place.ann.http.delete(f"{path}/ann"), 409)


async def test_only_its_admins_look_after_a_group(place: Place) -> None:
    owner = await place.chat.member("boss", role="owner")
    before = await count_rows(place.chat)
    for member in (place.bob, place.cleo, owner):
        for name in ("bob", "cleo", "boss"):
            path = f"{GROUPS}/home-lab/members/{name}"
            check_problem(await member.http.put(path, json={"role": "admin"}), 403)
            check_problem(await member.http.delete(path), 403)
    assert await count_rows(place.chat) == before
