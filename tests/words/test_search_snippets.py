"""A snippet is escaped text and `<mark>`, whatever was written."""

from __future__ import annotations

import re
from html import unescape

import markup_corpora as corpora

from convore_lite.words.search import analysis, parse, snippets


def test_no_text_gets_out_of_a_snippet() -> None:
    """Texts that were written to break pages, searched for by each of their own words."""
    for text in [*corpora.OUR_OWN, *corpora.dompurify(), *corpora.naughty()]:
        words = sorted(set(analysis.words(analysis.fold(text))))[:20]
        shown = (
            snippets.Marker(parse(" ".join(words)).clauses, doubtful=words)
            .snippet(text)
            .replace("<mark>", "")
            .replace("</mark>", "")
        )
        assert not set("<>\"'") & set(shown)
        assert unescape(shown.strip("…")) in re.sub(r"\s+", " ", text)
