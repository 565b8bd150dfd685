"""The stems of words, in the languages that a server has chosen and in those that have a script of their own."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy

from ..words.search import analysis

# Languages with a script of their own, which no other one here uses: their words are known by their first letter.
BY_SCRIPT = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0b80", "\u0bff", "tamil"),
)


class Stemmer:
    """Knows the stems of words. One in Greek, Cyrillic, Arabic or Tamil letters is taken to be of the language of those."""

    def __init__(self, languages: Sequence[str]) -> None:
        raw = tantivy.Tokenizer.raw
        names = {*languages, *(language for _, _, language in BY_SCRIPT)}
        self._stemmers = {
            name: tantivy.TextAnalyzerBuilder(raw()).filter(tantivy.Filter.stemmer(name)).build() for name in names
        }
        self._chosen = tuple(languages)

    def stems(self, word: str) -> tuple[str, ...]:
        """Those of a folded word that are not the word itself."""
        if not word.isalpha() or len(word) < 3 or analysis.is_dense(word):
            return ()
        stems = (self._stemmers[language].analyze(word)[0] for language in self._languages_of(word))
        return tuple({folded: None for stem in stems if (folded := analysis.fold(stem)) != word})

    def _languages_of(self, word: str) -> Sequence[str]:
        for first, last, language in BY_SCRIPT:
            if first <= word[0] <= last:
                return (language,)
        return self._chosen
