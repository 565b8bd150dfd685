"""Joining what one can read, and asking to be let into what one cannot."""

from __future__ import annotations

import httpx2
import trio

from convore_lite.store import log, requests
from convore_lite.testing import Member

from .conftest import Place, heard, kinds, send, status

Comparable = tuple[int, bytes, list[tuple[str, str]]]


def comparable(answer: httpx2.Response) -> Comparable:
    return answer.status_code, answer.content, sorted(answer.headers.multi_items())


async def asks(place: Place) -> list[str]:
    """Who asks to be let in, as ann sees it."""
    return [one["user"]["username"] for one in (await place.ann.call("GET", "/groups/home-lab/requests"))["items"]]


async def test_asking_does_not_tell_whether_it_is_there(place: Place) -> None:
    """The same answer, and the event log goes on as far, whatever stands there, and however often one asks."""
    direct = await place.ann.call("POST", "/direct", {"usernames": ["bob"]})
    gone = await place.ann.create_group("Gone", "private")
    await place.ann.call("DELETE", "/groups/gone")
    public = await place.ann.create_group("Garden")
    store = place.chat.appliance.app.store
    answers: list[Comparable] = []
    steps = []
    for member, which in [
        *[(place.cleo, which) for which in ("home-lab", place.group, "home-lab", "none", 99_999, gone["id"])],
        *[(place.cleo, which) for which in (direct["id"], direct["slug"], "settings")],
        *[(place.gus, which) for which in ("home-lab", "none", "garden", public["id"])],
    ]:
        before = await store.read(log.last_number)
        answers.append(comparable(await send(member, "POST", f"/groups/{which}/join")))
        steps.append(await store.read(log.last_number) - before)
    assert answers == [answers[0]] * 13
    assert answers[0][:2] == (202, b"")
    assert steps == [10] * 13
    assert await asks(place) == ["cleo", "gus"]
    in_garden = (await place.ann.call("GET", "/groups/garden/requests"))["items"]
    assert [one["user"]["username"] for one in in_garden] == ["gus"]
    assert await place.count("join_requests") == 3
    # Somebody who can read it joins.
    assert await status(place.cleo, "POST", "/groups/garden/join") == 200


async def test_many_admins_do_not_tell_that_it_is_there_either(place: Place) -> None:
    """More of them than are told."""
    for number in range(requests.NUMBERS):
        await place.chat.member(f"admin{number}")
        await place.ann.call("PUT", f"/groups/home-lab/members/admin{number}", {"role": "admin"})
    store = place.chat.appliance.app.store
    steps = []
    for which in ("home-lab", "none"):
        before = await store.read(log.last_number)
        await place.cleo.call("POST", f"/groups/{which}/join")
        steps.append(await store.read(log.last_number) - before)
    assert steps == [requests.NUMBERS] * 2
    assert await asks(place) == ["cleo"]


async def test_its_admins_are_told_once(place: Place) -> None:
    await place.ann.call("PUT", "/groups/home-lab/members/bob", {"role": "admin"})
    dora = await place.chat.member("dora")
    await place.ann.call("PUT", "/groups/home-lab/members/dora", {"role": "member"})
    async with place.ann.live() as anns, place.bob.live() as bobs, dora.live() as doras, place.cleo.live() as cleos:
        for _ in range(3):
            await place.cleo.call("POST", "/groups/home-lab/join")
        for member, stream in ((place.ann, anns), (place.bob, bobs)):
            [event] = await heard(member, stream)
            assert (event["kind"], event["group_id"], event["user"]["username"]) == (
                "join_requested",
                place.group,
                "cleo",
            )
        assert await heard(dora, doras) == []
        assert await heard(place.cleo, cleos) == []


async def test_a_group_that_everybody_has_left(place: Place) -> None:
    await place.ann.create_group("Garden")
    await place.ann.call("POST", "/groups/garden/leave")
    for member, role in ((place.bob, "admin"), (place.ann, "member")):
        assert (await member.call("POST", "/groups/garden/join"))["my"]["role"] == role


async def test_being_let_in(place: Place) -> None:
    await place.cleo.call("POST", "/groups/home-lab/join")
    async with place.cleo.live() as cleos, place.bob.live() as bobs:
        await place.ann.post(place.topic, "before")
        member = await place.ann.call("POST", "/groups/home-lab/requests/cleo/accept")
        assert (member["user"]["username"], member["role"]) == ("cleo", "member")
        await place.ann.post(place.topic, "after")
        assert kinds(await heard(place.cleo, cleos)) == ["member_joined", "message_posted"]
        assert kinds(await heard(place.bob, bobs)) == ["message_posted", "member_joined", "message_posted"]
    assert await asks(place) == []
    assert [one["text"] for one in await place.cleo.messages(place.topic)] == ["before", "after"]
    assert await status(place.ann, "POST", "/groups/home-lab/requests/cleo/accept") == 404
    entry = (await place.audit())[0]
    assert (entry.act, entry.user and entry.user.username, entry.group_id) == ("accept request", "cleo", place.group)


