"""@group and @here: whom they name, who may write them, and what that costs."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from convore_lite.store import Writer, log, memberships, people
from convore_lite.testing import Chat, Member

from .conftest import Place


def kinds(message: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(node["type"], node.get("name")) for node in message["nodes"]]


async def mentions(member: Member) -> list[str]:
    return [one["message"]["text"] for one in (await member.call("GET", "/me/mentions"))["items"]]


async def test_group_names_who_is_in_by_then(place: Place) -> None:
    said = await place.ann.post(place.topic, "@Group dinner!")
    assert said["nodes"][0] == {"type": "everyone", "name": "group", "markup": "<b>@Group</b>"}
    assert said["html"] == "<b>@Group</b> dinner!"
    await place.cleo.join(place.group["id"])
    dave = await place.chat.member("dave")
    assert await mentions(place.bob) == ["@Group dinner!"]
    [counts] = (await place.bob.call("GET", "/me/unread"))["groups"]
    assert (counts["unread"], counts["mentions"]) == (1, 1)
    for other in (place.ann, place.cleo, dave):  # its author, who came later, who only looks on
        assert await mentions(other) == []
    await place.bob.call("POST", f"/groups/{place.group['id']}/leave")
    await place.bob.join(place.group["id"])
    assert await mentions(place.bob) == []


async def test_here_names_who_is_online(place: Place) -> None:
    await place.cleo.join(place.group["id"])
    async with place.bob.live() as stream:
        said = await place.ann.post(place.topic, "now @here")
        assert kinds(said) == [("text", None), ("everyone", "here")]
        told = await stream.next("mentioned")
        assert (told["message_id"], told["everyone"], told["keyword"]) == (said["id"], "here", None)
    assert await mentions(place.bob) == ["now @here"]
    assert await mentions(place.cleo) == []
    assert await mentions(place.ann) == []


async def test_one_event_and_only_to_those_it_names(place: Place) -> None:
    app = place.chat.appliance.app
    dave = await place.chat.member("dave")
    await dave.join(place.group["id"])
    before = await app.store.read(log.last_number)
    async with AsyncExitStack() as stack:
        streams = {
            "ann": await stack.enter_async_context(place.ann.live()),
            "bob": await stack.enter_async_context(place.bob.live()),
            "dave": await stack.enter_async_context(dave.live()),
            "cleo": await stack.enter_async_context(place.cleo.live()),
            "looks on": await stack.enter_async_context(place.cleo.live(groups=place.group["id"])),
        }
        await place.ann.post(place.topic, "@group and @dave")
        for member in (place.ann, place.bob, dave, place.cleo):
            await member.call("PATCH", "/me", {"settings": {"done": 1}})
        told = {name: await stream.until("settings_changed") for name, stream in streams.items()}
    heard = {
        name: [(event["by"]["username"], event["everyone"]) for event in events if event["kind"] == "mentioned"]
        for name, events in told.items()
    }
    assert heard == {"ann": [], "bob": [("ann", "group")], "dave": [("ann", None)], "cleo": [], "looks on": []}
    written = await app.store.read(lambda conn: log.after(conn, before, limit=50))
    assert sum(event.kind == "mentioned" for event in written) == 2
    # Who comes back is told the same; and who came later is not told what was before.
    await place.cleo.join(place.group["id"])
    for member, expected in ((place.ann, []), (place.bob, ["group"]), (dave, [None]), (place.cleo, [])):
        async with member.live(last_id=f"{app.store.epoch}-{before}") as stream:
            await member.call("PATCH", "/me", {"settings": {"done": 2}})
            events = await stream.until("settings_changed", settings={"done": 2})
        assert [event["everyone"] for event in events if event["kind"] == "mentioned"] == expected, member.username


async def test_what_is_muted_stays_quiet(place: Place) -> None:
    await place.bob.call("PUT", f"/groups/{place.group['id']}/level", {"level": "mute"})
    await place.ann.post(place.topic, "@group dinner")
    await place.ann.post(place.topic, "@bob @group dinner")
    assert await mentions(place.bob) == ["@bob @group dinner"]
    [counts] = (await place.bob.call("GET", "/me/unread"))["groups"]
    assert (counts["unread"], counts["mentions"]) == (1, 1)
    await place.bob.call("PUT", f"/groups/{place.group['id']}/level", {"level": "normal"})
    assert await mentions(place.bob) == ["@bob @group dinner", "@group dinner"]


async def test_not_by_somebody_ignored(place: Place) -> None:
    await place.bob.call("PUT", "/me/ignored/ann")
    await place.ann.post(place.topic, "@group dinner")
    assert await mentions(place.bob) == []
    await place.bob.call("DELETE", "/me/ignored/ann")
    assert await mentions(place.bob) == ["@group dinner"]


async def test_editing(place: Place) -> None:
    said = await place.ann.post(place.topic, "dinner")
    path = f"/messages/{said['id']}"
    async with place.bob.live() as stream:
        await place.ann.call("PATCH", path, {"text": "dinner @group"})
        assert (await stream.next("mentioned"))["everyone"] == "group"
        assert await mentions(place.bob) == ["dinner @group"]
        await place.ann.call("PATCH", path, {"text": "dinner @group!"})  # nobody is told again
        await place.ann.call("PATCH", path, {"text": "dinner"})
        await place.bob.call("PATCH", "/me", {"settings": {"done": 1}})
        assert "mentioned" not in [event["kind"] for event in await stream.until("settings_changed")]
    assert await mentions(place.bob) == []
    await place.ann.call("PATCH", path, {"text": "dinner @group"})
    await place.ann.call("DELETE", path)
    assert await mentions(place.bob) == []


async def test_who_may(place: Place) -> None:
    """Everybody while they are few, then admins; or as the group says. For others it is text like any other."""
    path = f"/groups/{place.group['id']}"
    assert place.group["mention_everyone"] == "auto"

    async def names(member: Member) -> bool:
        return ("everyone", "group") in kinds(await member.post(place.topic, "@group dinner"))

    assert (await names(place.ann), await names(place.bob)) == (True, True)
    await place.ann.call("PATCH", path, {"mention_everyone": "admins"})
    assert (await names(place.ann), await names(place.bob)) == (True, False)
    await place.ann.call("PATCH", path, {"mention_everyone": "auto"})
    await place.chat.appliance.app.store.write(crowd, place.group["id"], memberships.FEW - 1)
    assert (await names(place.ann), await names(place.bob)) == (True, False)
    changed = await place.ann.call("PATCH", path, {"mention_everyone": "members"})
    assert changed["mention_everyone"] == "members"
    assert await names(place.bob)
    assert (await place.bob.refused("PATCH", path, {"mention_everyone": "auto"}))["status"] == 403
    assert await mentions(place.ann) == ["@group dinner"] * 2  # what was text named nobody


async def test_in_the_first_message_of_a_topic_and_in_a_conversation(place: Place) -> None:
    await place.bob.call("POST", f"/groups/{place.group['id']}/topics", {"name": "Dinner", "text": "@group when?"})
    assert await mentions(place.ann) == ["@group when?"]
    direct = await place.ann.call("POST", "/direct", {"usernames": ["bob", "cleo"]})
    await place.bob.post(direct["default_topic_id"], "@group hello")
    assert await mentions(place.cleo) == ["@group hello"]


async def test_nobody_is_called_so(chat: Chat) -> None:
    owner = await chat.member("owner", role="owner")
    for name in ("group", "here", "Here"):
        problem = await owner.refused("POST", "/users", {"username": name, "name": "X"})
        assert problem["errors"][0]["field"] == "username"


async def test_ten_thousand(place: Place) -> None:
    """It writes as much for ten thousand as for three."""
    store = place.chat.appliance.app.store
    await store.write(crowd, place.group["id"], 10_000)

    def size(conn: Any) -> int:
        return sum(
            conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("mentions", "everyone_mentions", "events")
        )

    before = await store.read(size)
    await place.ann.post(place.topic, "@group dinner")
    assert await store.read(size) - before <= 4
    assert await mentions(place.bob) == ["@group dinner"]


def crowd(conn: Writer, group_id: int, number: int) -> None:
    for one in range(number):
        user = people.insert(conn, f"extra{one}", "Extra", at=0)
        memberships.add(conn, group_id, user.id, role="member", at=0)
