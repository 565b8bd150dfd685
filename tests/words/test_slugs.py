"""Names in addresses: usernames nobody can be mistaken by, and slugs that are always free."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convore_lite.words.errors import BadInput
from convore_lite.words.slugs import (
    MAX_SLUG,
    RESERVED_GROUPS,
    RESERVED_TOPICS,
    checked_slug,
    free_slug,
    shown_name,
    slug,
    username,
)

NAMES = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "unicode" / "names.json"
# (somebody, a name that could pass for theirs) in which the second is written with other than a-z, 0-9.
IMPOSTORS = [
    ("admin", "аdmin"),
    ("admin", "admin\u200b"),
    ("admin", "ad\u00admin"),
    ("admin", "ａｄｍｉｎ"),
    ("admin", "admın"),
    ("admin", "\u202enimda"),
    ("admin", " admin"),
    ("admin", "admin\u00a0"),
    ("admin", "admin\u3164"),
    ("admin", "admin\n"),
]
# Names that try to break a page: they are kept as they are, or refused with a sentence.
LAYOUT = [
    "\u202e\u202d\u2066",
    "Z\u0351\u036b\u0343\u036a",
    "﷽﷽﷽",
    "👩\u200d👩\u200d👧\u200d👦",
    "\u200b",
    "\ufeff",
    "\u3164",
    "\0",
]


@pytest.mark.parametrize("name", ["ann", "a", "0x", "ann.lee", "ann_lee-2", "a" * 32])
def test_usernames(name: str) -> None:
    assert username(name) == name
    assert username(name.upper()) == name


@pytest.mark.parametrize(
    "name",
    ["", "a" * 33, ".ann", "ann.", "-ann", "ann_", "ann lee", "ann@lee", "ann/lee", "ann\0", "é", "42", "007", "１２"],
)
def test_what_is_no_username(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        username(name)
    assert refused.value.field == "username"


@pytest.mark.parametrize(("somebody", "impostor"), IMPOSTORS)
def test_no_other_alphabet_passes_for_somebody(somebody: str, impostor: str) -> None:
    assert username(somebody) == somebody
    with pytest.raises(BadInput):
        username(impostor)


def test_the_corpus_of_impostors() -> None:
    if not NAMES.exists():
        pytest.skip("the shared corpora are not beside this checkout")
    for _, impostor in json.loads(NAMES.read_text("utf-8"))["impersonation"]:
        # What is not refused here is ASCII; that it passes for nobody is the store's to say (tests/api/test_people.py).
        try:
            assert username(impostor).isascii()
        except BadInput:
            continue


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Home lab", "home-lab"),
        ("  Ünïcode & Co. ", "ünïcode-co"),
        ("C++ / C#", "c-c"),
        ("日本語 チャット", "日本語-チャット"),
        ("snake_case", "snake-case"),
        ("ﬁsh ½", "fish-1-2"),
        ("!!!", ""),
        ("x" * 80, "x" * 64),
        ("x" * 63 + " y", "x" * 63),
    ],
)
def test_slugs(name: str, made: str) -> None:
    assert slug(name) == made


@given(st.text())
def test_a_made_slug_is_one_that_may_be_chosen(name: str) -> None:
    made = free_slug(name, RESERVED_GROUPS, lambda start: (), "group")
    assert checked_slug(made, RESERVED_GROUPS) == made


@pytest.mark.parametrize(
    "name", ["", "Home lab", "2026", "9" * 80, "Settings", "x" * 80, "x" * 58 + " " + "y" * 20, "-"]
)
def test_a_slug_is_free_however_many_are_taken(name: str) -> None:
    taken: set[str] = set()
    for _ in range(120):
        made = free_slug(name, RESERVED_TOPICS, lambda start: {one for one in taken if one.startswith(start)}, "topic")
        assert made not in taken
        assert made not in RESERVED_TOPICS
        assert len(made) <= MAX_SLUG
        assert checked_slug(made, RESERVED_TOPICS) == made
        taken.add(made)


def test_only_slugs_that_begin_alike_are_asked_for() -> None:
    asked = []
    assert (
        free_slug("Home lab", frozenset(), lambda start: asked.append(start) or {"home-lab"}, "group") == "home-lab-2"
    )
    assert asked == ["home-lab"]


@pytest.mark.parametrize("text", ["", "Home", "home lab", "-home", "home-", "42", "a/b", "a.b", "x" * 65, "\u202ehome"])
def test_what_is_no_slug(text: str) -> None:
    with pytest.raises(BadInput):
        checked_slug(text, frozenset())


def test_our_own_addresses_are_no_slugs() -> None:
    assert checked_slug("home-lab", RESERVED_GROUPS) == "home-lab"
    for (
        word
    ) in "users mentions starred unread direct search settings admin sign-in sign-out welcome join api static".split():
        with pytest.raises(BadInput, match="address of this server"):
            checked_slug(word, RESERVED_GROUPS)


@pytest.mark.parametrize(
    ("text", "shown"), [(" Ann  Lee\t", "Ann Lee"), ("e\u0301", "é"), ("日本語", "日本語"), ("x" * 80, "x" * 80)]
)
def test_shown_names(text: str, shown: str) -> None:
    assert shown_name(text) == shown


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u2060\ufeff", "x" * 81, "a\0b", "a\x1bb", "a\u202eb", "a\u2066b"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(BadInput):
        shown_name(text)


@given(st.text() | st.sampled_from(LAYOUT))
def test_a_name_is_one_visible_line_or_refused(text: str) -> None:
    try:
        shown = shown_name(text)
    except BadInput:
        return
    assert 0 < len(shown) <= 80
    assert shown == shown.strip() == unicodedata.normalize("NFC", shown)
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in shown)
    assert shown_name(shown) == shown
