"""How the pages write values. The script writes the same: web/test/writing.test.ts has the same cases."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from convore_lite.routes.pages.thread import BLANK, arrange, mentioned, speakers
from convore_lite.routes.pages.wording import count_label, gone_label, hue, in_shape, initials, peek
from convore_lite.words.markup import parse
from convore_lite.words.models import Message, User

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ANN, BOB = User(1, "ann", "Ann"), User(2, "bob", "Bob")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Runa K.", "RK"), ("Olve", "OL"), ("mårten", "MÅ"), ("Ann Mary Lee", "AL"), ("🦊", "🦊"), ("", "")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_counts_stop_at_999() -> None:
    assert [count_label(count) for count in (0, 1, 999, 1000)] == ["", "1", "999", "999+"]


def test_neighbours_have_hues_that_are_far_apart() -> None:
    assert len({hue(number) for number in range(24)}) == 24


@pytest.mark.parametrize(
    ("at", "when", "day"),
    [
        ("2026-11-23T09:04:00.000Z", "09:04", "Today"),
        ("2026-11-22T23:59:00.000Z", "yesterday", "Yesterday"),
        ("2026-11-17T01:00:00.000Z", "Tuesday", "Tuesday, 17 November"),
        ("2026-11-16T01:00:00.000Z", "16 Nov", "Monday, 16 November"),
        ("2025-01-02T01:00:00.000Z", "2 Jan 2025", "Thursday, 2 January 2025"),
    ],
)
def test_times(at: str, when: str, day: str) -> None:
    assert in_shape(at, "when", NOW) == when
    assert in_shape(at, "day", NOW) == day


def said(seq: int, author: User, at: str, nodes: bytes = b"[]") -> Message:
    fields = {name: getattr(BLANK, name) for name in BLANK.__struct_fields__}
    return Message(**{**fields, "id": seq, "seq": seq, "author": author, "created_at": at, "nodes": msgspec.Raw(nodes)})


def test_rows_of_a_log() -> None:
    log = [
        said(1, ANN, "2026-11-22T23:59:00.000Z"),
        said(2, ANN, "2026-11-23T00:01:00.000Z"),
        said(3, ANN, "2026-11-23T00:05:59.000Z"),
        said(4, ANN, "2026-11-23T00:10:59.000Z"),
        said(5, BOB, "2026-11-23T00:11:00.000Z"),
        said(6, BOB, "2026-11-23T00:11:01.000Z"),
    ]
    rows = arrange(log, ANN.id, read_seq=5)
    assert [row.day for row in rows] == [True, True, False, False, False, False]
    assert [row.again for row in rows] == [False, False, True, False, False, False]
    assert [row.new for row in rows] == [False] * 5 + [True]
    assert not any(row.new for row in arrange(log, BOB.id, read_seq=4))
    assert speakers(log, 5) == [BOB, ANN]


def test_a_name_inside_a_quote_counts_as_a_mention() -> None:
    nodes = b'[{"type":"quote","children":[{"type":"username","user_id":2,"username":"bob","markup":""}],"markup":""}]'
    message = said(1, ANN, "2026-11-23T00:00:00.000Z", nodes)
    assert mentioned(message) == {2}
    assert arrange([message], BOB.id, 0)[0].mentions_me
    assert not arrange([message], ANN.id, 0)[0].mentions_me


def test_a_peek_is_one_plain_line() -> None:
    html = "<p>one &lt;b&gt;</p><ul><li>two</li><li>three</li></ul>"
    message = msgspec.structs.replace(BLANK, html=html)
    assert peek(message) == "one <b> two three"
    spoiled = parse("it was ||the *gardener* || no||, really", {}).html
    assert peek(msgspec.structs.replace(BLANK, html=spoiled)) == "it was [spoiler], really"
    assert peek(msgspec.structs.replace(BLANK, html="x" * 500)) == "x" * 160 + "…"


def test_deleted_messages_in_a_row_have_one_line() -> None:
    at = "2026-11-23T09:00:00.000Z"
    log = [said(seq, ANN, at) for seq in (1, 2, 3, 4)] + [said(5, ANN, "2026-11-24T09:00:00.000Z")]
    log = [msgspec.structs.replace(message, deleted=message.seq in (2, 3, 5)) for message in log]
    rows = arrange(log, BOB.id, read_seq=1)
    assert [row.gone for row in rows] == [0, 2, 0, 0, 1]
    assert [row.again for row in rows] == [False] * 5
    assert [row.new for row in rows] == [False, False, False, True, False]
    assert [gone_label(row.gone) for row in rows] == [
        "",
        "2 messages deleted or moved",
        "",
        "",
        "Message deleted or moved",
    ]
