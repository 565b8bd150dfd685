"""What is typed is understood, or said not to be; what is written is found by what it looks like."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convore_lite.words.search import analysis, parse, snippets
from convore_lite.words.search.documents import Doc
from convore_lite.words.search.matching import meets
from convore_lite.words.search.parser import OPERATORS
from convore_lite.words.search.query import Among, Between, Clause, Either, Named, Not, Phrase, Word

NOW = int(datetime(2026, 3, 29, 23, 30, tzinfo=UTC).timestamp() * 1000)
TYPED = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [*(f"{name}:" for name in OPERATORS), '"', "-", "OR", "“x", "on:today", "before:2026-02-30", " "]
        ),
    )
).map("".join)


@given(TYPED)
@settings(deadline=None)
def test_whatever_is_typed_is_a_search(text: str) -> None:
    query = parse(text, now=NOW)
    for mistake in query.mistakes:
        assert 0 <= mistake.start <= mistake.end <= len(text)
        assert mistake.sentence.endswith((".", "?"))
    doc = Doc(1, 1, 1, 1, NOW, text)
    clauses = [_unnamed(clause) for clause in query.clauses]
    meets(clauses, doc)
    assert plain(snippets.Marker(clauses, ["x"], analysis.words(analysis.fold(text))).snippet(text)) is not None
    snippets.better_words(text, clauses, [text], analysis.words(analysis.fold(text)))


def _unnamed(clause: Clause) -> Clause:
    """As the database does it, with names that nobody has."""
    match clause:
        case Named():
            return Among("id", [])
        case Not():
            return Not(_unnamed(clause.clause))
        case Either():
            return Either([_unnamed(one) for one in clause.clauses])
        case _:
            return clause


def plain(snippet: str) -> str:
    """The text of a snippet, which has no element but `<mark>`, and no entity half written."""
    bare = snippet.replace("<mark>", "").replace("</mark>", "")
    assert not set("<>\"'") & set(bare)
    assert snippet.count("<mark>") == snippet.count("</mark>")
    return unescape(bare)


@given(st.text(max_size=60))
def test_what_is_written_is_found_by_itself(text: str) -> None:
    folded = analysis.fold(text)
    assert analysis.fold(folded) == folded
    sought, written = analysis.query_words(folded), analysis.words(folded)
    assert written[: len(sought)] == sought
    # Only a run of Chinese and the like at the end may go on there.
    assert sought == written or (sought == written[:-1] and analysis.is_dense(written[-1]))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("tea sugar", [Word("tea"), Word("sugar", last=True)]),
        ("tea ", [Word("tea")]),
        ('"green tea" -milk', [Phrase("green tea"), Not(Word("milk"))]),
        ("a OR b OR c d ", [Either([Word("a"), Word("b"), Word("c")]), Word("d")]),
        ('from:"Ann Lee" in:#lab', [Named("from", "Ann Lee", 0, 14), Named("in", "lab", 15, 22)]),
        ("-topic:done", [Not(Named("topic", "done", 0, 11))]),
        ("has:links is:edited", [Among("flag", [1]), Among("flag", [6])]),
        ("is:unread", [Named("is", "unread", 0, 9)]),
        ("10:30 http://x.y/z -- - ", [Word("10:30"), Word("http://x.y/z"), Word("--"), Word("-")]),
    ],
)
def test_searches(text: str, clauses: list[Clause]) -> None:
    assert parse(text).clauses == clauses


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("on:2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # the day on which the clocks go forward
        ("on:yesterday", "2026-03-28T23:00", "2026-03-29T22:00"),  # at half past one in Berlin
        ("on:2026-12", "2026-11-30T23:00", "2026-12-31T23:00"),
        ("after:2025", "2025-12-31T23:00", None),
        ("before:2026-02", None, "2026-01-31T23:00"),
    ],
)
def test_dates_are_those_of_a_zone(text: str, begins: str | None, ends: str | None) -> None:
    def ms(time: str | None) -> int | None:
        return None if time is None else int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp() * 1000)

    [clause] = parse(text, now=NOW, zone=ZoneInfo("Europe/Berlin")).clauses
    assert clause == Between(ms(begins), ms(ends))


@pytest.mark.parametrize(
    ("text", "sentence", "place"),
    [
        ('tea "green', "quotes are not closed", (4, 10)),
        ("from:", "from: needs a value", (0, 5)),
        ("before:soon", "takes a date", (0, 11)),
        ("on:2026-02-30", "takes a date", (0, 13)),
        ("has:legs", "link, image, file, code or reaction", (0, 8)),
        ("OR tea", "OR stands between", (0, 2)),
        ("tea OR", "nothing follows", (4, 6)),
        ("form:ann", "Did you mean from:ann?", (0, 8)),
        ("x" * 501, "at most 500 characters", (500, 501)),
        ("tea " * 33, "at most 32 parts", (128, 131)),
    ],
)
def test_mistakes_are_explained(text: str, sentence: str, place: tuple[int, int]) -> None:
    [mistake] = parse(text, now=NOW).mistakes
    assert sentence in mistake.sentence
    assert (mistake.start, mistake.end) == place


@pytest.mark.parametrize(
    ("text", "query", "snippet"),
    [
        ("Backups & more", "backup", "<mark>Backups</mark> &amp; more"),
        ("Crème brûlée", "creme", "<mark>Crème</mark> brûlée"),
        ("東京都へ行く", "京都", "東<mark>京都</mark>へ行く"),
        ("see v2.4.1 and 2.4.10", '"2.4.1"', "see v2.4.1 and 2.4.10"),
        ("<b>tea</b>\n\n tea", "tea", "&lt;b&gt;<mark>tea</mark>&lt;/b&gt; <mark>tea</mark>"),
        ("nothing of it", "tea", "nothing of it"),
        ("error E-1042 again", "e1042", "error <mark>E-1042</mark> again"),
        ("e 1042, E-10-42", "e1042", "e 1042, <mark>E-10-42</mark>"),
    ],
)
def test_snippets(text: str, query: str, snippet: str) -> None:
    assert snippets.Marker(parse(query).clauses).snippet(text) == snippet


def test_a_long_text_is_shown_where_it_was_met() -> None:
    text = "lorem ipsum " * 50 + "the kingfisher " + "dolor sit " * 50
    shown = snippets.Marker(parse("kingfisher").clauses).snippet(text)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "<mark>kingfisher</mark>" in shown
    assert len(plain(shown)) <= snippets.LENGTH + 2


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("tea", "tea", 0), ("recieve", "receive", 1), ("tee", "tea", 1), ("te", "tea", 1), ("abcd", "wxyz", 3)],
)
def test_how_far_two_words_are_apart(one: str, other: str, count: int) -> None:
    assert snippets.distance(one, other, 2) == count
