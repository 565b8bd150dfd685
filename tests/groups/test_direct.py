"""Conversations: of the same people the same one, with one topic, for good, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from convore_lite.store import groups
from convore_lite.testing import Member

from .conftest import Place, heard, kinds, send, status


async def talk(member: Member, *names: str) -> dict[str, Any]:
    group: dict[str, Any] = await member.call("POST", "/direct", {"usernames": list(names)})
    return group


async def test_of_two(place: Place) -> None:
    ann, bob = place.ann, place.bob
    answer = await send(ann, "POST", "/direct", {"usernames": ["Bob"]})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["kind"], made["name"], made["members_count"], made["topics_count"]) == ("direct", "Bob", 2, 1)
    assert [person["username"] for person in made["people"]] == ["ann", "bob"]
    assert made["slug"].startswith("direct-")
    assert len(made["slug"]) == len("direct-") + 16
    assert made["my"]["role"] == "member"
    # Whoever begins it, and whether they name themselves: it is the same one, and each sees the other's name.
    for names in (["ann"], ["bob", "ann"], ["ann", "ann"]):
        answer = await send(bob, "POST", "/direct", {"usernames": names})
        assert (answer.status_code, answer.json()["id"], answer.json()["name"]) == (200, made["id"], "Ann")
    assert (await bob.call("GET", f"/groups/{made['id']}"))["name"] == "Ann"
    assert (await bob.call("GET", f"/groups/{made['slug']}"))["people"] == made["people"]
    await ann.post(made["default_topic_id"], "hello")
    assert [one["text"] for one in await bob.messages(made["default_topic_id"])] == ["hello"]
    assert await bob.unread(made["default_topic_id"]) == 1
    await bob.call("PATCH", "/me", {"name": "Robert"})
    assert (await ann.call("GET", f"/groups/{made['id']}"))["name"] == "Robert"


async def test_of_more(place: Place) -> None:
    three = await talk(place.ann, "cleo", "bob")
    assert three["name"] == "Bob, Cleo"
    assert (await talk(place.bob, "ann", "cleo"))["id"] == three["id"]
    assert (await place.cleo.call("GET", f"/groups/{three['id']}"))["name"] == "Ann, Bob"
    assert (await talk(place.ann, "bob"))["id"] != three["id"]


async def test_twenty_are_the_most(place: Place) -> None:
    names = [(await place.chat.member(f"p{number:02}")).username for number in range(20)]
    assert await status(place.ann, "POST", "/direct", {"usernames": names}) == 422
    assert await status(place.ann, "POST", "/direct", {"usernames": names * 2}) == 422
    assert (await talk(place.ann, *names[:19]))["members_count"] == 20


@pytest.mark.parametrize(
    ("names", "field"),
    [([], "usernames"), (["ann"], "usernames"), (["bob", "nobody"], "usernames.1"), (["3"], "usernames.0")],
)
async def test_nobody_to_talk_to(place: Place, names: list[str], field: str) -> None:
    before = await place.count("groups")
    problem = await place.ann.refused("POST", "/direct", {"usernames": names})
    assert (problem["status"], problem["errors"][0]["field"]) == (422, field)
    assert await place.count("groups") == before


async def test_all_of_them_hear_it_and_nobody_else(place: Place) -> None:
    ann, bob, cleo = place.ann, place.bob, place.cleo
    async with ann.live() as anns, bob.live() as bobs, cleo.live() as cleos:
        start = cleos.hello["at_id"]
        made = await talk(ann, "bob")
        await ann.post(made["default_topic_id"], "hello @bob @cleo")
        for member, stream in ((ann, anns), (bob, bobs)):
            told = await heard(member, stream)
            joined = [event for event in told if event["kind"] == "member_joined"]
            assert {event["user"]["username"] for event in joined} >= {member.username}
            assert [event["message"]["text"] for event in told if event["kind"] == "message_posted"] == [
                "hello @bob @cleo"
            ]
            assert "topic_opened" in kinds(told)
        assert await heard(cleo, cleos) == []
    async with cleo.live(last_id=start, groups=made["id"]) as cleos:
        assert set(kinds(await heard(cleo, cleos))) == {"settings_changed"}


async def test_nobody_else_finds_it(place: Place) -> None:
    """Not the owner of the server, and not the console."""
    made = await talk(place.ann, "bob")
    topic = made["default_topic_id"]
    message = (await place.ann.post(topic, "between us"))["id"]
    boss = await place.chat.member("boss", role="owner")
    paths = [f"/groups/{made['id']}", f"/groups/{made['slug']}", f"/groups/{made['id']}/members", f"/topics/{topic}"]
    paths += [f"/topics/{topic}/messages", f"/messages/{message}"]
    for path in paths:
        assert await status(place.bob, "GET", path) == 200, path
        for member in (place.cleo, place.gus, boss):
            assert await status(member, "GET", path) == 404, path
    for member in (place.ann, boss):
        assert (await member.call("GET", "/groups", discover="recent"))["items"] == []
        assert (await member.call("GET", "/groups", q="direct"))["items"] == []
    async with place.chat.client(console=True) as console:
        listed = (await console.get("/api/v1/groups")).json()["items"]
        assert [group["slug"] for group in listed] == ["home-lab"]
        for which in (made["id"], made["slug"]):
            for method, end in (("GET", "/members"), ("PATCH", ""), ("DELETE", ""), ("POST", "/invitations")):
                answer = await console.request(
                    method, f"/api/v1/groups/{which}{end}", json={} if method != "GET" else None
                )
                assert answer.status_code == 404, (method, end)


async def test_it_is_for_good(place: Place) -> None:
    made = await talk(place.ann, "bob")
    path = f"/groups/{made['id']}"
    before = await place.ann.call("GET", path)
    for method, end, body, expected in (
        ("POST", "/leave", None, 409),
        ("PUT", "/members/cleo", {"role": "member"}, 403),
        ("PUT", "/members/bob", {"role": "admin"}, 403),
        ("DELETE", "/members/bob", None, 403),
        ("PATCH", "", {"name": "x"}, 403),
        ("PATCH", "", {"kind": "public"}, 403),
        ("DELETE", "", None, 403),
        ("POST", "/topics", {"name": "Another"}, 409),
        ("POST", "/invitations", {}, 403),
        ("GET", "/requests", None, 403),
    ):
        for member in (place.ann, place.bob):
            assert await status(member, method, f"{path}{end}", body) == expected, (method, end)
    for member in (place.cleo, place.gus):
        assert await status(member, "POST", f"{path}/join") == 202
    assert await place.count("join_requests") == 0
    assert await status(place.bob, "POST", f"{path}/join") == 200  # where one is already
    assert await place.ann.call("GET", path) == before


async def test_begun_at_once_from_both_sides(place: Place) -> None:
    ids: list[int] = []
    statuses: list[int] = []

    async def begin(member: Member, other: str) -> None:
        answer = await send(member, "POST", "/direct", {"usernames": [other]})
        statuses.append(answer.status_code)
        ids.append(answer.json()["id"])

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(begin, place.ann, "bob")
            nursery.start_soon(begin, place.bob, "ann")
    assert len(set(ids)) == 1
    assert sorted(statuses) == [200] * 9 + [201]


async def test_guests_write_to_those_they_know(place: Place) -> None:
    answers = [await send(place.gus, "POST", "/direct", {"usernames": [name]}) for name in ("bob", "nobody")]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content
    await place.ann.call("PUT", "/groups/home-lab/members/gus", {"role": "member"})
    assert (await talk(place.gus, "bob"))["name"] == "Bob"
    # A member writes to any guest, who knows them by that from then on.
    assert await status(place.gus, "GET", "/users/cleo") == 404
    made = await talk(place.cleo, "gus")
    assert await status(place.gus, "GET", "/users/cleo") == 200
    assert (await talk(place.gus, "cleo"))["id"] == made["id"]


async def test_who_is_deactivated_is_not_written_to_anew(place: Place) -> None:
    boss = await place.chat.member("boss", role="owner")
    known = await talk(place.ann, "bob")
    for name in ("bob", "cleo"):
        await boss.call("POST", f"/users/{name}/deactivate")
    assert await status(place.ann, "POST", "/direct", {"usernames": ["cleo"]}) == 409
    assert await status(place.ann, "POST", "/direct", {"usernames": ["bob", "cleo"]}) == 409
    assert (await talk(place.ann, "bob"))["id"] == known["id"]  # what was said is still there
    await boss.call("POST", "/users/cleo/reactivate")
    assert (await talk(place.ann, "cleo"))["name"] == "Cleo"


async def test_who_ignores_one_does_not_see_it(place: Place) -> None:
    await place.bob.call("PUT", "/me/ignored/ann")
    async with place.bob.live() as bobs:
        made = await talk(place.ann, "bob")
        await place.ann.post(made["default_topic_id"], "hello?")
        assert "message_posted" not in kinds(await heard(place.bob, bobs))
    assert await place.bob.messages(made["default_topic_id"]) == []
    assert (await place.bob.call("GET", "/me/unread"))["total"] == 0
    await place.bob.call("DELETE", "/me/ignored/ann")
    assert len(await place.bob.messages(made["default_topic_id"])) == 1


async def test_conversations_come_after_the_groups(place: Place) -> None:
    first, second = await talk(place.ann, "bob"), await talk(place.ann, "cleo")
    await place.ann.create_group("Zoo")
    listed = (await place.ann.call("GET", "/groups"))["items"]
    assert [group["name"] for group in listed] == ["Home lab", "Zoo", "Bob", "Cleo"]
    store = place.chat.appliance.app.store
    assert [group.name for group in await store.read(groups.direct_of, place.ann.id)] == ["Cleo", "Bob"]
    assert [group.name for group in await store.read(groups.direct_of, place.bob.id)] == ["Ann"]
    await place.bob.post(first["default_topic_id"], "hello")
    [latest, other] = await store.read(groups.direct_of, place.ann.id)
    assert ([latest.id, other.id], latest.my and latest.my.unread) == ([first["id"], second["id"]], 1)
    assert await store.read(groups.direct_of, place.gus.id) == []


async def test_it_is_in_no_export(place: Place) -> None:
    made = await talk(place.ann, "bob")
    await place.ann.post(place.topic, "for the group")
    await place.ann.post(made["default_topic_id"], "between us")
    path = "/api/v1/admin/export"
    everything, cursor = "", ""
    async with place.chat.client(console=True) as console:
        while cursor is not None:
            answer = await console.get(path, params={"groups": "*", "cursor": cursor})
            everything, cursor = everything + answer.text, answer.json()["next"]
        refused = [await console.get(path, params={"groups": made[by]}) for by in ("id", "slug")]
        refused.append(await console.get(path, params={"topics": made["default_topic_id"]}))
    assert "for the group" in everything
    assert "between us" not in everything
    assert made["slug"] not in everything
    assert not any(answer.is_success for answer in refused)
