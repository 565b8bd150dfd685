"""The line format: one spelling, and every wrong line refused with a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convore_lite.words import archive
from convore_lite.words.archive import AnyLine, GroupLine, MemberLine, MessageLine, Reply, TopicLine, UserLine
from convore_lite.words.errors import BadInput
from convore_lite.words.models import time_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TIME = st.integers(-10_000_000_000_000, 250_000_000_000_000).map(time_text)
LINES = st.one_of(
    st.builds(UserLine, TEXT, TEXT, st.sampled_from(["person", "bot"]), TIME),
    st.builds(GroupLine, TEXT, TEXT, st.sampled_from(["public", "private"]), TEXT, TEXT, TIME),
    st.builds(TopicLine, TEXT, TEXT, TEXT, TEXT, TIME, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    st.builds(
        MessageLine,
        TEXT,
        TEXT,
        st.integers(1, 2**53 - 1),
        TEXT,
        TEXT,
        st.none() | TEXT,
        TIME,
        st.none() | TIME,
        st.none() | st.builds(Reply, TEXT, TEXT),
    ),
    st.builds(MemberLine, TEXT, TEXT, st.sampled_from(["admin", "member"]), TIME),
)
MESSAGE = (
    b'{"kind":"message","group":"g","topic":"t","seq":1,"author":"ann","client_id":"1","text":"hello",'
    b'"created_at":"2026-11-23T15:04:05.123Z","edited_at":null,"reply_to":null}'
)


@given(LINES)
def test_a_line_comes_back_as_it_was(line: AnyLine) -> None:
    raw = archive.encode(line)
    assert raw.count(b"\n") == 1
    assert archive.decode(raw) == line
    assert archive.encode(archive.decode(raw)) == raw


@given(LINES)
def test_any_json_writer_will_do(line: AnyLine) -> None:
    """Other spellings, such as another order, spaces or escapes, are the same line."""
    fields = json.loads(archive.encode(line))
    other = json.dumps(dict(reversed(fields.items())), indent=1).replace("\n", "\t").encode()
    assert archive.decode(other) == line
    # And ours is Python's most compact one.
    assert json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" == archive.encode(line)


@given(st.integers(-62_000_000_000_000, 253_402_300_799_999))
def test_a_time_has_one_spelling(milliseconds: int) -> None:
    assert archive.moment(time_text(milliseconds), "at") == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-23",
        "2026-11-23T15:04:05Z",
        "2026-11-23T15:04:05.123",
        "2026-11-23T15:04:05.123456Z",
        "2026-11-23T16:04:05.123+01:00",
        "2026-11-23 15:04:05.123Z",
        "2026-11-23t15:04:05.123z",
        "2026-13-01T00:00:00.000Z",
        "2026-02-30T00:00:00.000Z",
        "2026-W48-1T00:00:00.000Z",
        "10000-01-01T00:00:00.000Z",
        "٢٠٢٦-11-23T15:04:05.123Z",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="created_at: a time is written as in"):
        archive.moment(text, "created_at")


def changed(**fields: Any) -> bytes:
    """The message with other fields; one that is ... is left out."""
    values = {**json.loads(MESSAGE), **fields}
    return json.dumps({name: value for name, value in values.items() if value is not ...}).encode()


WRONG = [
    (b"", "is not well-formed JSON in UTF-8"),
    (b"\n", "is not well-formed JSON in UTF-8"),
    (b"nope", "is not well-formed JSON in UTF-8"),
    (MESSAGE[:-1], "is not well-formed JSON in UTF-8"),
    (MESSAGE + MESSAGE, "is not well-formed JSON in UTF-8"),
    (MESSAGE.replace(b"hello", b"\xff"), "is not well-formed JSON in UTF-8"),
    (MESSAGE.replace(b"hello", b"\xed\xa0\x80"), "is not well-formed JSON in UTF-8"),
    (MESSAGE.replace(b"hello", b"\\ud800"), "is not well-formed JSON in UTF-8"),
    (MESSAGE.replace(b"hello", b"\x00"), "is not well-formed JSON in UTF-8"),
    (MESSAGE.replace(b"1", b"NaN", 1), "is not well-formed JSON in UTF-8"),
    (b'{"a":' * 100_000, "is not well-formed JSON in UTF-8"),
    (b"[]", "expected `object`, got `array`"),
    (b"null", "expected `object`, got `null`"),
    (b"{}", "object missing required field `kind`"),
    (changed(kind="convore-lite"), "kind: invalid value 'convore-lite'"),
    (changed(kind="album"), "kind: invalid value 'album'"),
    (changed(kind=3), "kind: expected `str`"),
    (changed(text=...), "object missing required field `text`"),
    (changed(extra=1), "object contains unknown field `extra`"),
    (changed(text=3), "text: expected `str | null`, got `int`"),
    (changed(seq="1"), "seq: expected `int`, got `str`"),
    (changed(seq=0), "seq: expected `int` >= 1"),
    (changed(seq=2**60), "seq: expected `int` <= 9007199254740991"),
    (changed(reply_to=1), "reply_to: expected `object | null`, got `int`"),
    (changed(reply_to={"author": "ann"}), "reply_to: object missing required field `client_id`"),
]


@pytest.mark.parametrize(("raw", "sentence"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_line_is_refused_with_a_sentence(raw: bytes, sentence: str) -> None:
    assert archive.decode(MESSAGE)
    with pytest.raises(BadInput) as refused:
        archive.decode(raw)
    assert refused.value.sentence == sentence


@given(st.binary(max_size=200))
def test_anything_else_is_refused_too(raw: bytes) -> None:
    with pytest.raises(BadInput):
        archive.decode(raw)


def test_the_header() -> None:
    assert archive.HEADER == b'{"kind":"convore-lite","version":1}\n'
    for same in (archive.HEADER, b'{"version": 1, "kind": "convore-lite"}\r\n'):
        archive.check_header(same)
    with pytest.raises(BadInput, match="this convore-lite reads version 1, the file has 2"):
        archive.check_header(archive.HEADER.replace(b"1", b"2"))
    for other in (
        b"",
        b"\n",
        b"\xef\xbb\xbf" + archive.HEADER,
        b"[" * 100_000,
        MESSAGE,
        b'{"version":1}',
        b"PK\x03\x04",
    ):
        with pytest.raises(BadInput, match="the first line has to be"):
            archive.check_header(other)