async def test_being_declined(place: Place) -> None:
    await place.cleo.call("POST", "/groups/home-lab/join")
    async with place.cleo.live() as cleos, place.ann.live() as anns:
        answer = await send(place.ann, "POST", f"/groups/home-lab/requests/{place.cleo.id}/decline")
        assert (answer.status_code, answer.content) == (204, b"")
        assert await heard(place.cleo, cleos) == []
        assert await asks(place) == []
        assert await status(place.cleo, "GET", "/groups/home-lab") == 404
        await place.cleo.call("POST", "/groups/home-lab/join")  # they may ask again
        assert kinds(await heard(place.ann, anns)) == ["join_requested"]
    assert await asks(place) == ["cleo"]
    assert "decline request" in [entry.act for entry in await place.audit()]


async def test_only_admins_answer_and_see_who_asks(place: Place) -> None:
    await place.cleo.call("POST", "/groups/home-lab/join")
    boss = await place.chat.member("boss", role="owner")
    ways = [("GET", ""), ("POST", "/cleo/accept"), ("POST", "/cleo/decline"), ("POST", "/nobody/accept")]
    for method, end in ways:
        assert await status(place.bob, method, f"/groups/home-lab/requests{end}") == 403
        for member in (place.cleo, place.gus, boss):
            answers = [await send(member, method, f"/groups/{which}/requests{end}") for which in ("home-lab", "none")]
            assert answers[0].status_code == 404
            assert comparable(answers[0]) == comparable(answers[1])
    # Who did not ask, and who is not there.
    answers = [await send(place.ann, "POST", f"/groups/home-lab/requests/{who}/accept") for who in ("gus", "nobody")]
    assert answers[0].status_code == 404
    assert comparable(answers[0]) == comparable(answers[1])
    assert await asks(place) == ["cleo"]


async def test_who_asks_is_listed_page_by_page(place: Place) -> None:
    for name in ("zoe", "max", "eve"):
        await (await place.chat.member(name)).call("POST", "/groups/home-lab/join")
    first = await place.ann.call("GET", "/groups/home-lab/requests", limit=2)
    assert [one["user"]["username"] for one in first["items"]] == ["eve", "max"]
    rest = await place.ann.call("GET", "/groups/home-lab/requests", limit=2, cursor=first["next"])
    assert [list(one) for one in rest["items"]] == [["user", "created_at"]]
    assert (rest["items"][0]["user"]["username"], rest["next"]) == ("zoe", None)


async def test_who_is_deactivated_is_not_let_in(place: Place) -> None:
    boss = await place.chat.member("boss", role="owner")
    await place.cleo.call("POST", "/groups/home-lab/join")
    await boss.call("POST", "/users/cleo/deactivate")
    assert await status(place.ann, "POST", "/groups/home-lab/requests/cleo/accept") == 409
    assert await asks(place) == ["cleo"]
    await boss.call("POST", "/users/cleo/reactivate")
    assert await status(place.ann, "POST", "/groups/home-lab/requests/cleo/accept") == 200


async def test_who_comes_in_otherwise_does_not_ask_any_more(place: Place) -> None:
    for member in (place.cleo, place.gus):
        await member.call("POST", "/groups/home-lab/join")
    await place.ann.call("PUT", "/groups/home-lab/members/cleo", {"role": "member"})
    assert await asks(place) == ["gus"]
    code = (await place.ann.call("POST", "/groups/home-lab/invitations", {}))["code"]
    await place.gus.call("POST", "/invitations/accept", {"code": code})
    assert await asks(place) == []
    await place.ann.call("DELETE", "/groups/home-lab/members/cleo")
    assert await asks(place) == []


async def test_requests_go_with_the_group(place: Place) -> None:
    await place.cleo.call("POST", "/groups/home-lab/join")
    assert await place.count("join_requests") == 1
    await place.ann.call("DELETE", "/groups/home-lab")
    assert await place.count("join_requests") == 0


async def test_accepting_and_declining_at_once(place: Place) -> None:
    """One of them answers the request; the other finds none."""
    await place.ann.call("PUT", "/groups/home-lab/members/bob", {"role": "admin"})
    for attempt in range(10):
        someone = await place.chat.member(f"someone-{attempt}")
        await someone.call("POST", "/groups/home-lab/join")
        answers: dict[str, int] = {}

        async def answer(member: Member, how: str, who: str, into: dict[str, int]) -> None:
            into[how] = await status(member, "POST", f"/groups/home-lab/requests/{who}/{how}")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(answer, place.ann, "accept", someone.username, answers)
            nursery.start_soon(answer, place.bob, "decline", someone.username, answers)
        is_in = await status(someone, "GET", "/groups/home-lab") == 200
        assert answers == ({"accept": 200, "decline": 404} if is_in else {"accept": 404, "decline": 204})
    assert await asks(place) == []
