"""What is exported, and that it comes back as it was."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.testing import Chat, open_chat
from convore_lite.words import archive
from convore_lite.words.archive import GroupLine, MemberLine, MessageLine, Reply, TopicLine

from .files import PEOPLE, at, console_of, export, file, group, kinds, message, taken_whole, topic, user


def varied(count: int) -> Iterator[archive.AnyLine]:
    """A chat with everything that a text can be, in one topic and in some more."""
    chance = random.Random(2011)
    pieces = [
        "the quick brown fox", "@ann", "@nobody", "@bob:", "`code`", "**strong**", "https://example.com/a_(b)?q=1&x=<y>",
        ":smile:", "\n", "\r\n", "\r", "\t", "\x00", "\x1b[31m", "\x7f", "\u2028", "\ufeff", "```py\nprint('hé')\n```\n",
        "> quoted\n", "- one\n- two\n", "日本語の文章", "العربية", "👩‍👩‍👧‍👦", "e\u0301", "\U0010ffff",
        "<script>alert(1)</script>", "\\", '"', "/", "&amp;", "{" * 70, "[" * 70,
    ]  # fmt: skip
    yield from (user("ann"), user("bob"), user("ci", "bot"), user("cy"))
    yield GroupLine("lab", "Lab 🔬", "private", "Where\nwe \u202e break things", "cy", at(1))
    yield GroupLine("tee", "Tee", "public", "", "ann", at(2))
    yield topic("a-quiet-one", "A quiet one", default=False)
    yield TopicLine("lab", "general", "General", "bob", at(3), True, True, True, True)
    yield topic("日本", "日本", "tee", default=False)
    last: MessageLine | None = None
    for seq in range(1, count + 1):
        text = " ".join(chance.choice(pieces) for _ in range(chance.randint(1, 12))) if seq % 97 else None
        author = chance.choice(["ann", "bob", "ci", "cy"])
        replied = Reply(last.author, last.client_id) if last and seq % 7 == 0 else None
        edited = at(seq + 1) if seq % 5 == 0 else None
        last = message(seq, text, author, edited_at=edited, reply_to=replied, client_id=f"m-{seq}-{'é' * (seq % 3)}")
        yield last
    yield message(1, "x" * 16384, "bob", group="tee", topic="日本", client_id="other")
    yield MemberLine("lab", "ann", "admin", at(1))
    yield MemberLine("lab", "cy", "member", at(2))


@pytest.mark.slow
async def test_the_same_bytes_after_two_hops(tmp_path: Path) -> None:
    content = file(*varied(10_000))
    for hop in ("first", "second"):
        async with open_chat(tmp_path / hop) as chat:
            # An owner who was here before is no part of it, unless they are in the file.
            await chat.member("owner", role="owner")
            tally = await taken_whole(chat, content)
            assert tally.taken["message"] == 10_001
            assert await export(chat, tmp_path) == content
            counts = await chat.appliance.app.store.read(lambda conn: tuple(conn.execute(COUNTS).fetchone()))
            assert counts == (10_000, 10_000 - 10_000 // 97, 10_000, 1)


COUNTS = """SELECT last_seq, message_count, (SELECT max(seq) FROM messages WHERE topic_id = t.id),
            last_message_id = (SELECT max(id) FROM messages WHERE topic_id = t.id) FROM topics t WHERE slug = 'general'"""


async def test_what_people_made_comes_back(chat: Chat, tmp_path: Path) -> None:
    ann, bob = await chat.member("ann", role="owner"), await chat.member("bob")
    lab = await ann.create_group("Lab")
    await bob.join("lab")
    first = await ann.post(lab["default_topic_id"], "Hello @bob\r\n\x00")
    await bob.post(lab["default_topic_id"], "Hello yourself", reply_to=first["id"])
    await bob.open_topic("lab", "Backups", "every night")
    content = await export(chat, tmp_path)
    assert kinds(content) == ["user"] * 2 + ["group"] + ["topic"] * 2 + ["message"] * 3 + ["member"] * 2
    assert b'"seq":2,"author":"bob"' in content
    assert b'"reply_to":{"author":"ann","client_id":"' + first["client_id"].encode() in content
    async with open_chat(tmp_path / "elsewhere") as elsewhere:
        await taken_whole(elsewhere, content)
        assert await export(elsewhere, tmp_path) == content
        dee = await elsewhere.member("dee", role="owner")
        (there,) = await dee.call("GET", "/groups", discover="alphabetical") and [await dee.call("GET", "/groups/lab")]
        assert (there["topics_count"], there["members_count"]) == (2, 2)
        assert there["default_topic_id"] is not None
        (hello, reply) = await dee.messages(there["default_topic_id"])
        assert reply["reply_to"] == hello["id"]
        assert "username" in [node["type"] for node in hello["nodes"]]


MADE = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["general", "tea"]),
        st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50)),
        st.booleans(),
    ),
    max_size=12,
)


def made(drawn: list[tuple[str, str, str | None, bool]]) -> bytes:
    counts, last, lines = {"general": 0, "tea": 0}, dict[str, Reply](), list[MessageLine]()
    for number, (author, place, text, replies) in enumerate(drawn):
        counts[place] += 1
        reply = last.get(place) if replies else None
        lines.append(message(counts[place], text, author, topic=place, client_id=f"n{number}", reply_to=reply))
        last[place] = Reply(author, f"n{number}")
    lines.sort(key=lambda line: (line.topic, line.seq))
    occur = sorted({"ann"} | {line.author for line in lines})
    return file(*map(user, occur), group(), topic(), topic("tea", "Tea", default=False), *lines)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=MADE)
def test_any_chat_comes_back(
    drawn: list[tuple[str, str, str | None, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    import trio

    content = made(drawn)

    async def there_and_back() -> None:
        folder = tmp_path_factory.mktemp("c")
        async with open_chat(folder / "chat") as chat:
            await taken_whole(chat, content)
            assert await export(chat, folder) == content

    trio.run(there_and_back)


async def test_only_what_was_asked_for(chat: Chat, tmp_path: Path) -> None:
    ann, bob, cy = [await chat.member(name) for name in PEOPLE]
    lab, tea = await ann.create_group("Lab", "private"), await bob.create_group("Tea")
    await cy.join("tea")
    wanted = await ann.open_topic("lab", "Wanted", "here it is")
    await ann.post(lab["default_topic_id"], "not this")
    await bob.post(tea["default_topic_id"], "nor that")
    whole = await export(chat, tmp_path)
    assert b"not this" in whole
    assert b"nor that" in whole

    single = await export(chat, tmp_path, topics=str(wanted["id"]))
    assert kinds(single) == ["user", "group", "topic", "message"]
    assert b"here it is" in single
    assert b"not this" not in single

    one_group = await export(chat, tmp_path, groups="tea")
    assert kinds(one_group) == ["user", "user", "group", "topic", "message", "member", "member"]
    assert b'"username":"cy"' in one_group
    assert b"ann" not in one_group

    both = await export(chat, tmp_path, groups="tea", topics=str(wanted["id"]))
    assert kinds(both) == ["user"] * 3 + ["group"] * 2 + ["topic"] * 2 + ["message"] * 2 + ["member"] * 2


async def test_conversations_of_a_few_are_nobodys_to_export(chat: Chat, tmp_path: Path) -> None:
    ann = await chat.member("ann")
    group_id = (await ann.create_group("Lab"))["id"]
    open_talk = (await ann.call("GET", "/groups/lab"))["default_topic_id"]
    await ann.post(open_talk, "between us")
    assert b"between us" in await export(chat, tmp_path)
    store = chat.appliance.app.store
    await store.write(lambda conn: conn.execute("UPDATE groups SET kind = 'direct' WHERE id = ?", (group_id,)).rowcount)
    assert kinds(await export(chat, tmp_path)) == []
    async with chat.client(console=True) as http:
        for query in ({"groups": "lab"}, {"topics": str(open_talk)}):
            assert (await http.get("/api/v1/admin/export", params=query)).is_client_error


async def test_nothing_that_comes_in_meanwhile(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export is of one moment: what is said, opened or joined while it runs is left out, and nothing refers to it."""
    monkeypatch.setattr("convore_lite.routes.api.archive.PAGE", 2)
    ann, bob = await chat.member("ann"), await chat.member("bob")
    lab = await ann.create_group("Lab")
    for number in range(5):
        await ann.post(lab["default_topic_id"], f"before {number}")
    lines, cursor = list[Any](), None
    async with console_of(chat) as console:
        while True:
            page = await console.call("GET", "/admin/export", **({"cursor": cursor} if cursor else {"groups": "*"}))
            lines += page["items"]
            if not lines[2:]:
                await bob.join("lab")
                await bob.post(lab["default_topic_id"], "after")
                await bob.open_topic("lab", "After", "after")
                await bob.create_group("After")
            cursor = page["next"]
            if cursor is None:
                break
    assert [line["kind"] for line in lines] == ["user", "group", "topic", *["message"] * 5, "member"]
    assert "bob" not in json.dumps(lines)


async def test_only_the_console_may(chat: Chat) -> None:
    owner = await chat.member("ann", role="owner")
    for call in (("GET", "/admin/export"), ("POST", "/admin/import", {"lines": []})):
        assert (await owner.refused(*call))["status"] == 403
    async with console_of(chat) as console:
        assert (await console.call("POST", "/admin/import", {"lines": []})) == {"outcomes": []}


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "WzAsW10sWzAsMCwwLDBdXQ==", "W10="])
async def test_a_cursor_that_is_none(chat: Chat, cursor: str) -> None:
    async with chat.client(console=True) as http:
        answer = await http.get("/api/v1/admin/export", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["detail"]) == (422, "cursor: is not one that this list gave")
