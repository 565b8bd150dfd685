"""What an import does: everything once, as history and not as news, into its own groups or another."""

from __future__ import annotations

from pathlib import Path

from convore_lite.store import groups as group_store
from convore_lite.testing import Chat, open_chat
from convore_lite.words.archive import Reply

from .files import LAB, PEOPLE, export, file, group, member, message, refused, take, taken_whole, topic, user


async def test_a_second_time_nothing_happens(chat: Chat, tmp_path: Path) -> None:
    content = file(
        *LAB, message(1), message(2, None, "bob", reply_to=Reply("ann", "c1")), member("ann", "admin"), member("bob")
    )
    await taken_whole(chat, content)
    events = await chat.appliance.app.store.read(lambda conn: conn.execute("SELECT count(*) FROM events").fetchone()[0])
    again = await taken_whole(chat, content)
    assert again.taken == {}
    assert again.present == {"user": 3, "group": 1, "topic": 1, "message": 2, "member": 2}
    assert events == await chat.appliance.app.store.read(
        lambda conn: conn.execute("SELECT count(*) FROM events").fetchone()[0]
    )


async def test_a_longer_file_adds_what_is_new(chat: Chat, tmp_path: Path) -> None:
    await taken_whole(chat, file(*LAB, message(1), message(2)))
    longer = file(*LAB, message(1), message(2), message(3, "fresh"))
    tally = await taken_whole(chat, longer)
    assert (tally.taken, tally.present["message"]) == ({"message": 1}, 2)
    async with open_chat(tmp_path / "at-once") as at_once:
        await taken_whole(at_once, longer)
        assert await export(chat, tmp_path) == await export(at_once, tmp_path)


async def test_what_was_said_here_keeps_its_place(chat: Chat) -> None:
    await taken_whole(chat, file(*LAB, message(1), member("ann", "admin")))
    ann = await chat.member("dee")
    await ann.join("lab")
    topic_id = (await ann.call("GET", "/groups/lab"))["default_topic_id"]
    await ann.post(topic_id, "said here")
    await taken_whole(chat, file(*LAB, message(1), message(2, "later in the file")))
    assert [(m["seq"], m["text"]) for m in await ann.messages(topic_id)] == [
        (1, "hello"),
        (2, "said here"),
        (3, "later in the file"),
    ]
    await ann.post(topic_id, "and on")
    assert (await ann.messages(topic_id))[-1]["seq"] == 4


async def test_history_is_no_news(chat: Chat) -> None:
    """Who was up to date stays so, who was behind is behind, and nobody is told that they were mentioned."""
    ann, bob, cy = [await chat.member(name) for name in PEOPLE]
    topic_id = (await ann.create_group("Lab"))["default_topic_id"]
    await bob.join("lab")
    await cy.join("lab")
    await ann.post(topic_id, "hello @bob")
    await bob.call("POST", f"/topics/{topic_id}/read")
    assert (await bob.unread(topic_id), await cy.unread(topic_id)) == (0, 1)
    assert len((await bob.call("GET", "/me/mentions"))["items"]) == 1
    lines = [
        *map(user, PEOPLE),
        group(),
        topic(),
        topic("fresh", "Fresh", default=False),
        message(1, "@bob @cy"),
        message(2, "@bob"),
    ]
    await taken_whole(chat, file(*lines, message(3, "@cy", topic="fresh")))
    new = next(t["id"] for t in (await bob.call("GET", "/groups/lab/topics"))["items"] if t["slug"] == "fresh")
    assert (await bob.unread(topic_id), await cy.unread(topic_id)) == (0, 3)
    assert (await bob.unread(new), await cy.unread(new)) == (0, 0)
    assert len((await bob.call("GET", "/me/mentions"))["items"]) == 1
    await ann.post(topic_id, "news")
    await ann.post(new, "news")
    assert (await bob.unread(topic_id), await cy.unread(topic_id)) == (1, 4)
    assert (await bob.unread(new), await cy.unread(new)) == (1, 1)


async def test_new_members_have_read_what_came_before_them(chat: Chat) -> None:
    ann = await chat.member("ann")
    await taken_whole(
        chat, file(*LAB, message(1, "@ann", "bob"), message(2, "@ann", "bob"), member("ann", "admin"), member("bob"))
    )
    topic_id = (await ann.call("GET", "/groups/lab"))["default_topic_id"]
    assert await ann.unread(topic_id) == 0
    dee = await chat.member("dee")
    await dee.join("lab")
    await dee.post(topic_id, "hello @ann")
    assert await ann.unread(topic_id) == 1


async def test_who_watches_sees_it_come(chat: Chat) -> None:
    ann, dee = await chat.member("ann"), await chat.member("dee")
    await ann.create_group("Lab")
    await dee.join("lab")
    lines = [*map(user, PEOPLE), group(), topic(), topic("fresh", "Fresh", default=False)]
    many = [message(seq, topic="fresh") for seq in range(1, 261)]
    async with dee.live() as stream:
        await taken_whole(chat, file(*lines, *many, member("bob")))
        opened = await stream.next()
        batches = [await stream.next(), await stream.next()]
        joined = await stream.next()
    assert (opened["kind"], opened["topic"]["slug"]) == ("topic_opened", "fresh")
    assert [(b["kind"], b["topic_id"], b["count"]) for b in batches] == [
        ("messages_imported", opened["topic"]["id"], 250),
        ("messages_imported", opened["topic"]["id"], 10),
    ]
    assert (joined["kind"], joined["user"]["username"]) == ("member_joined", "bob")


async def test_into_a_group_that_is_here(chat: Chat) -> None:
    ann = await chat.member("ann")
    here = await ann.create_group("Here", "private")
    content = file(*LAB, topic("tea", "Tea", default=False), message(1), message(2, topic="tea"), member("bob"))
    tally = await take(chat, content, into="here")
    assert (tally.refused, tally.left_out) == ([], {"group": 1, "member": 1})
    topics = (await ann.call("GET", "/groups/here/topics"))["items"]
    assert sorted((t["slug"], t["message_count"]) for t in topics) == [("general", 1), ("tea", 1)]
    group_now = await ann.call("GET", "/groups/here")
    assert (group_now["members_count"], group_now["default_topic_id"]) == (1, here["default_topic_id"])
    again = await take(chat, content, into="here")
    assert (again.taken, again.refused) == ({}, [])
    assert [g.slug for g in await chat.appliance.app.store.read(group_store.all_groups)] == ["here"]


async def test_topics_of_one_address_become_one_if_they_are_called_alike(chat: Chat) -> None:
    ann = await chat.member("ann")
    await ann.create_group("Here")
    other = [group("tea", "Tea"), topic("plans", "Plans", "lab"), topic("plans", "Other plans", "tea")]
    said = [message(1, topic="plans"), message(2, "tea", topic="plans", group="tea")]
    tally = await take(chat, file(*LAB, *other, *said), into="here")
    assert refused(tally) == [
        (9, "“plans” is here already: a topic “Plans”."),
        (11, "topic: “plans” was refused"),
    ]
    assert tally.taken["message"] == 1
