"""Putting people into a group and taking them out: by its admins, those they may know of, on the next event."""

from __future__ import annotations

from .conftest import Place, heard, kinds, send, status


async def test_it_is_written_down(place: Place) -> None:
    path = "/groups/home-lab/members/cleo"
    await place.ann.call("PUT", path, {"role": "member"})
    await place.ann.call("PUT", path, {"role": "member"})  # which changes nothing
    await place.ann.call("PUT", path, {"role": "admin"})
    await place.ann.call("DELETE", path)
    entries = [
        entry for entry in await place.audit() if entry.user and entry.user.id == place.cleo.id and entry.group_id
    ]
    acts = [(entry.act, entry.detail.get("role")) for entry in entries]
    assert acts == [("remove member", None), ("change role", "admin"), ("put member", "member")]
    assert {(entry.actor and entry.actor.username, entry.via, entry.group_id) for entry in entries} == {
        ("ann", "token", place.group)
    }


async def test_who_is_taken_out_hears_nothing_more(place: Place) -> None:
    async with place.ann.live() as anns, place.bob.live() as bobs:
        start = bobs.hello["at_id"]
        await place.ann.post(place.topic, "before")
        await place.ann.call("DELETE", "/groups/home-lab/members/bob")
        await place.ann.post(place.topic, "after")
        told = ["message_posted", "member_left", "message_posted"]
        assert kinds(await heard(place.ann, anns)) == told
        # What waits of a group that is not theirs any more is dropped with it.
        assert kinds(await heard(place.bob, bobs)) in (["message_posted", "member_left"], ["member_left"])
    async with place.bob.live(last_id=start) as bobs:
        assert "message_posted" not in kinds(await heard(place.bob, bobs))
    assert await status(place.bob, "GET", "/groups/home-lab") == 404


async def test_guests_are_let_in_and_do_not_look_after_it(place: Place) -> None:
    path = "/groups/home-lab/members/gus"
    assert await status(place.gus, "GET", "/groups/home-lab") == 404
    assert await status(place.ann, "PUT", path, {"role": "admin"}) == 409
    assert await status(place.gus, "GET", "/groups/home-lab") == 404
    await place.ann.call("PUT", path, {"role": "member"})
    assert await status(place.gus, "GET", "/groups/home-lab") == 200
    assert await status(place.ann, "PUT", path, {"role": "admin"}) == 409
    assert (await place.gus.call("GET", "/groups/home-lab"))["my"]["role"] == "member"


async def test_admins_of_the_server_do_not_put_themselves_in(place: Place) -> None:
    boss = await place.chat.member("boss", role="owner")
    answers = [
        await send(boss, "PUT", f"/groups/{which}/members/boss", {"role": "admin"}) for which in ("home-lab", "no")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    public = await place.ann.create_group("Garden")
    assert await status(boss, "PUT", f"/groups/{public['id']}/members/boss", {"role": "admin"}) == 403
    assert await status(boss, "POST", "/groups/garden/invitations", {}) == 403
    assert await status(place.ann, "PUT", "/groups/home-lab/members/boss", {"role": "member"}) == 200


async def test_nobody_who_is_deactivated_is_put_in_or_made_an_admin(place: Place) -> None:
    boss = await place.chat.member("boss", role="owner")
    for name in ("bob", "cleo"):
        await boss.call("POST", f"/users/{name}/deactivate")
        assert await status(place.ann, "PUT", f"/groups/home-lab/members/{name}", {"role": "admin"}) == 409
        await boss.call("POST", f"/users/{name}/reactivate")
        assert await status(place.ann, "PUT", f"/groups/home-lab/members/{name}", {"role": "admin"}) == 200
