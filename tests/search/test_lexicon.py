"""What a text is found by, put together of its pieces: the same as of the whole."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convore_lite.index import lexicon
from convore_lite.index.lexicon import Lexicon
from convore_lite.index.stemmer import Stemmer
from convore_lite.words.search import analysis

PIECES = ["runs", "Ärger", "e-mail", "c++", ".NET", "東京都", "👍🏽", "KB5005565"]
STEMMER = Stemmer(["english", "german"])


@given(st.text() | st.lists(st.sampled_from(PIECES)).map(" ".join))
@example("Running, running: e-mail runs — C++ & .NET, KB5005565!")
@example("e-mail email/foo running run/x")
@example("a\u00a0b\u2003c\u3000d\x1ce\x85f\u2028g")
@example("e\u0301 \u0301e \u00a8u ς Σ")
def test_its_pieces_come_to_the_whole(text: str) -> None:
    known = Lexicon(STEMMER).read(text)
    folded = analysis.fold(text)
    words = analysis.words(folded)
    assert known.words.split() == words
    assert known.length == len(words)
    assert len(known.also) == len(set(known.also))
    assert set(known.also) == analysis.others(folded, words, STEMMER.stems)


def test_nothing_is_found_by_nothing() -> None:
    assert Lexicon(STEMMER).read(" \n") == ("", 0, ())


def test_it_keeps_so_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "MOST_KNOWN", 3)
    known = Lexicon(STEMMER)
    texts = [f"word{number} again" for number in range(10)]
    read = [known.read(text) for text in texts]
    assert "again" in known
    assert len(known) <= 3
    assert [entry.words for entry in read] == texts


def test_it_keeps_no_long_pieces() -> None:
    known = Lexicon(STEMMER)
    known.read("https://example.org/a/long/address short")
    assert list(known) == ["short"]
