"""Does a message meet a search? Slowly and plainly, by the words as they are: for where there is no index to ask."""

from __future__ import annotations

from collections.abc import Sequence

from . import analysis
from .documents import Doc
from .query import Among, Between, Clause, Either, Named, Newer, Not, Phrase, Word


def meets(clauses: Sequence[Clause], doc: Doc) -> bool:
    """Does it meet all of them?"""
    folded = analysis.fold(doc.text)
    words = analysis.words(folded)
    signs = set(analysis.signed(folded))
    return all(_meets(clause, doc, words, signs) for clause in clauses)


def _meets(clause: Clause, doc: Doc, words: list[str], signs: set[str]) -> bool:
    match clause:
        case Word():
            return _holds(clause.text, words, signs, begun=True)
        case Phrase():
            return _holds(clause.text, words, signs, begun=False)
        case Among():
            return not _numbers(clause, doc).isdisjoint(clause.numbers)
        case Between():
            return (clause.first is None or clause.first <= doc.at) and (clause.end is None or doc.at < clause.end)
        case Newer():
            return doc.id > clause.message
        case Not():
            return not _meets(clause.clause, doc, words, signs)
        case Either():
            return any(_meets(one, doc, words, signs) for one in clause.clauses)
        case Named():
            raise TypeError("a name is for the database to resolve")


def _holds(text: str, words: list[str], signs: set[str], *, begun: bool) -> bool:
    folded = analysis.fold(text)
    if any(sign in signs for sign in analysis.signed(folded)):
        return True
    sought = analysis.query_words(folded)
    return bool(sought) and any(
        _fits(sought, words[place : place + len(sought)], begun=begun) for place in range(len(words) - len(sought) + 1)
    )


def _fits(sought: list[str], words: list[str], *, begun: bool) -> bool:
    lonely = len(sought) == 1 and len(sought[0]) == 1 and analysis.is_dense(sought[0])
    end = words[-1].startswith(sought[-1]) if begun or lonely else words[-1] == sought[-1]
    return end and words[:-1] == sought[:-1]


def _numbers(clause: Among, doc: Doc) -> set[int]:
    match clause.field:
        case "id":
            return {doc.id}
        case "author":
            return {doc.author}
        case "group":
            return {doc.group}
        case "topic":
            return {doc.topic}
        case "mention":
            return set(doc.mentions)
        case "flag":
            return set(doc.flags)
