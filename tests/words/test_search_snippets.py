"""A snippet is escaped text and `<mark>`, whatever was written."""

from __future__ import annotations

import re
from html import unescape

import markup_corpora as corpora

from convore_lite.words.search import analysis, parse, snippets


def test_no_text_gets_out_of_a_snippet() -> None:
    """Texts that were written to break pages, searched for by each of their own words."""
    for text in [*corpora.OUR_OWN, *corpora.dompurify(), *corpora.naughty()]:
        clauses = parse(" ".join(sorted(set(analysis.words(analysis.fold(text))))[:20])).clauses
        shown = snippets.snippet(text, clauses, inexact=True).replace("<mark>", "").replace("</mark>", "")
        assert not set("<>\"'") & set(shown)
        assert unescape(shown.strip("…")) in re.sub(r"\s+", " ", text)
