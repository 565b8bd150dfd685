"""Topics in the API."""

from __future__ import annotations

from convore_lite.routes.api import BASE

from .answers import check_problem, count_rows
from .conftest import Place


async def test_opening_a_topic(place: Place) -> None:
    topic = await place.bob.open_topic("home-lab", "Backups", "Who makes *backups*?")
    assert list(topic) == [
        *("id", "group_id", "slug", "name", "creator", "created_at", "last_message_at", "message_count", "last_seq"),
        *("resolved", "locked", "pinned", "my"),
    ]
    assert (topic["slug"], topic["name"], topic["group_id"]) == ("backups", "Backups", place.group["id"])
    assert (topic["message_count"], topic["last_seq"], topic["creator"]["username"]) == (1, 1, "bob")
    assert topic["my"] == {"unread": 0, "mentions": 0, "read_seq": 1, "level": "normal"}
    assert await place.bob.call("GET", f"/topics/{topic['id']}") == topic
    assert (await place.ann.call("GET", f"/topics/{topic['id']}"))["my"]["unread"] == 1
    [message] = await place.ann.messages(topic["id"])
    assert (message["text"], message["author"]["username"]) == ("Who makes *backups*?", "bob")
    empty = await place.bob.open_topic(place.group["id"], "Empty")
    assert (empty["last_message_at"], empty["message_count"]) == (None, 0)


async def test_every_topic_gets_an_address_of_its_own(place: Place) -> None:
    for name in ("Standup", "2026", "Settings", "x" * 80, "!!!", "日本語", "e\u0301"):
        slugs = [(await place.ann.open_topic("home-lab", name))["slug"] for _ in range(12)]
        assert len(set(slugs)) == 12
        assert not any(slug.isdigit() or slug == "settings" for slug in slugs)
    other = await place.ann.create_group("Elsewhere")
    assert (await place.ann.open_topic(other["id"], "Standup"))["slug"] == "standup"


async def test_the_latest_topics_come_first(place: Place) -> None:
    topics = [await place.ann.open_topic("home-lab", f"Topic {number}", "x") for number in range(5)]
    await place.ann.post(topics[1]["id"], "again")
    listed, cursor = [], ""
    while True:
        page = await place.ann.call("GET", "/groups/home-lab/topics", limit=2, cursor=cursor)
        listed += [topic["id"] for topic in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    first = topics[1]["id"]
    assert listed == [first, *[topic["id"] for topic in topics[::-1] if topic["id"] != first], place.topic]


async def test_who_may_open_a_topic(place: Place) -> None:
    before = await count_rows(place.chat)
    path = f"{BASE}/groups/home-lab/topics"
    check_problem(await place.cleo.http.post(path, json={"name": "Spam", "text": "x"}), 403)
    check_problem(await place.ann.http.post(path, json={"name": "", "text": "x"}), 422, "name")
    check_problem(await place.ann.http.post(path, json={"name": "x" * 81}), 422, "name")
    check_problem(await place.ann.http.post(path, json={"name": "Long", "text": "x" * 16385}), 413)
    check_problem(await place.ann.http.post(path, json={"name": "Empty", "text": ""}), 422, "text")
    check_problem(await place.ann.http.post(f"{BASE}/groups/nothing/topics", json={"name": "x"}), 404)
    assert await count_rows(place.chat) == before
