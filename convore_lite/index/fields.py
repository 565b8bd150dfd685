"""The fields of the index, and how what is known of a message is laid into them.

``words`` holds the words of a text in their order, ``also`` what else it is found by (stems, what is written together, signs),
``title`` and ``title_also`` the same of a topic's name. A topic is a document by itself, with the id -TOPIC, so that a new
name changes one document and not those of all its messages; its group is in ``title_group``, so that no question about
messages meets it. One more, with the id 0, says how far the index has come; it is committed with all the rest, so that the
two always agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tantivy

from ..words.search import analysis
from ..words.search.documents import Doc, Title

# Changes whenever the same text would be laid down in another way: then the index is made anew.
VERSION = 2
# Languages with a script of their own, which no other one here uses: their words are known by their first letter.
BY_SCRIPT = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0b80", "\u0bff", "tamil"),
)

MARKER = 0
# A message counts half as much as one that is three years younger.
HALF = 3 * 365.25 * 24 * 3600 * 1000
NEW = 16.0
# Of two messages with a word in them the shorter one is more about it: by as much as in BM25, with its usual constants and a word
# that is there once. The average length is ours, since that of an index tells of all that is in it.
SATURATION, BY_LENGTH, USUAL_LENGTH = 1.2, 0.75, 15
LEAST, MOST = 0.5, 1.5


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    for name in ("group", "topic", "author", "mention", "flag", "title_group"):
        builder.add_integer_field(name, indexed=True)
    for name in ("at", "weight"):
        builder.add_integer_field(name, fast=True)
    for name in ("words", "title"):
        builder.add_text_field(name, tokenizer_name="spaces", index_option="position")
    for name in ("also", "title_also"):
        builder.add_text_field(name, tokenizer_name="spaces", index_option="basic")
    return builder.build()


def register(index: tantivy.Index) -> None:
    """To be called after every open: adding goes without it, asking does not."""
    index.register_tokenizer("spaces", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


class Stemmer(dict[str, tuple[str, ...]]):
    """The stems of a word in the chosen languages, as far as they are not the word itself.

    A word in Greek, Cyrillic, Arabic or Tamil letters is taken to be of the language of those.
    A dict, because looking up what is known has to be quick.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__()
        raw = tantivy.Tokenizer.raw
        names = {*languages, *(language for _, _, language in BY_SCRIPT)}
        self._stemmers = {
            name: tantivy.TextAnalyzerBuilder(raw()).filter(tantivy.Filter.stemmer(name)).build() for name in names
        }
        self._chosen = tuple(languages)

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= MOST_KNOWN:
            self.clear()
        stems = self[word] = self._stems(word)
        return stems

    def _stems(self, word: str) -> tuple[str, ...]:
        if not word.isalpha() or len(word) < 3 or analysis.is_dense(word):
            return ()
        stems = (self._stemmers[language].analyze(word)[0] for language in self._languages_of(word))
        return tuple({folded: None for stem in stems if (folded := analysis.fold(stem)) != word})

    def _languages_of(self, word: str) -> Sequence[str]:
        for first, last, language in BY_SCRIPT:
            if first <= word[0] <= last:
                return (language,)
        return self._chosen


# Words whose stems are kept at hand, some megabytes: the usual words of a language come again and again.
MOST_KNOWN = 50_000


def message(doc: Doc, stem: Stemmer, *, since: int, schema: tantivy.Schema) -> tantivy.Document:
    """*since* is when the index was begun: what is as old as it weighs `NEW`."""
    folded = analysis.fold(doc.text)
    words = analysis.words(folded)
    fields: dict[str, Any] = {
        "id": doc.id,
        "group": doc.group,
        "topic": doc.topic,
        "author": doc.author,
        "at": doc.at,
        "weight": weight(doc.at, since, len(words)),
        "words": " ".join(words),
        "also": " ".join(analysis.others(folded, words, stem)),
    }
    if doc.mentions:
        fields["mention"] = doc.mentions
    if doc.flags:
        fields["flag"] = doc.flags
    return tantivy.Document.from_dict(fields, schema)


def title(one: Title, stem: Stemmer, *, schema: tantivy.Schema) -> tantivy.Document:
    folded = analysis.fold(one.name)
    words = analysis.words(folded)
    fields = {
        "id": -one.topic,
        "title_group": one.group,
        "at": 0,
        "weight": 0,
        "title": " ".join(words),
        "title_also": " ".join(analysis.others(folded, words, stem)),
    }
    return tantivy.Document.from_dict(fields, schema)


def marker(event: int, newest: int, schema: tantivy.Schema) -> tantivy.Document:
    return tantivy.Document.from_dict({"id": MARKER, "at": event, "weight": newest}, schema)


def weight(at: int, since: int, words: int) -> int:
    """A number whose logarithm (base 2) a score is multiplied with: Tantivy takes the logarithm of what it weighs by."""
    age = NEW * 2 ** ((at - since) / HALF) if at > 0 else 1.0
    length = (SATURATION + 1) / (1 + SATURATION * (1 - BY_LENGTH + BY_LENGTH * words / USUAL_LENGTH))
    return int(2 ** min(62.0, max(1.0, age * min(MOST, max(LEAST, length)))))
