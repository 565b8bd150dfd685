"""Groups go out as lines and come in again: the same bytes, once, and nothing half-taken."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convore_lite.cli.console import Console
from convore_lite.cli.exporting import export_to
from convore_lite.cli.importing import Importer, lines_of
from convore_lite.cli.tally import Tally
from convore_lite.store import groups as group_store
from convore_lite.testing import Chat, open_chat
from convore_lite.words import archive
from convore_lite.words.archive import GroupLine, MemberLine, MessageLine, Reply, TopicLine, UserLine
from convore_lite.words.models import time_text

DAY = 24 * 3600 * 1000
PEOPLE = ("ann", "bob", "cy")


def at(minutes: int) -> str:
    return time_text(1_700_000_000_000 + minutes * 60_000)


def user(name: str, kind: Any = "person") -> UserLine:
    return UserLine(name, name.title(), kind, at(0))


def group(slug: str = "lab", name: str = "Lab", kind: Any = "public") -> GroupLine:
    return GroupLine(slug, name, kind, "", "ann", at(0))


def topic(slug: str = "general", name: str = "General", group: str = "lab", *, default: bool = True) -> TopicLine:
    return TopicLine(group, slug, name, "ann", at(0), False, False, False, default)


def message(seq: int, text: str | None = "hello", author: str = "ann", **fields: Any) -> MessageLine:
    values = {"group": "lab", "topic": "general", "client_id": f"c{seq}", "edited_at": None, "reply_to": None}
    return MessageLine(**{**values, "seq": seq, "author": author, "text": text, "created_at": at(seq), **fields})


def member(name: str, role: Any = "member") -> MemberLine:
    return MemberLine("lab", name, role, at(0))


def file(*lines: archive.AnyLine) -> bytes:
    return archive.HEADER + b"".join(archive.encode(line) for line in lines)


LAB = [*map(user, PEOPLE), group(), topic()]


@asynccontextmanager
async def console_of(chat: Chat) -> Any:
    async with chat.client(console=True) as http:
        yield Console(http)


async def take(chat: Chat, content: bytes, into: str | None = None) -> Tally:
    tally = Tally(lambda line: None)
    async with console_of(chat) as console:
        importer = Importer(console, tally, into=into)
        for number, raw in lines_of(io.BytesIO(content)):
            await importer.take(number, raw)
        await importer.finish()
    return tally


async def taken_whole(chat: Chat, content: bytes) -> Tally:
    """Take a file of which nothing may be refused."""
    tally = await take(chat, content)
    assert tally.refused == []
    return tally


async def export(chat: Chat, folder: Path, **query: str) -> bytes:
    target = folder / "export.jsonl"
    async with console_of(chat) as console:
        await export_to(console, query or {"groups": "*"}, str(target), as_json=False)
    return target.read_bytes()


def kinds(content: bytes) -> list[str]:
    return [json.loads(line)["kind"] for line in content.splitlines()[1:]]


def refused(tally: Tally) -> list[tuple[int, str]]:
    return [(line["line"], line["reason"]) for line in tally.refused]


# -- out and in again ------------------------------------------------------------------------------------------------


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


# -- what is exported ------------------------------------------------------------------------------------------------


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


# -- taken once ------------------------------------------------------------------------------------------------------


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


# -- news and history ------------------------------------------------------------------------------------------------


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


# -- what is refused -------------------------------------------------------------------------------------------------

LONG = "x" * 81
FUTURE = time_text(4_000_000_000_000)
BAD = [
    (user("Ann-Lee"), "username: is written “ann-lee”"),
    (user("-"), "username: 1 to 32 letters"),
    (user("12"), "username: not only digits"),
    (UserLine("dee", LONG, "person", at(0)), "name: at most 80 characters"),
    (UserLine("dee", "a\x00b", "person", at(0)), "name: may not hold control characters"),
    (UserLine("dee", "", "person", at(0)), "name: may not be empty"),
    (UserLine("dee", "Dee", "person", "now"), "created_at: a time is written as in"),
    (UserLine("dee", "Dee", "person", FUTURE), "created_at: lies in the future"),
    (user("cy", "bot"), "“cy” is here already, as a person."),
    (group("settings"), "slug: “settings” is an address"),
    (group("Lab"), "slug: 1 to 64 lower-case"),
    (group("12"), "slug: 1 to 64 lower-case"),
    (group("fresh", LONG), "name: at most 80 characters"),
    (GroupLine("fresh", "Fresh", "public", "x" * 501, "ann", at(0)), "description: at most 500 characters"),
    (GroupLine("fresh", "Fresh", "public", "", "zed", at(0)), "creator: there is no user “zed” here"),
    (topic("members"), "slug: “members” is an address"),
    (topic("fresh", "\x00"), "name: may not"),
    (topic("fresh", group="nowhere"), "group: “nowhere” has no line before this one"),
    (TopicLine("lab", "fresh", "Fresh", "zed", at(0), False, False, False, False), "creator: there is no user “zed”"),
    (message(9, topic="nowhere"), "topic: there is no topic “nowhere” in the group “lab” here"),
    (message(9, group="nowhere"), "group: “nowhere” has no line before this one"),
    (message(9, author="zed"), "author: there is no user “zed” here"),
    (message(9, ""), "text: may not be empty"),
    (message(9, "é" * 8193), "A message holds at most 16 KiB of text."),
    (message(9, client_id=""), "client_id: 1 to 100 characters"),
    (message(9, client_id="x" * 101), "client_id: 1 to 100 characters"),
    (message(9, created_at="2026-02-30T00:00:00.000Z"), "created_at: a time is written as in"),
    (message(9, created_at=FUTURE), "created_at: lies in the future"),
    (message(9, edited_at=FUTURE), "edited_at: lies in the future"),
    (message(9, reply_to=Reply("zed", "c1")), "reply_to.author: there is no user “zed” here"),
    (message(9, reply_to=Reply("ann", "c77")), "reply_to: is no earlier message of this topic"),
    (message(9, reply_to=Reply("ann", "c9")), "reply_to: is no earlier message of this topic"),
    (message(1, "other"), "text: this message of “ann” is here already, with another text."),
    (message(1, None), "text: this message of “ann” is here already, with another text."),
    (message(1, created_at=at(7)), "created_at: this message of “ann” is here already"),
    (message(1, edited_at=at(7)), "edited_at: this message of “ann” is here already"),
    (message(1, reply_to=Reply("ann", "c1")), "reply_to: this message of “ann” is here already"),
    (member("zed"), "username: there is no user “zed” here"),
    (MemberLine("lab", "bob", "member", FUTURE), "joined_at: lies in the future"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=range(len(BAD)))
async def test_a_bad_line_is_refused_and_the_rest_goes_on(
    chat: Chat, tmp_path: Path, line: archive.AnyLine, reason: str
) -> None:
    before = [*LAB, message(1)]
    await taken_whole(chat, file(*before))
    untouched = await export(chat, tmp_path)
    tally = await take(chat, file(*before, line))
    ((number, said),) = refused(tally)
    assert number == len(before) + 2
    assert said.startswith(reason)
    assert (tally.taken, await export(chat, tmp_path)) == ({}, untouched)
    tally = await take(chat, file(*before, line, message(2, "goes on")))
    assert (tally.taken, len(tally.refused)) == ({"message": 1}, 1)


async def test_bad_lines_of_any_kind_have_their_number(chat: Chat, tmp_path: Path) -> None:
    good = [archive.encode(line) for line in [*LAB, message(1)]]
    bad = [
        b"nope\n",
        b"\n",
        b'{"kind":"user"}\n',
        b"x" * (archive.MAX_LINE_BYTES * 3) + b"\n",
        archive.HEADER,
        b"\xff\n",
    ]
    content = archive.HEADER + b"".join(good[i] + bad[i] for i in range(len(good)))
    tally = await take(chat, content + b'{"kind":"mem')
    assert [number for number, _ in refused(tally)] == [3, 5, 7, 9, 11, 13, 14]
    assert refused(tally)[3][1] == "is longer than 256 KiB"
    assert tally.taken == {"user": 3, "group": 1, "topic": 1, "message": 1}
    assert await export(chat, tmp_path) == archive.HEADER + good[0] + b"".join(good[3:])


async def test_many_bad_lines_are_counted_and_a_few_are_kept(chat: Chat) -> None:
    written = list[Any]()
    async with console_of(chat) as console:
        tally = Tally(written.append)
        importer = Importer(console, tally, into=None)
        for number in range(2, 1002):
            await importer.take(number, b"nope")
        await importer.finish()
    assert (tally.refused_count, len(tally.refused), len(written)) == (1000, 10, 1000)


async def test_a_file_without_a_header_is_refused_whole(chat: Chat, tmp_path: Path) -> None:
    content = file(*LAB)
    for wrong in (content.partition(b"\n")[2], b"", content.replace(b'"version":1', b'"version":2')):
        with pytest.raises(Exception, match="first line has to be|reads version 1"):
            await take(chat, wrong)
    assert kinds(await export(chat, tmp_path)) == []
    await taken_whole(chat, content)
    assert kinds(await export(chat, tmp_path)) == ["user", "group", "topic"]


async def test_another_group_of_that_name_stays_closed(chat: Chat) -> None:
    """What was private elsewhere does not end up in a public group here that happens to have its address."""
    ann = await chat.member("ann")
    topic_id = (await ann.create_group("Lab"))["default_topic_id"]
    secret = [user("ann"), user("bob"), group(kind="private"), topic(), message(1, "secret"), member("bob")]
    tally = await take(chat, file(*secret))
    assert [number for number, _ in refused(tally)] == [4, 5, 6, 7]
    assert refused(tally)[0][1] == "“lab” is here already: a public group, “Lab”."
    assert await ann.messages(topic_id) == []
    # Not even where the line of the group cannot be read.
    broken = file(*secret).replace(b'{"kind":"group"', b'{"kind"="group"')
    assert [number for number, _ in refused(await take(chat, broken))] == [4, 5, 6, 7]
    assert await ann.messages(topic_id) == []
    # A topic of another name is another topic.
    tally = await take(chat, file(user("ann"), group(), topic("general", "Other"), message(1, "other")))
    assert refused(tally)[1:] == [(5, "topic: “general” was refused")]
    # The same group is the same.
    await taken_whole(chat, file(user("ann"), group(), topic(), message(1, "open")))
    assert [m["text"] for m in await ann.messages(topic_id)] == ["open"]


async def test_a_message_is_in_one_place_only(chat: Chat) -> None:
    await taken_whole(chat, file(*LAB, topic("tea", "Tea", default=False), message(1)))
    tally = await take(chat, file(*LAB, topic("tea", "Tea", default=False), message(1, topic="tea")))
    assert refused(tally) == [(8, "topic: this message of “ann” is here already, with another topic.")]


async def test_twice_in_one_file(chat: Chat) -> None:
    tally = await take(chat, file(*LAB, message(1), message(1), message(1, "other")))
    assert (tally.taken["message"], tally.present["message"]) == (1, 1)
    assert [number for number, _ in refused(tally)] == [9]


# -- into another group ----------------------------------------------------------------------------------------------


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
