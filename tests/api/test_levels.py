"""Levels and keyword alerts in the API. (What they do to counts: tests/live/test_unread.py.)"""

from __future__ import annotations

from convore_lite.routes.api import BASE

from .answers import check_problem
from .conftest import Place


async def test_levels(place: Place) -> None:
    topic, group = f"/topics/{place.topic}", f"/groups/{place.group['id']}"
    async with place.bob.live() as one, place.bob.live() as other, place.ann.live() as anns:
        for path, topic_id in ((topic, place.topic), (group, None)):
            for level in ("mute", "mute", "follow", "normal"):
                await place.bob.call("PUT", f"{path}/level", {"level": level})
                assert (await place.bob.call("GET", path))["my"]["level"] == level
            for stream in (one, other):
                told = [await stream.next("level_changed") for _ in range(3)]
                assert [event["level"] for event in told] == ["mute", "follow", "normal"]
                assert {(event["group_id"], event["topic_id"]) for event in told} == {(place.group["id"], topic_id)}
        await place.ann.call("PATCH", "/me", {"settings": {"now": 1}})
        assert "level_changed" not in [event["kind"] for event in await anns.until("settings_changed")]
    for path in (topic, group):
        check_problem(await place.cleo.http.put(f"{BASE}{path}/level", json={"level": "mute"}), 403)
        check_problem(await place.bob.http.put(f"{BASE}{path}/level", json={"level": "loud"}), 422, "level")


async def test_keywords_are_words(place: Place) -> None:
    chosen = await place.bob.call("PUT", "/me/keywords", {"keywords": ["Cat", "cat ", "C++", "home  LAB"]})
    assert chosen == {"keywords": ["c++", "cat", "home lab"]} == await place.bob.call("GET", "/me/keywords")
    for text, keyword in (
        ("A CAT!", "cat"),
        ("concatenate", None),
        ("I write C++.", "c++"),
        ("a c and a cplusplus", None),
        ("in the Home\nlab", "home lab"),
        ("in the homelab", None),
    ):
        said = await place.ann.post(place.topic, text)
        mentions = (await place.bob.call("GET", "/me/mentions"))["items"]
        found = {mention["message"]["id"]: mention["keyword"] for mention in mentions}
        assert found.get(said["id"]) == keyword, text
        assert (said["id"] in found) == (keyword is not None), text


async def test_whom_a_keyword_concerns(place: Place) -> None:
    """Members but the author; not from people one ignores; a name goes before a word."""
    for member in (place.ann, place.bob, place.cleo):
        await member.call("PUT", "/me/keywords", {"keywords": ["tea"]})
    async with place.bob.live() as stream:
        await place.ann.post(place.topic, "tea?")
        told = await stream.next("mentioned")
        assert (told["keyword"], told["by"]["username"]) == ("tea", "ann")
        await place.ann.post(place.topic, "tea, @bob?")
        assert (await stream.next("mentioned"))["keyword"] is None
    count = {
        member.username: len((await member.call("GET", "/me/mentions"))["items"]) for member in (place.ann, place.cleo)
    }
    assert count == {"ann": 0, "cleo": 0}
    await place.bob.call("PUT", "/me/ignored/ann")
    assert (await place.bob.call("GET", "/me/mentions"))["items"] == []


async def test_what_is_refused(place: Place) -> None:
    for words, field in (
        (["x"], "keywords.0"),
        (["fine", "x" * 61], "keywords.1"),
        (["++"], "keywords.0"),
        ([f"word {number}" for number in range(51)], "keywords"),
    ):
        check_problem(await place.bob.http.put(f"{BASE}/me/keywords", json={"keywords": words}), 422, field)
    assert await place.bob.call("GET", "/me/keywords") == {"keywords": []}
