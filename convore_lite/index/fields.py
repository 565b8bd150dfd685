"""The fields of the index, and how what is known of a message is laid into them.

``words`` holds the words of a text in their order, ``also`` what else it is found by (stems, what is written together, signs),
``title`` and ``title_also`` the same of a topic's name. A topic is a document by itself, with the id -TOPIC, so that a new
name changes one document and not those of all its messages; its group is in ``title_group``, so that no question about
messages meets it. One more, with the id 0, says how far the index has come; it is committed with all the rest, so that the
two always agree.
"""

from __future__ import annotations

from functools import cache

import tantivy

from ..words.search.documents import Doc, Title
from .lexicon import Lexicon

# Changes whenever the same text would be laid down in another way: then the index is made anew.
VERSION = 2
MARKER = 0
# A message counts half as much as one that is three years younger.
HALF = 3 * 365.25 * 24 * 3600 * 1000
NEW = 16.0
# Of two messages with a word in them the shorter one is more about it: by as much as in BM25, with its usual constants and a word
# that is there once. The average length is ours, since that of an index tells of all that is in it.
SATURATION, BY_LENGTH, USUAL_LENGTH = 1.2, 0.75, 15
LEAST, MOST = 0.5, 1.5
# Words from which on a message counts the least, however long it is.
LONG = 100


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


def message(doc: Doc, lexicon: Lexicon, *, since: int) -> tantivy.Document:
    """*since* is when the index was begun: what is as old as it weighs `NEW`."""
    known = lexicon.read(doc.text)
    # One by one: `from_dict` takes half as long again.
    document = tantivy.Document()
    document.add_integer("id", doc.id)
    document.add_integer("group", doc.group)
    document.add_integer("topic", doc.topic)
    document.add_integer("author", doc.author)
    document.add_integer("at", doc.at)
    document.add_integer("weight", weight(doc.at, since, known.length))
    document.add_text("words", known.words)
    document.add_text("also", " ".join(known.also))
    for user in doc.mentions:
        document.add_integer("mention", user)
    for flag in doc.flags:
        document.add_integer("flag", flag)
    return document


def title(one: Title, lexicon: Lexicon, *, schema: tantivy.Schema) -> tantivy.Document:
    known = lexicon.read(one.name)
    fields = {
        "id": -one.topic,
        "title_group": one.group,
        "at": 0,
        "weight": 0,
        "title": known.words,
        "title_also": " ".join(known.also),
    }
    return tantivy.Document.from_dict(fields, schema)


def marker(event: int, newest: int, schema: tantivy.Schema) -> tantivy.Document:
    return tantivy.Document.from_dict({"id": MARKER, "at": event, "weight": newest}, schema)


def weight(at: int, since: int, words: int) -> int:
    """A number whose logarithm (base 2) a score is multiplied with: Tantivy takes the logarithm of what it weighs by."""
    age = NEW * 2 ** ((at - since) / HALF) if at > 0 else 1.0
    return int(2 ** min(62.0, max(1.0, age * _by_length(min(words, LONG)))))


@cache
def _by_length(words: int) -> float:
    length = (SATURATION + 1) / (1 + SATURATION * (1 - BY_LENGTH + BY_LENGTH * words / USUAL_LENGTH))
    return min(MOST, max(LEAST, length))
