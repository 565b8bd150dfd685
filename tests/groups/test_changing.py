"""Changing a group: by its admins, told to its members, its old address kept."""

from __future__ import annotations

from typing import Any

import pytest

from convore_lite.store import groups
from convore_lite.testing import Chat, Member

from .conftest import Place, heard, kinds, send, status


async def moved(chat: Chat, member: Member, slug: str) -> str | None:
    """Where the group is now that had this address, for somebody who asks."""
    found = await chat.appliance.app.store.read(groups.moved_from, member.id, slug)
    return found.slug if found else None


async def test_all_of_it_can_be_changed(place: Place) -> None:
    topic = await place.ann.open_topic(place.group, "Backups")
    changes = {
        **{"name": "The  lab", "slug": "the-lab", "description": "Things that hum"},
        **{"kind": "public", "default_topic_id": topic["id"]},
    }
    async with place.bob.live() as stream:
        changed = await place.ann.call("PATCH", "/groups/home-lab", changes)
        assert {name: changed[name] for name in changes} == {**changes, "name": "The lab"}
        told = (await stream.next("group_changed"))["group"]
        assert told == {name: value for name, value in changed.items() if name != "my"}
    assert await place.cleo.call("GET", "/groups/the-lab") == {
        **changed,
        "my": {"role": None, "unread": 0, "mentions": 0, "level": "normal"},
    }
    entry = (await place.audit())[0]
    assert (entry.act, entry.group_id, entry.actor and entry.actor.username) == ("change group", place.group, "ann")
    assert set(entry.detail["changed"].split()) == set(changes)


async def test_what_stays_the_same_is_not_told(place: Place) -> None:
    async with place.bob.live() as stream:
        same = {"name": "Home lab", "slug": "home-lab", "kind": "private"}
        assert (await place.ann.call("PATCH", "/groups/home-lab", same))["name"] == "Home lab"
        await place.ann.call("PATCH", "/groups/home-lab", {})
        assert await heard(place.bob, stream) == []
        await place.ann.call("PATCH", "/groups/home-lab", {"description": "x"})
        assert kinds(await heard(place.bob, stream)) == ["group_changed"]
    assert [entry.act for entry in await place.audit()].count("change group") == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": ""}, 422),
        ({"name": None}, 422),
        ({"slug": "settings"}, 422),
        ({"slug": "42"}, 422),
        ({"slug": "garden"}, 409),
        ({"description": "x" * 501}, 422),
        ({"kind": "direct"}, 422),
        ({"default_topic_id": None}, 422),
        ({"default_topic_id": 99_999}, 422),
        ({"owner": "ann"}, 422),
    ],
)
async def test_what_is_refused(place: Place, changes: dict[str, Any], expected: int) -> None:
    await place.ann.create_group("Garden")
    before = await place.ann.call("GET", "/groups/home-lab")
    assert await status(place.ann, "PATCH", "/groups/home-lab", {"name": "Other", **changes}) == expected
    assert await place.ann.call("GET", "/groups/home-lab") == before


async def test_a_description_has_lines_and_steers_nothing(place: Place) -> None:
    for text in ("\x1b[31mred", "\x9b31mred", "\u202eder"):
        assert await status(place.ann, "PATCH", "/groups/home-lab", {"description": text}) == 422
        assert await status(place.ann, "POST", "/groups", {"name": "x", "kind": "public", "description": text}) == 422
    assert await status(place.ann, "PATCH", "/groups/home-lab", {"description": "One.\nTwo: 日本語."}) == 200


async def test_a_topic_of_another_group_is_not_its_default(place: Place) -> None:
    other = (await place.ann.create_group("Garden"))["default_topic_id"]
    assert await status(place.ann, "PATCH", "/groups/home-lab", {"default_topic_id": other}) == 422


