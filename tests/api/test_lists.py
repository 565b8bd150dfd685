"""Lists: pages of a limited length, until there is no next one."""

from __future__ import annotations

from typing import Any

from convore_lite.routes.api import BASE
from convore_lite.testing import Member

from .answers import check_problem
from .conftest import Place


async def whole(member: Member, path: str, limit: int, **query: Any) -> list[Any]:
    """All of a list, page by page."""
    items: list[Any] = []
    cursor: Any = ""
    for _ in range(100):
        page = await member.call("GET", path, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        assert list(page) == ["items", "next"]
        assert len(page["items"]) == limit or page["next"] is None
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items
    raise AssertionError(f"{path} has no end")


async def test_every_list_goes_on_to_its_end(place: Place) -> None:
    chat, ann = place.chat, await place.chat.signed_in(place.ann)
    more = [await chat.member(f"more{number}", name=f"Zed {number}") for number in range(2)]
    for number in range(7):
        await ann.create_group(f"Group {number}")
        await ann.open_topic("home-lab", f"Topic {number}")
        await ann.call("POST", "/me/tokens", {"name": f"token {number}", "scope": "read"})
        await place.bob.post(place.topic, f"hello @ann {number}")
    for member in (place.cleo, *more):
        await member.join("home-lab")
        await ann.call("PUT", f"/me/ignored/{member.username}")
    expected = {
        "/users": 5,
        "/users?q=zed": 2,
        "/groups": 8,
        "/groups?discover=popular": 8,
        "/groups?discover=recent": 8,
        "/groups?discover=alphabetical&q=group": 7,
        "/groups?q=group": 7,
        "/groups/home-lab/topics": 8,
        "/groups/home-lab/members": 5,
        "/me/mentions": 7,
        "/me/tokens": 8,
        "/me/ignored": 3,
    }
    for asked, count in expected.items():
        path, _, query = asked.partition("?")
        given = dict(part.split("=") for part in query.split("&") if part)
        alone = await whole(ann, path, 200, **given)
        assert len(alone) == count, asked
        for limit in (1, 2, 3, 7, 8):
            assert await whole(ann, path, limit, **given) == alone, (asked, limit)
        for limit in (0, 201, -1):
            answer = await ann.http.get(f"{BASE}{path}", params={"limit": limit, **given})
            check_problem(answer, 422, "limit")


async def test_a_list_is_fifty_long_where_nothing_is_said(place: Place) -> None:
    for number in range(55):
        await place.bob.post(place.topic, f"{number}")
    page = await place.ann.call("GET", f"/topics/{place.topic}/messages")
    assert [message["text"] for message in page["items"]] == [str(number) for number in range(5, 55)]
    assert page["next"] == page["items"][0]["id"]


async def test_discovering_in_every_order(place: Place) -> None:
    for name in ("beta", "Alpha"):
        await place.ann.create_group(name)
    await place.cleo.join("alpha")
    await place.ann.create_group("Hidden", "private")
    await check_order(place, "alphabetical", ["alpha", "beta", "home-lab"])
    await check_order(place, "recent", ["alpha", "beta", "home-lab"])
    await check_order(place, "popular", ["alpha", "home-lab", "beta"])
    for words, found in (("ALPHA", ["alpha"]), ("b", ["beta", "home-lab"]), ("%", []), ("_", []), ("hidden", [])):
        listed = await place.ann.call("GET", "/groups", q=words)
        assert [group["slug"] for group in listed["items"]] == found, words


async def check_order(place: Place, order: str, slugs: list[str]) -> None:
    listed = await place.cleo.call("GET", "/groups", discover=order)
    assert [group["slug"] for group in listed["items"]] == slugs
    roles = {group["slug"]: group["my"]["role"] for group in listed["items"]}
    assert roles == {"alpha": "member", "beta": None, "home-lab": None}
