"""A hit as it is shown: the piece of the text in which most was met, escaped, with `<mark>` around what was met."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from html import escape

from . import analysis
from .query import Clause, Phrase, words_in

# Characters of a snippet, and how many of them come before the first mark.
LENGTH = 240
BEFORE = 60
# As many parts as `analysis` puts together.
MOST_PARTS = 3
Span = tuple[int, int]

_TOKEN = re.compile(f"[{analysis.DENSE}{analysis.MARKS}]|{analysis.PICTURE}|[^\\W_{analysis.DENSE}]+")
_SPACES = re.compile(r"\s+")


class Marker:
    """What was looked for, ready to be marked in the texts of many hits.

    *stems* are the stems of the words; *doubtful* those of the words that may be mistyped: what is nearly the same is marked, too.
    """

    def __init__(self, clauses: Sequence[Clause], stems: Collection[str] = (), doubtful: Collection[str] = ()) -> None:
        self._words: list[Form] = []
        self._runs: list[list[str]] = []
        for sought in words_in(list(clauses)):
            things = [analysis.fold(match[0]) for match in _TOKEN.finditer(analysis.fold(sought.text))]
            if len(things) == 1 and not isinstance(sought, Phrase) and not analysis.is_dense(things[0]):
                self._words.append(Form(things[0], stems, doubtful))
            elif things:
                self._runs.append(things)

    def snippet(self, text: str) -> str:
        """HTML of escaped text and `<mark>`, nothing else."""
        spans = _joined(sorted(self._met(text)))
        start, end = _window(text, spans)
        parts: list[str] = []
        place = start
        for first, last in spans:
            if first < start or last > end:
                continue
            parts += [_shown(text[place:first]), "<mark>", _shown(text[first:last]), "</mark>"]
            place = last
        parts.append(_shown(text[place:end]))
        return ("…" if start else "") + "".join(parts).strip() + ("…" if end < len(text) else "")

    def _met(self, text: str) -> Iterator[Span]:
        tokens = _tokens(text)
        for form in self._words:
            yield from ((first, last) for first, last, word in tokens if form.is_in(word))
            yield from _written_apart(text, tokens, form.sought)
        for things in self._runs:
            yield from _runs(tokens, things)


class Form:
    """A word that is looked for, and whether another one is a form of it."""

    def __init__(self, sought: str, stems: Collection[str], doubtful: Collection[str]) -> None:
        self.sought = sought
        self._roots = [
            (root, len(stem)) for stem in stems if (root := _root(stem)) and _has_root(sought, root, len(stem))
        ]
        # Of most words one look at their beginning tells that they are none.
        self._begins = (sought, *(root for root, _ in self._roots))
        self._mistakes = analysis.mistakes_allowed(sought) if sought in doubtful else 0

    def is_in(self, word: str) -> bool:
        if word.startswith(self._begins):
            return word.startswith(self.sought) or any(_has_root(word, *root) for root in self._roots)
        return self._mistakes > 0 and distance(word, self.sought, self._mistakes) <= self._mistakes


def _root(stem: str) -> str:
    """happy has the stem happi."""
    return stem[:-1] if stem.endswith(("i", "e")) and len(stem) > 3 else stem


def _has_root(word: str, root: str, length: int) -> bool:
    """Nothing longer than by an ending is a form of a stem of that *length*."""
    return word.startswith(root) and len(word) - length <= 5


def _tokens(text: str) -> list[tuple[int, int, str]]:
    """The words of a text, folded, and where they are."""
    if text.isascii():  # each character is one when folded, too
        text = text.lower()
        return [(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(text)]
    return [(match.start(), match.end(), analysis.fold(match[0])) for match in _TOKEN.finditer(text)]


def _shown(piece: str) -> str:
    return escape(_SPACES.sub(" ", piece))


def _written_apart(text: str, tokens: list[tuple[int, int, str]], sought: str) -> Iterator[Span]:
    """E-1042, where e1042 is looked for."""
    for place, (first, _, word) in enumerate(tokens):
        if len(word) < len(sought) and sought.startswith(word):
            for end in range(place + 2, min(place + MOST_PARTS, len(tokens)) + 1):
                last = tokens[end - 1][1]
                whole = "".join(part for _, _, part in tokens[place:end]) == sought
                if whole and not _SPACES.search(text, first, last):
                    yield first, last


def _runs(tokens: list[tuple[int, int, str]], things: list[str]) -> Iterator[Span]:
    for place in range(len(tokens) - len(things) + 1):
        run = tokens[place : place + len(things)]
        if [word for _, _, word in run] == things:
            yield run[0][0], run[-1][1]


def distance(one: str, other: str, most: int) -> int:
    """How many letters have to be changed, added, left out or swapped to make one word of another; more than *most* is most + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        new = [place]
        for at, against in enumerate(other, 1):
            cost = min(row[at] + 1, new[-1] + 1, row[at - 1] + (letter != against))
            if place > 1 and at > 1 and letter == other[at - 2] and one[place - 2] == against:
                cost = min(cost, before[at - 2] + 1)
            new.append(cost)
        before, row = row, new
        if min(row) > most:
            return most + 1
    return row[-1]


def _joined(spans: list[Span]) -> list[Span]:
    """Marks that touch or overlap as one."""
    found: list[Span] = []
    for first, last in spans:
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _window(text: str, spans: list[Span]) -> Span:
    """Where the snippet begins and ends: where most marks are, at the beginning of a word."""
    if len(text) <= LENGTH:
        return 0, len(text)
    best = max((first for first, _ in spans), key=lambda at: _marks_from(at, spans), default=0)
    start = max(0, min(best - BEFORE, len(text) - LENGTH))
    space = text.find(" ", start, start + 20)
    if start and space != -1 and space < best:
        start = space + 1
    return start, min(len(text), start + LENGTH)


def _marks_from(at: int, spans: list[Span]) -> tuple[int, int]:
    return sum(at <= first and last <= at + LENGTH - BEFORE for first, last in spans), -at


def better_words(text: str, clauses: Sequence[Clause], hits: Sequence[str], unknown: Collection[str]) -> str | None:
    """What was perhaps meant: the search with its *unknown* words as they are written in what was found; None where all are known.

    Made of nothing but the hits, so that it can tell nobody a word that they could not read anyway.
    """
    found = [word for hit in hits for word in analysis.words(analysis.fold(hit))]
    meant = text
    for sought in words_in(list(clauses)):
        folded = analysis.fold(sought.text)
        better = _better(folded, found) if folded in unknown and not isinstance(sought, Phrase) else None
        if better is not None:
            meant = _replaced(meant, sought.text, better)
    return meant if meant != text else None


def _better(sought: str, found: Sequence[str]) -> str | None:
    """The nearest word, and of those the most usual one."""
    allowed = analysis.mistakes_allowed(sought)
    near = [(distance(word, sought, allowed), word) for word in found]
    counts = Counter(one for one in near if one[0] <= allowed)
    return min(counts, key=lambda one: (one[0], -counts[one], one[1]))[1] if counts else None


def _replaced(text: str, word: str, other: str) -> str:
    place = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    return text[: place.start()] + other + text[place.end() :] if place else text