async def test_only_its_admins_change_it(place: Place) -> None:
    boss = await place.chat.member("boss", role="owner")
    assert await status(place.bob, "PATCH", "/groups/home-lab", {"name": "x"}) == 403
    for member in (place.cleo, place.gus, boss):
        answers = [await send(member, "PATCH", f"/groups/{which}", {"name": "x"}) for which in ("home-lab", "none")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert await status(place.ann, "PATCH", "/groups/home-lab", {"name": "x"}) == 200


async def test_the_old_address_leads_on(place: Place) -> None:
    chat, ann = place.chat, place.ann
    for slug in ("lab", "laboratory"):
        await ann.call("PATCH", f"/groups/{place.group}", {"slug": slug})
    assert [await moved(chat, ann, slug) for slug in ("home-lab", "lab", "laboratory")] == ["laboratory"] * 2 + [None]
    assert await moved(chat, place.bob, "lab") == "laboratory"
    for member in (place.cleo, place.gus):  # what they cannot read was never there
        assert await moved(chat, member, "lab") is None
    # Another group takes an old address; and a group takes back its own.
    assert (await place.cleo.create_group("Lab"))["slug"] == "lab"
    assert await moved(chat, ann, "lab") is None
    await ann.call("PATCH", f"/groups/{place.group}", {"slug": "home-lab"})
    assert [await moved(chat, ann, slug) for slug in ("home-lab", "laboratory")] == [None, "home-lab"]
    assert await status(ann, "PATCH", "/groups/home-lab", {"slug": "lab"}) == 409
    assert await status(ann, "GET", "/groups/laboratory") == 404  # the API knows a thing by one address


async def test_the_addresses_go_with_the_group(place: Place) -> None:
    await place.ann.call("PATCH", "/groups/home-lab", {"slug": "lab"})
    assert await place.count("group_addresses") == 1
    await place.ann.call("DELETE", "/groups/lab")
    assert await place.count("group_addresses") == 0
    assert await moved(place.chat, place.ann, "home-lab") is None


async def test_who_only_looks_on_sees_nothing_once_it_is_private(chat: Chat) -> None:
    """Neither what was said, nor what is said, nor what it is called now; live, after coming back, and with a place from before."""
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic, path = group["default_topic_id"], f"/groups/{group['id']}"
    async with bob.live() as bobs, cleo.live(groups=group["id"]) as cleos:
        start = cleos.hello["at_id"]
        await ann.post(topic, "for all to read")
        assert kinds(await heard(cleo, cleos)) == ["message_posted"]
        await ann.call("PATCH", path, {"kind": "private", "name": "Secret lab", "slug": "secret"})
        await ann.post(topic, "for us")
        last = await heard(cleo, cleos)
        assert [(event["group"]["kind"], event["group"]["name"]) for event in last] == [("private", "Home lab")]
        assert [event["group"]["slug"] for event in last] == ["home-lab"]
        told = await heard(bob, bobs)
        assert kinds(told) == ["message_posted", "group_changed", "group_changed", "message_posted"]
        assert told[2]["group"]["name"] == "Secret lab"
    async with bob.live(last_id=start) as bobs, cleo.live(last_id=start, groups=group["id"]) as cleos:
        assert len(await heard(bob, bobs)) > 3
        assert set(kinds(await heard(cleo, cleos))) == {"settings_changed"}
    for which in (group["id"], "home-lab", "secret"):
        assert await status(cleo, "GET", f"/groups/{which}") == 404
    assert await moved(chat, cleo, "home-lab") is None
    assert await status(cleo, "GET", f"/topics/{topic}/messages") == 404
    assert (await cleo.call("GET", "/groups", discover="popular"))["items"] == []


async def test_once_it_is_public_everybody_reads_it_but_guests(place: Place) -> None:
    await place.ann.post(place.topic, "hello")
    assert await status(place.cleo, "GET", f"/topics/{place.topic}/messages") == 404
    await place.ann.call("PATCH", "/groups/home-lab", {"kind": "public"})
    assert [one["text"] for one in await place.cleo.messages(place.topic)] == ["hello"]
    assert await status(place.gus, "GET", f"/topics/{place.topic}/messages") == 404
