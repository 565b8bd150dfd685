"""Stars: one's own, counted for everybody who reads the message, and gone with it."""

from __future__ import annotations

from .conftest import Place


async def test_a_star_is_ones_own_and_counted(place: Place) -> None:
    said = await place.ann.post(place.topic, "the key is in the drawer")
    path = f"/messages/{said['id']}"
    async with place.bob.live() as bobs, place.ann.live() as anns:
        for _ in range(2):
            await place.bob.call("PUT", f"{path}/star")
        assert (await bobs.next("star_added"))["message_id"] == said["id"]
        await place.bob.call("DELETE", f"{path}/star")
        assert (await bobs.next("star_removed"))["message_id"] == said["id"]
        await place.bob.call("PUT", f"{path}/star")
        await place.ann.post(place.topic, "next")
        assert (await anns.next())["kind"] == "message_posted"  # and nothing of stars before it
    for member, starred in ((place.bob, True), (place.ann, False)):
        seen = await member.call("GET", path)
        assert (seen["stars"], seen["my"]) == (1, {"starred": starred})
    await place.ann.call("PUT", f"{path}/star")
    assert (await place.bob.messages(place.topic))[0]["stars"] == 2
    assert [one["id"] for one in (await place.bob.call("GET", "/me/stars"))["items"]] == [said["id"]]


async def test_page_by_page_the_newest_first(place: Place) -> None:
    ids = [(await place.ann.post(place.topic, f"said {number}"))["id"] for number in range(3)]
    for number in (ids[1], ids[0], ids[2]):
        await place.bob.call("PUT", f"/messages/{number}/star")
    first = await place.bob.call("GET", "/me/stars", limit=2)
    assert [one["id"] for one in first["items"]] == [ids[2], ids[1]]
    second = await place.bob.call("GET", "/me/stars", limit=2, cursor=first["next"])
    assert ([one["id"] for one in second["items"]], second["next"]) == ([ids[0]], None)


async def test_it_is_found_only_by_who_may_still_read_it(private: Place) -> None:
    said = await private.ann.post(private.topic, "between us")
    await private.bob.call("PUT", f"/messages/{said['id']}/star")
    group = private.group["id"]
    assert len((await private.bob.call("GET", "/me/stars"))["items"]) == 1
    await private.ann.call("DELETE", f"/groups/{group}/members/bob")
    assert (await private.bob.call("GET", "/me/stars"))["items"] == []
    for method in ("PUT", "DELETE"):
        assert (await private.bob.refused(method, f"/messages/{said['id']}/star"))["status"] == 404
    await private.ann.call("PUT", f"/groups/{group}/members/bob", {"role": "member"})
    assert len((await private.bob.call("GET", "/me/stars"))["items"]) == 1


async def test_it_goes_with_the_message(place: Place) -> None:
    said = await place.ann.post(place.topic, "not for long")
    await place.bob.call("PUT", f"/messages/{said['id']}/star")
    await place.ann.call("PATCH", f"/messages/{said['id']}", {"text": "a little longer"})
    assert [one["text"] for one in (await place.bob.call("GET", "/me/stars"))["items"]] == ["a little longer"]
    await place.ann.call("DELETE", f"/messages/{said['id']}")
    assert (await place.bob.call("GET", "/me/stars"))["items"] == []
    assert (await place.bob.call("GET", f"/messages/{said['id']}"))["stars"] == 0
    assert (await place.bob.refused("PUT", f"/messages/{said['id']}/star"))["status"] == 409
