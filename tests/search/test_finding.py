"""What is said is found, by its words and by what is known of it."""

from __future__ import annotations

from convore_lite.testing import Chat

from .conftest import Find, texts


async def test_a_message_is_found_by_a_form_of_its_words(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    await ann.post(lab["default_topic_id"], "Nightly backups run at 2:30, restic to the box in the cellar <now>.")
    answer = await find(ann, "backup restic")
    [hit] = answer["items"]
    assert hit["snippet_html"] == (
        "Nightly <mark>backups</mark> run at 2:30, <mark>restic</mark> to the box in the cellar &lt;now&gt;."
    )
    assert answer["total"] == 1
    assert answer["next"] is None
    assert answer["mistakes"] == []


async def test_a_typing_mistake_is_forgiven_and_told(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    await ann.post(lab["default_topic_id"], "How do we receive the certificate?")
    answer = await find(ann, "recieve certficate")
    assert texts(answer) == ["How do we receive the certificate?"]
    assert answer["did_you_mean"] == "receive certificate"
    assert "<mark>receive</mark>" in answer["items"][0]["snippet_html"]


async def test_scripts_without_spaces_are_found_beside_others(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    for text, searches in (
        ("we went to 東京 tower", ['"東京 tower"', "東京 tower", '"to 東京"', "東京tower"]),
        ("東京tower is high", ["東京tower", "東京tow", '"東京tower is"']),
        ("版本3.2发布", ["版本3", "版本3.2", "版本3.2发布", '"版本3.2"', "版本"]),
        ("用Python写的", ["用Python写的", '"用Python写的"', "用Pyth"]),
        ("สวัสดี hello", ['"สวัสดี hello"', "สวัส"]),
        ("한국어 bom", ['"한국어 bom"', "한국어 bo"]),
        ("我爱你 我", ['"我爱你 我"']),
        ("東京👍", ["東京👍", '"東京👍"']),
    ):
        await ann.post(lab["default_topic_id"], text)
        for search in searches:
            assert text in texts(await find(ann, search)), search


async def test_edits_deletions_and_moves_are_followed(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    other = await ann.open_topic(lab["id"], "Somewhere else")
    message = await ann.post(lab["default_topic_id"], "a kingfisher at the pond")
    assert (await find(ann, "kingfisher"))["total"] == 1
    await ann.call("PATCH", f"/messages/{message['id']}", {"text": "a heron at the pond"})
    assert (await find(ann, "kingfisher"))["total"] == 0
    assert (await find(ann, "heron"))["total"] == 1
    await ann.call(
        "POST",
        f"/topics/{lab['default_topic_id']}/move",
        {"message_ids": [message["id"]], "to": {"topic_id": other["id"]}},
    )
    assert (await find(ann, 'heron topic:"somewhere else"'))["total"] == 1
    await ann.call("DELETE", f"/messages/{message['id']}")
    assert (await find(ann, "heron"))["total"] == 0


async def test_a_topic_moved_renamed_or_deleted_is_followed(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab, attic = await ann.create_group("Home lab"), await ann.create_group("Attic")
    topic = await ann.open_topic(lab["id"], "Birds", "a kingfisher")
    assert (await find(ann, "kingfisher in:home-lab"))["total"] == 1
    await ann.call("PATCH", f"/topics/{topic['id']}", {"group_id": attic["id"]})
    assert (await find(ann, "kingfisher in:home-lab"))["total"] == 0
    assert (await find(ann, "kingfisher in:attic"))["total"] == 1
    await ann.call("PATCH", f"/topics/{topic['id']}", {"name": "Feathers"})
    assert (await find(ann, "kingfisher topic:feathers"))["total"] == 1
    await ann.call("DELETE", f"/topics/{topic['id']}")
    assert (await find(ann, "kingfisher"))["total"] == 0


async def test_a_deleted_group_leaves_nothing_in_the_index(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    message = await ann.post(lab["default_topic_id"], "a kingfisher")
    assert (await find(ann, "kingfisher"))["total"] == 1
    assert (await chat.appliance.app.index.holds([message["id"]], newest=message["id"])).ids == [message["id"]]
    await ann.call("DELETE", f"/groups/{lab['id']}")
    assert (await find(ann, "kingfisher"))["total"] == 0
    assert (await chat.appliance.app.index.holds([message["id"]], newest=message["id"])).ids == []


OPERATORS = [
    ("from:bob", "b"),
    ("from:me", "alsxdf"),
    ("-from:me tea", "b"),
    ("to:me", "b"),
    ("mentions:bob", "a"),
    ("has:link", "l"),
    ("has:image", "x"),
    ("has:code", "a"),
    ("has:file", "f"),
    ("kettle manual", "f"),
    ("has:reaction", "s"),
    ("is:starred", "s"),
    ("is:unread", "b"),
    ("is:edited", "d"),
    ("is:resolved", "s"),
    ("in:home-lab topic:done", "s"),
    ("🎉", "x"),
    ("tea OR sugar", "abs"),
    ('"green tea"', "b"),
    ("tea -green", "a"),
    ("on:today", "abdflsx"),
    ("before:2020", ""),
]


async def test_operators(chat: Chat, find: Find) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await ann.create_group("Home lab")
    await bob.join("home-lab")
    main = lab["default_topic_id"]
    done = await ann.open_topic(lab["id"], "Done")
    file = await ann.send_file(b"boil", "Kettle manual.txt")
    said = {
        "f": await ann.post(main, "", file_ids=[file["id"]]),
        "a": await ann.post(main, "tea for @bob, `two`"),
        "l": await ann.post(main, "look: https://example.org/kettle"),
        "x": await ann.post(main, ":tada: https://example.org/kettle.png"),
        "d": await ann.post(main, "wrnog"),
        "s": await ann.post(done["id"], "sugar"),
        "b": await bob.post(main, "green tea for @ann"),
    }
    await ann.call("PATCH", f"/messages/{said['d']['id']}", {"text": "wrong"})
    await ann.call("PUT", f"/messages/{said['s']['id']}/star")
    await bob.call("PUT", f"/messages/{said['s']['id']}/reactions/tada")
    await ann.call("PATCH", f"/topics/{done['id']}", {"resolved": True})
    ids = {message["id"]: key for key, message in said.items()}
    for text, keys in OPERATORS:
        answer = await find(ann, text, sort="newest")
        assert sorted(ids[hit["message"]["id"]] for hit in answer["items"]) == sorted(keys), text
        assert answer["total"] == len(keys)
        assert answer["mistakes"] == []


async def test_what_makes_no_sense_is_said_and_never_an_error(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    await ann.post(lab["default_topic_id"], "tea")
    answer = await find(ann, 'tea from:nobody "unclosed')
    assert answer["items"] == []
    assert [(mistake["start"], mistake["end"]) for mistake in answer["mistakes"]] == [(16, 25), (4, 15)]
    assert "nobody" in answer["mistakes"][1]["sentence"]
    assert (await find(ann, ""))["items"] == []
    assert (await ann.refused("GET", "/search?q=tea&zone=Nowhere"))["status"] == 422
    assert (await ann.refused("GET", "/search?q=tea&sort=best"))["status"] == 422


async def test_pages_go_on_where_the_one_before_ended(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    for number in range(7):
        await ann.post(lab["default_topic_id"], f"tea number {number}")
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = await find(ann, "tea", sort="newest", limit=3, cursor=cursor)
        assert answer["total"] == 7
        found += texts(answer)
        cursor = answer["next"]
    assert found == [f"tea number {number}" for number in reversed(range(7))]


async def test_people_groups_and_topics_are_found_by_their_names(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann", name="Ann Lee")
    await chat.member("bob", name="Leo")
    lab = await ann.create_group("Leather")
    topic = await ann.open_topic(lab["id"], "Boots of leather")
    await find(ann, "boots")
    places = await ann.call("GET", "/search/jump", q="lea")
    assert places["people"] == []
    assert [group["slug"] for group in places["groups"]] == ["leather"]
    assert [one["id"] for one in places["topics"]] == [topic["id"]]
    assert [one["username"] for one in (await ann.call("GET", "/search/jump", q="@le"))["people"]] == ["ann", "bob"]
    assert [one["id"] for one in (await ann.call("GET", "/search/jump", q="lether boots"))["topics"]] == [topic["id"]]
    assert await ann.call("GET", "/search/jump", q=" ") == {
        "people": [],
        "groups": [],
        "topics": [],
        "topic_groups": [],
    }


async def test_places_of_one_kind(chat: Chat) -> None:
    ann = await chat.member("ann", name="Leo")
    lab = await ann.create_group("Leather")
    places = await ann.call("GET", "/search/jump", q="le", kind="people")
    assert [one["username"] for one in places.pop("people")] == ["ann"]
    assert not any(places.values())
    groups = await ann.call("GET", "/search/jump", kind="groups")
    assert [one["slug"] for one in groups["groups"]] == ["leather"]
    topics = await ann.call("GET", "/search/jump", kind="topics")
    assert [one["id"] for one in topics["topics"]] == [lab["default_topic_id"]]
    assert [one["id"] for one in topics["topic_groups"]] == [lab["id"]]
    assert (await ann.refused("GET", "/search/jump?kind=messages"))["status"] == 422


async def test_what_is_named_by_its_address_is_that_alone(chat: Chat, find: Find) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob", name="ann")
    lab = await ann.create_group("Home lab")
    attic = await ann.call("POST", "/groups", {"name": "home-lab", "kind": "public", "slug": "attic"})
    one = await ann.open_topic(lab["id"], "Birds", "tea one")
    await ann.open_topic(lab["id"], "Old birds", "tea two")
    await ann.open_topic(attic["id"], "Birds", "tea three")
    await ann.open_topic(attic["id"], "home-lab/birds", "tea four")
    await bob.join("home-lab")
    await bob.post(one["id"], "tea five")
    assert sorted(texts(await find(ann, "tea topic:home-lab/birds"))) == ["tea five", "tea one"]
    assert sorted(texts(await find(ann, "tea -topic:home-lab/birds"))) == ["tea four", "tea three", "tea two"]
    assert len(texts(await find(ann, "tea topic:birds"))) == 5
    assert texts(await find(ann, "tea topic:attic/home-lab-birds")) == ["tea four"]
    assert sorted(texts(await find(ann, "tea in:home-lab"))) == ["tea five", "tea one", "tea two"]
    assert "tea five" not in texts(await find(ann, "tea from:ann"))
    assert texts(await find(ann, "tea from:bob")) == ["tea five"]


async def test_what_a_spoiler_hides_is_found_but_not_told(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    await ann.post(lab["default_topic_id"], "It was ||the gardener||, with the rope")
    [hit] = (await find(ann, "gardener"))["items"]
    assert hit["snippet_html"] == "It was [spoiler], with the rope"


async def test_a_hit_is_shown_as_it_is_read(chat: Chat, find: Find) -> None:
    ann = await chat.member("ann")
    lab = await ann.create_group("Home lab")
    said = "**Kingfishers** at [the pond](https://pond.example/heron):\n\n| bird |\n|---|\n| `x=1` |\n\n- [ ] boots"
    await ann.post(lab["default_topic_id"], said)
    [hit] = (await find(ann, "kingfisher"))["items"]
    assert hit["snippet_html"] == "<mark>Kingfishers</mark> at the pond: bird x=1 boots"
    [by_address] = (await find(ann, "heron"))["items"]
    assert "https://pond.example/<mark>heron</mark>" in by_address["snippet_html"]


async def test_names_of_topics_are_no_messages(chat: Chat, find: Find) -> None:
    """Neither on a page nor in how many there are."""
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    for number in range(8):
        await ann.open_topic(group["id"], f"Tea {number}", f"sugar {number}")
    for text in ("-heron", "in:home-lab", "topic:tea", "sugar"):
        page = await find(ann, text, limit=3)
        assert (page["total"], len(page["items"])) == (8, 3), text
