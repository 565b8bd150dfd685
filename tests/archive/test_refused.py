"""Lines that are wrong or contradict what is here: reported by number, and the rest goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convore_lite.cli.importing import Importer
from convore_lite.cli.tally import Tally
from convore_lite.testing import Chat
from convore_lite.words import archive
from convore_lite.words.archive import GroupLine, MemberLine, Reply, TopicLine, UserLine
from convore_lite.words.models import time_text

from .files import (
    LAB,
    at,
    console_of,
    export,
    file,
    group,
    kinds,
    member,
    message,
    refused,
    take,
    taken_whole,
    topic,
    user,
)

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
