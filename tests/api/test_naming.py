"""What completes the names that somebody types: people whom one can mention, and topics; and who reacted."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import Member

from .conftest import Place


async def mentionable(member: Member, topic: int, words: str = "") -> tuple[list[str], list[str]]:
    found = await member.call("GET", f"/topics/{topic}/mentionable", q=words)
    return [user["username"] for user in found["people"]], found["everyone"]


async def test_members_come_first(place: Place) -> None:
    await place.chat.member("abel")
    zoe = await place.chat.member("zoe", name="Zoe Abbott")
    await zoe.join(place.group["id"])
    assert await mentionable(place.ann, place.topic) == (["bob", "zoe", "abel", "cleo"], ["group", "here"])
    assert await mentionable(place.ann, place.topic, "AB") == (["zoe", "abel"], [])  # a word of a name
    assert await mentionable(place.ann, place.topic, "h") == ([], ["here"])
    assert await mentionable(place.ann, place.topic, "%") == ([], [])


async def test_not_who_is_gone(place: Place) -> None:
    owner = await place.chat.member("owner", role="owner")
    assert "bob" in (await mentionable(place.ann, place.topic))[0]
    await owner.call("POST", "/users/bob/deactivate")
    assert "bob" not in (await mentionable(place.ann, place.topic))[0]


async def test_in_a_private_group_only_its_members(private: Place) -> None:
    assert await mentionable(private.ann, private.topic) == (["bob"], ["group", "here"])
    await private.cleo.refused("GET", f"/topics/{private.topic}/mentionable")
    await private.ann.call("PATCH", f"/groups/{private.group['id']}", {"mention_everyone": "admins"})
    assert await mentionable(private.bob, private.topic) == (["ann"], [])


async def test_guests_and_onlookers(place: Place) -> None:
    guest = await place.chat.member("guest", role="guest")
    assert "guest" not in (await mentionable(place.ann, place.topic))[0]
    await place.ann.call("PUT", f"/groups/{place.group['id']}/members/guest", {"role": "member"})
    assert await mentionable(guest, place.topic) == (["ann", "bob"], ["group", "here"])
    assert await mentionable(place.cleo, place.topic) == (["ann", "bob", "guest"], [])


async def test_topics_by_a_part_of_their_name(place: Place) -> None:
    for name in ("Backups", "Old backups", "100 %"):
        await place.ann.open_topic(place.group["id"], name)
    path = f"/groups/{place.group['id']}/topics"

    async def named(words: str) -> set[str]:
        return {topic["name"] for topic in (await place.cleo.call("GET", path, q=words))["items"]}

    assert await named("backup") == {"Backups", "Old backups"}
    assert await named("%") == {"100 %"}
    assert await named("nothing") == set()


async def test_who_reacted(place: Place) -> None:
    said = await place.ann.post(place.topic, "Found it")
    path = f"/messages/{said['id']}/reactions"
    for member, emoji in ((place.bob, "tada"), (place.ann, "tada"), (place.ann, "eyes")):
        await member.call("PUT", f"{path}/{emoji}")

    async def who(member: Member, **query: Any) -> list[tuple[str, str]]:
        page = await member.call("GET", path, **query)
        return [(one["user"]["username"], one["emoji"]) for one in page["items"]]

    tada, eyes = "\U0001f389", "\U0001f440"
    assert await who(place.cleo) == [("bob", tada), ("ann", tada), ("ann", eyes)]
    assert await who(place.cleo, emoji="eyes") == [("ann", eyes)]
    first = await place.cleo.call("GET", path, limit=2)
    assert await who(place.cleo, limit=2, cursor=first["next"]) == [("ann", eyes)]
    assert (await place.cleo.refused("GET", f"{path}?emoji=nothing"))["status"] == 422
    await place.cleo.call("PUT", "/me/ignored/ann")
    assert await who(place.cleo) == [("bob", tada)]
