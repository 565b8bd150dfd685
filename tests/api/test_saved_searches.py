"""Following a search: what is new in it, up to where one has looked, and nobody else's business."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import Chat, Member


async def followed(chat: Chat, member: Member) -> dict[str, Any]:
    """What a member follows, by what they typed."""
    await chat.searchable()
    return {one["query"]: one for one in (await member.call("GET", "/me/searches"))["items"]}


async def follow(chat: Chat, member: Member, query: str, **more: str) -> dict[str, Any]:
    await chat.searchable()
    saved: dict[str, Any] = await member.call("POST", "/me/searches", {"query": query, **more})
    return saved


async def test_what_others_say_from_then_on_is_new_until_one_has_looked(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await ann.create_group("Home lab")
    await bob.join("home-lab")
    await bob.post(lab["default_topic_id"], "restic before")
    saved = await follow(chat, ann, "restic")
    assert saved["new"] == 0
    await bob.post(lab["default_topic_id"], "restic again")
    await ann.post(lab["default_topic_id"], "restic, say I")
    await bob.post(lab["default_topic_id"], "borg")
    there = (await followed(chat, ann))["restic"]
    assert there["new"] == 1
    await bob.post(lab["default_topic_id"], "restic while ann looks")
    await ann.call("PUT", f"/me/searches/{saved['id']}/seen", {"message_id": there["newest"]})
    assert (await followed(chat, ann))["restic"]["new"] == 1
    await ann.call("PUT", f"/me/searches/{saved['id']}/seen", {"message_id": 1})  # nobody unsees
    assert (await followed(chat, ann))["restic"]["new"] == 1
    await ann.call("PUT", f"/me/searches/{saved['id']}/seen", {"message_id": 2**50})  # nor sees what is not there yet
    assert (await followed(chat, ann))["restic"]["new"] == 0
    await bob.post(lab["default_topic_id"], "restic at last")
    assert (await followed(chat, ann))["restic"]["new"] == 1


async def test_operators_count_as_they_find(chat: Chat) -> None:
    ann, bob, cem = await chat.member("ann"), await chat.member("bob"), await chat.member("cem")
    lab, kitchen = await ann.create_group("Home lab"), await ann.create_group("Kitchen")
    await bob.join("kitchen")
    await cem.join("home-lab")
    queries = ("from:bob", "in:kitchen tea", '"green tea"', "tea -green", "tea OR coffee", "topic:general tea", "coffe")
    for query in queries:
        await follow(chat, ann, query)
    await bob.post(kitchen["default_topic_id"], "green tea")
    await cem.post(lab["default_topic_id"], "tea, green")
    await cem.post(lab["default_topic_id"], "a coffee")
    counts = {query: one["new"] for query, one in (await followed(chat, ann)).items()}
    in_words = {"tea -green": 0, "tea OR coffee": 3, "coffe": 1, '"green tea"': 1, "in:kitchen tea": 1, "from:bob": 1}
    assert counts == {**in_words, "topic:general tea": 2}
    for query in queries:
        found = await ann.call("GET", "/search", q=query)
        assert counts[query] == found["total"], query


async def test_what_cannot_be_read_counts_for_nobody(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    vault = await ann.create_group("Vault", "private")
    await ann.call("PUT", f"/groups/{vault['id']}/members/bob", {"role": "member"})
    await follow(chat, bob, "kingfisher")
    said = await ann.post(vault["default_topic_id"], "a kingfisher")
    other = await ann.post(vault["default_topic_id"], "one more kingfisher")
    assert (await followed(chat, bob))["kingfisher"]["new"] == 2
    await ann.call("DELETE", f"/messages/{said['id']}")
    assert (await bob.call("GET", "/me/searches"))["items"][0]["new"] == 1
    await bob.call("PUT", "/me/ignored/ann")
    assert (await followed(chat, bob))["kingfisher"]["new"] == 0
    await bob.call("DELETE", "/me/ignored/ann")
    assert (await followed(chat, bob))["kingfisher"]["new"] == 1
    await ann.call("DELETE", f"/groups/{vault['id']}/members/bob")
    assert (await bob.call("GET", "/me/searches"))["items"][0]["new"] == 0
    assert other["id"] > said["id"]


async def test_what_makes_no_sense_is_not_followed(chat: Chat) -> None:
    ann = await chat.member("ann")
    assert "date" in (await ann.refused("POST", "/me/searches", {"query": "tea before:never"}))["detail"]
    assert (await ann.refused("POST", "/me/searches", {"query": "   "}))["status"] == 422
    assert (await ann.refused("POST", "/me/searches", {"query": "tea", "zone": "Moon/Crater"}))["status"] == 422
    assert await followed(chat, ann) == {}


async def test_the_same_search_is_followed_once_and_only_so_many_are(chat: Chat) -> None:
    ann = await chat.member("ann")
    first = await follow(chat, ann, "green  tea ")
    assert first["query"] == "green tea"
    assert (await follow(chat, ann, "green tea"))["id"] == first["id"]
    for number in range(19):
        await ann.call("POST", "/me/searches", {"query": f"tea {number}"})
    assert "20" in (await ann.refused("POST", "/me/searches", {"query": "one more"}))["detail"]
    await ann.call("DELETE", f"/me/searches/{first['id']}")
    await ann.call("POST", "/me/searches", {"query": "one more"})


async def test_nobody_else_knows(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    saved = await follow(chat, ann, "surprise party")
    assert list(await followed(chat, ann)) == ["surprise party"]
    assert await followed(chat, bob) == {}
    assert (await bob.refused("DELETE", f"/me/searches/{saved['id']}"))["status"] == 404
    assert (await bob.refused("PUT", f"/me/searches/{saved['id']}/seen", {"message_id": 1}))["status"] == 404
    assert list(await followed(chat, ann)) == ["surprise party"]


async def test_other_tabs_hear_of_it(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    async with ann.live() as mine, bob.live() as theirs:
        saved = await follow(chat, ann, "tea")
        assert set(await mine.next("saved_searches_changed")) == {"id", "kind", "at"}
        await ann.call("DELETE", f"/me/searches/{saved['id']}")
        await mine.next("saved_searches_changed")
        lab = await bob.create_group("Home lab")
        await bob.post(lab["default_topic_id"], "hello")
        assert (await theirs.next())["kind"] != "saved_searches_changed"


async def test_an_erased_account_follows_nothing(chat: Chat) -> None:
    ann = await chat.member("ann")
    await follow(chat, ann, "surprise party")
    count = "SELECT count(*) FROM saved_searches"
    store = chat.appliance.app.store
    assert await store.read(lambda conn: conn.execute(count).fetchone()[0]) == 1
    await (await chat.signed_in(ann)).call("DELETE", "/me", {"password": ann.password, "messages": "keep"})
    assert await store.read(lambda conn: conn.execute(count).fetchone()[0]) == 0
