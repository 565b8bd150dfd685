"""Nobody finds what they may not read: not in hits, nor in how many there are, nor in what was perhaps meant, nor among places."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import Chat, Member

from .conftest import Find, texts

# Each would find something in the vault: whole, begun, mistyped, by the name of a topic, by an operator alone.
SEARCHES = (
    "kingfisher",
    "kingf",
    "kingfihser",
    '"blue kingfisher"',
    "heron kingfisher",
    "heron OR kingfisher",
    "from:ann",
    "in:vault",
    "topic:nest",
    "-heron",
    "has:link",
    "is:resolved",
    "mentions:bob",
    "on:today",
    "nest",
)


async def everything(chat: Chat, member: Member) -> dict[str, Any]:
    """What all these searches and jumps give."""
    await chat.searchable()
    found = {}
    for text in SEARCHES:
        for sort in ("relevance", "newest"):
            found[f"{text} {sort}"] = await member.call("GET", "/search", q=text, sort=sort)
        found[f"jump {text}"] = await member.call("GET", "/search/jump", q=text)
        found[f"topics {text}"] = await member.call("GET", "/search/jump", q=text, kind="topics")
    for kind in ("people", "groups", "topics"):
        found[f"all {kind}"] = await member.call("GET", "/search/jump", kind=kind)
    return found


async def speak_in(member: Member, group: dict[str, Any], name: str) -> dict[str, Any]:
    topic = await member.open_topic(group["id"], name, "a blue kingfisher, @bob, at https://example.org/nest")
    await member.call("PATCH", f"/topics/{topic['id']}", {"resolved": True})
    for _ in range(12):
        await member.post(topic["id"], "kingfisher kingfishers kingfished, and a heron")
    return topic


async def test_what_is_said_elsewhere_makes_no_difference(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await bob.create_group("Home lab")
    await bob.post(lab["default_topic_id"], "a heron at the pond")
    vault = await ann.create_group("Vault", "private")
    before = await everything(chat, bob)
    await speak_in(ann, vault, "The nest")
    hers = await everything(chat, ann)
    assert hers["kingfihser relevance"]["did_you_mean"] == "kingfisher"
    assert [group["slug"] for group in hers["all groups"]["groups"]] == ["vault", "home-lab"]
    assert "vault" in [group["slug"] for group in hers["all topics"]["topic_groups"]]
    assert await everything(chat, bob) == before


async def test_a_guest_finds_nothing_public(chat: Chat) -> None:
    ann, guest = await chat.member("ann"), await chat.member("gus", role="guest")
    member = await chat.member("bob")
    before = await everything(chat, guest)
    await speak_in(ann, await ann.create_group("Vault"), "The nest")
    assert (await everything(chat, member))["kingfisher relevance"]["total"] == 13
    assert await everything(chat, guest) == before


async def test_taken_out_and_let_in_again(chat: Chat) -> None:
    """At once, before the index could have heard of anything."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    vault = await ann.create_group("Vault", "private")
    before = await everything(chat, bob)
    await ann.call("PUT", f"/groups/{vault['id']}/members/bob", {"role": "member"})
    await speak_in(ann, vault, "The nest")
    inside = await everything(chat, bob)
    assert inside["kingfisher relevance"]["total"] == 13
    await ann.call("DELETE", f"/groups/{vault['id']}/members/bob")
    assert (await bob.call("GET", "/search", q="kingfisher"))["total"] == 0
    assert await everything(chat, bob) == before
    await ann.call("PUT", f"/groups/{vault['id']}/members/bob", {"role": "member"})
    assert (await bob.call("GET", "/search", q="kingfisher"))["total"] == 13


