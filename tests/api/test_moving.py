"""Moving messages and topics, and making topics of messages. (What is unread after it: tests/live/test_unread.py.)"""

from __future__ import annotations

from typing import Any

import pytest

from convore_lite.routes.api import BASE

from .answers import check_problem
from .conftest import Place


async def said_in(place: Place, count: int) -> list[dict[str, Any]]:
    return [await place.bob.post(place.topic, f"number {number}") for number in range(1, count + 1)]


async def test_making_a_topic(place: Place) -> None:
    said = await said_in(place, 5)
    ids = [said[number]["id"] for number in (3, 1)]
    async with place.bob.live() as stream:
        made = await place.ann.call(
            "POST",
            f"/topics/{place.topic}/move",
            {"message_ids": ids, "to": {"group_id": place.group["id"], "name": "Apart"}},
        )
        opened, moved = await stream.next("topic_opened"), await stream.next("messages_moved")
    assert opened["topic"]["id"] == made["id"]
    assert (moved["message_ids"], moved["from_topic_id"]) == (sorted(ids), place.topic)
    assert (moved["to_topic"]["id"], moved["to_topic"]["message_count"]) == (made["id"], 2)
    assert (made["name"], made["slug"], made["message_count"], made["last_seq"]) == ("Apart", "apart", 2, 2)
    there = await place.bob.messages(made["id"])
    assert [(one["id"], one["seq"], one["text"]) for one in there] == [
        (said[1]["id"], 1, "number 2"),
        (said[3]["id"], 2, "number 4"),
    ]
    here = await place.bob.messages(place.topic)
    assert [one["seq"] for one in here] == [1, 2, 3, 4, 5]
    assert [one["deleted"] for one in here] == [False, True, False, True, False]
    assert {one["text"] for one in here} == {"number 1", "", "number 3", "number 5"}
    assert not {one["id"] for one in here} & set(ids)
    assert (await place.bob.call("GET", f"/messages/{ids[0]}"))["topic_id"] == made["id"]
    topic = await place.bob.call("GET", f"/topics/{place.topic}")
    assert (topic["message_count"], topic["last_seq"]) == (3, 5)
    assert (await place.bob.post(place.topic, "goes on"))["seq"] == 6
    assert (await place.bob.post(made["id"], "goes on"))["seq"] == 3


async def test_when_a_topic_was_spoken_in_last(place: Place) -> None:
    said = await said_in(place, 3)
    other = await place.ann.open_topic("home-lab", "Other")
    body = {"message_ids": [one["id"] for one in said[1:]], "to": {"topic_id": other["id"]}}
    moved = await place.ann.call("POST", f"/topics/{place.topic}/move", body)
    assert moved["last_message_at"] == said[2]["created_at"]
    left = await place.ann.call("GET", f"/topics/{place.topic}")
    assert left["last_message_at"] == said[0]["created_at"]
    body = {"message_ids": [said[0]["id"]], "to": {"topic_id": other["id"]}}
    await place.ann.call("POST", f"/topics/{place.topic}/move", body)
    assert (await place.ann.call("GET", f"/topics/{place.topic}"))["last_message_at"] is None


async def test_what_is_refused(place: Place) -> None:
    said = await said_in(place, 2)
    other = await place.ann.open_topic("home-lab", "Other", "there")
    [there] = await place.ann.messages(other["id"])
    path, to = f"{BASE}/topics/{place.topic}/move", {"topic_id": other["id"]}
    ids = [one["id"] for one in said]
    for wrong, field in (
        ([], "message_ids"),
        ([ids[0], ids[0]], "message_ids"),
        (list(range(1, 202)), "message_ids"),
        ([ids[0], there["id"]], "message_ids.1"),
        ([9999], "message_ids.0"),
    ):
        check_problem(await place.ann.http.post(path, json={"message_ids": wrong, "to": to}), 422, field)
    for target in ({}, {"topic_id": 1, "name": "x"}, {"group_id": 1}, {"name": "x"}):
        check_problem(await place.ann.http.post(path, json={"message_ids": ids, "to": target}), 422)
    same = {"message_ids": ids, "to": {"topic_id": place.topic}}
    check_problem(await place.ann.http.post(path, json=same), 422)
    assert (
        await place.ann.refused("POST", f"/topics/{place.topic}/move", {"message_ids": ids, "to": {"topic_id": 99}})
    )["status"] == 404
    for member in (place.bob, place.cleo):
        check_problem(await member.http.post(path, json={"message_ids": ids, "to": to}), 403)
    bobs = await place.bob.create_group("Garden")
    abroad = {"message_ids": ids, "to": {"group_id": bobs["id"], "name": "x"}}
    check_problem(await place.ann.http.post(path, json=abroad), 403)
    conversation, _ = (await place.ann.call("POST", "/direct", {"usernames": ["bob"]})), None
    direct = {"message_ids": ids, "to": {"topic_id": conversation["default_topic_id"]}}
    check_problem(await place.ann.http.post(path, json=direct), 409)
    assert [one["deleted"] for one in await place.ann.messages(place.topic)] == [False, False]


async def test_a_topic_comes_as_a_guest_where_its_mover_is_no_admin(place: Place) -> None:
    """Neither pinned nor locked: the admins there say that."""
    garden = await place.bob.create_group("Garden")
    await place.ann.join("garden")
    topic = await place.bob.open_topic("home-lab", "Things")
    await place.ann.call("PATCH", f"/topics/{topic['id']}", {"pinned": True, "locked": True})
    moved = await place.ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": garden["id"]})
    assert (moved["group_id"], moved["pinned"], moved["locked"]) == (garden["id"], False, False)
    await place.ann.post(topic["id"], "goes on here")


async def test_a_topic_goes_to_another_group(place: Place) -> None:
    hidden = await place.ann.create_group("Hidden", "private")
    await place.ann.open_topic(hidden["id"], "Things")
    topic = await place.bob.open_topic("home-lab", "Things", "said before")
    assert await place.ann.unread(topic["id"]) == 1
    await place.ann.call("PATCH", f"/topics/{topic['id']}", {"pinned": True})
    moved = await place.ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": hidden["id"]})
    assert (moved["group_id"], moved["slug"], moved["pinned"]) == (hidden["id"], "things-2", True)
    assert moved["my"]["unread"] == 1
    assert (await place.bob.refused("GET", f"/topics/{topic['id']}"))["status"] == 404
    await place.ann.call("PUT", f"/groups/{hidden['id']}/members/bob", {"role": "member"})
    assert (await place.bob.call("GET", f"/topics/{topic['id']}"))["my"]["unread"] == 0
    back = await place.ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": place.group["id"]})
    assert (back["group_id"], back["slug"]) == (place.group["id"], "things")


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
async def test_the_topic_a_group_opens_with_stays(place: Place, verb: str) -> None:
    other = await place.ann.create_group("Other")
    body = {"group_id": other["id"]} if verb == "PATCH" else None
    check_problem(await place.ann.http.request(verb, f"{BASE}/topics/{place.topic}", json=body), 409)
    topic = await place.bob.open_topic("home-lab", "Second", "said")
    check_problem(await place.bob.http.request(verb, f"{BASE}/topics/{topic['id']}", json=body), 403)
    await place.ann.call(verb, f"/topics/{topic['id']}", body)
