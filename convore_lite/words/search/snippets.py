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
Span = tuple[int, int]

_TOKEN = re.compile(f"[{analysis.DENSE}{analysis.MARKS}]|{analysis.PICTURE}|[^\\W_{analysis.DENSE}]+")


def snippet(text: str, clauses: Sequence[Clause], stems: Collection[str] = (), *, inexact: bool = False) -> str:
    """HTML of escaped text and `<mark>`, nothing else. *stems* are the stems of the words; *inexact* also marks mistyped ones."""
    spans = _joined(text, sorted(_met(text, clauses, stems, inexact)))
    start, end = _window(text, spans)
    parts: list[str] = []
    place = start
    for first, last in spans:
        if first < start or last > end:
            continue
        parts += [escape(_flat(text[place:first])), "<mark>", escape(_flat(text[first:last])), "</mark>"]
        place = last
    parts.append(escape(_flat(text[place:end])))
    return ("…" if start else "") + "".join(parts).strip() + ("…" if end < len(text) else "")


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _met(text: str, clauses: Sequence[Clause], stems: Collection[str], inexact: bool) -> Iterator[Span]:
    tokens = [(match.start(), match.end(), analysis.fold(match[0])) for match in _TOKEN.finditer(text)]
    for sought in words_in(list(clauses)):
        folded = analysis.fold(sought.text)
        things = [analysis.fold(match[0]) for match in _TOKEN.finditer(folded)]
        alone = len(things) == 1 and not isinstance(sought, Phrase)
        if alone and not analysis.is_dense(things[0]):
            yield from (
                (first, last) for first, last, word in tokens if _is_form(word, things[0], stems, inexact=inexact)
            )
        elif things:
            yield from _runs(tokens, things)


def _runs(tokens: list[tuple[int, int, str]], things: list[str]) -> Iterator[Span]:
    for place in range(len(tokens) - len(things) + 1):
        run = tokens[place : place + len(things)]
        if [word for _, _, word in run] == things:
            yield run[0][0], run[-1][1]


def _is_form(word: str, sought: str, stems: Collection[str], *, inexact: bool) -> bool:
    if word.startswith(sought):
        return True
    if any(_has_stem(word, stem) and _has_stem(sought, stem) for stem in stems):
        return True
    allowed = analysis.mistakes_allowed(sought)
    return inexact and bool(allowed) and distance(word, sought, allowed) <= allowed


def _has_stem(word: str, stem: str) -> bool:
    """happy has the stem happi; nothing longer than by an ending is a form of it."""
    root = stem[:-1] if stem.endswith(("i", "e")) and len(stem) > 3 else stem
    return word.startswith(root) and len(word) - len(stem) <= 5


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


def _joined(text: str, spans: list[Span]) -> list[Span]:
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