async def test_what_moves_out_of_sight_is_not_found_any_more(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab, vault = await ann.create_group("Home lab"), await ann.create_group("Vault", "private")
    topic = await speak_in(ann, lab, "The nest")
    single = await ann.post(lab["default_topic_id"], "one more kingfisher")
    await chat.searchable()
    assert (await bob.call("GET", "/search", q="kingfisher"))["total"] == 14
    move = {"message_ids": [single["id"]], "to": {"topic_id": vault["default_topic_id"]}}
    await ann.call("POST", f"/topics/{lab['default_topic_id']}/move", move)
    assert (await bob.call("GET", "/search", q="kingfisher"))["total"] == 13
    await ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": vault["id"]})
    assert (await bob.call("GET", "/search", q="kingfisher"))["total"] == 0
    await chat.searchable()
    assert (await bob.call("GET", "/search", q="kingfisher"))["total"] == 0
    assert (await ann.call("GET", "/search", q="kingfisher"))["total"] == 14
    await ann.call("PATCH", f"/groups/{lab['id']}", {"kind": "private"})
    assert (await bob.call("GET", "/search", q="heron"))["total"] == 0


async def test_whom_one_ignores_is_not_found(chat: Chat, find: Find) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await ann.create_group("Home lab")
    await bob.join("home-lab")
    await bob.post(lab["default_topic_id"], "a kingfisher")
    await ann.post(lab["default_topic_id"], "no kingfisher")
    assert (await find(ann, "kingfisher"))["total"] == 2
    await ann.call("PUT", "/me/ignored/bob")
    assert texts(await find(ann, "kingfisher")) == ["no kingfisher"]
    assert (await find(ann, "kingfisher"))["total"] == 1


async def test_keywords_are_ones_own(chat: Chat, find: Find) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await ann.create_group("Home lab")
    await bob.join("home-lab")
    await bob.call("PUT", "/me/keywords", {"keywords": ["kingfisher"]})
    await ann.post(lab["default_topic_id"], "a kingfisher")
    assert (await find(bob, "to:me"))["total"] == 1
    assert (await find(ann, "mentions:bob"))["total"] == 0


async def test_which_hit_comes_first_is_reckoned_from_what_one_reads(chat: Chat) -> None:
    """By how rare a word is: to all who read the vault herons are usual, to bob kingfishers are."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await bob.create_group("Home lab")
    vault = await ann.create_group("Vault", "private")
    said = ["one heron", "one kingfisher", "more kingfisher", "still kingfisher", "a kingfisher"]
    for text in said:
        await bob.post(lab["default_topic_id"], text)
    await ann.join("home-lab")
    await chat.searchable()
    before = await bob.call("GET", "/search", q="kingfisher OR heron")
    assert texts(before)[0] == "one heron"
    for number in range(30):
        await ann.post(vault["default_topic_id"], f"heron {number}")
    await chat.searchable()
    assert await bob.call("GET", "/search", q="kingfisher OR heron") == before
    firsts = texts(await ann.call("GET", "/search", q="kingfisher OR heron in:home-lab"))
    assert set(firsts) == set(said)
    assert firsts[-1] == "one heron"


async def test_what_was_renamed_is_found_by_the_address_it_had(chat: Chat, find: Find) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab, vault = await ann.create_group("Home lab"), await ann.create_group("Vault", "private")
    topic = await ann.open_topic(lab["id"], "Backups", "a kingfisher")
    secret = await ann.open_topic(vault["id"], "Nest", "a heron")
    await ann.call("PATCH", f"/topics/{topic['id']}", {"name": "Copies"})
    await ann.call("PATCH", "/groups/home-lab", {"slug": "attic"})
    for text in ("in:home-lab", "topic:home-lab/backups", "topic:attic/backups", "topic:home-lab/copies"):
        answer = await find(bob, text)
        assert (texts(answer), answer["mistakes"]) == (["a kingfisher"], []), text
    # Where something comes from is known to those alone who read there.
    await ann.call("PATCH", f"/topics/{secret['id']}", {"group_id": lab["id"]})
    assert texts(await find(ann, "topic:vault/nest")) == ["a heron"]
    assert (await find(bob, "topic:vault/nest"))["mistakes"]
    await ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": vault["id"]})
    assert (await find(bob, "topic:attic/backups"))["mistakes"]
