"""What was typed into the search, read: ``backups -restic from:ann "on the cellar box" before:2026-01``.

Rule: nothing that can be typed is an error. What makes no sense is left out or taken as a word, and a mistake says so.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import UTC, tzinfo

from msgspec import Struct

from . import dates
from .query import FLAGS, Among, Clause, Either, Mistake, Named, Not, Phrase, Query, Word

# More than anybody types; what comes after is left out.
MOST_CHARACTERS = 500
MOST_CLAUSES = 32

NAMES = ("from", "in", "topic", "to", "mentions")
DATES = ("before", "after", "on")
HAS = ("link", "image", "file", "code", "reaction")
IS = ("starred", "unread", "edited", "resolved")
OPERATORS = (*NAMES, *DATES, "has", "is")
# The quotes of several keyboards, each with what ends it.
QUOTES = {'"': '"', "“": '”“"', "”": '”"', "„": '“”"', "«": "»", "「": "」"}


class Piece(Struct, frozen=True):
    """A piece of the text between two spaces. *quoted* is what stands in its quotes; *closed* says whether they end."""

    text: str
    start: int
    end: int
    negated: bool = False
    operator: str = ""
    quoted: bool = False
    closed: bool = True


def parse(text: str, *, now: int = 0, zone: tzinfo = UTC) -> Query:
    """Read a search. *now* (milliseconds since 1970) and *zone* say what ``today`` is and when a day begins."""
    reading = Reading(now, zone)
    if len(text) > MOST_CHARACTERS:
        reading.mistake(
            f"A search has at most {MOST_CHARACTERS} characters; the rest is left out.", MOST_CHARACTERS, len(text)
        )
    found = list(pieces(text[:MOST_CHARACTERS]))
    for place, piece in enumerate(found):
        open_end = place == len(found) - 1 and piece.end == len(text)
        reading.take(piece, last=open_end)
    return reading.finished()


class Reading:
    """Clauses as they come, and what was wrong on the way."""

    def __init__(self, now: int, zone: tzinfo) -> None:
        self._now, self._zone = now, zone
        self._clauses: list[Clause] = []
        self._mistakes: list[Mistake] = []
        self._or: Piece | None = None

    def mistake(self, sentence: str, start: int, end: int) -> None:
        self._mistakes.append(Mistake(sentence, start, end))

    def take(self, piece: Piece, *, last: bool) -> None:
        if piece.text == "OR" and not (piece.quoted or piece.operator or piece.negated):
            self._take_or(piece)
            return
        if not piece.closed:
            self.mistake(
                "The quotes are not closed; everything after them is taken as the phrase.", piece.start, piece.end
            )
        clause = self._clause(piece, last=last)
        if clause is None:
            return
        if len(self._clauses) >= MOST_CLAUSES:
            self.mistake(f"A search has at most {MOST_CLAUSES} parts; this one is left out.", piece.start, piece.end)
            return
        self._add(Not(clause) if piece.negated else clause)

    def finished(self) -> Query:
        if self._or is not None:
            self.mistake(
                "OR stands between two things to look for; here nothing follows.", self._or.start, self._or.end
            )
        return Query(self._clauses, self._mistakes)

    def _take_or(self, piece: Piece) -> None:
        if not self._clauses or self._or is not None:
            self.mistake("OR stands between two things to look for.", piece.start, piece.end)
        else:
            self._or = piece

    def _add(self, clause: Clause) -> None:
        if self._or is None:
            self._clauses.append(clause)
            return
        before = self._clauses.pop()
        self._clauses.append(Either([*(before.clauses if isinstance(before, Either) else [before]), clause]))
        self._or = None

    def _clause(self, piece: Piece, *, last: bool) -> Clause | None:
        if piece.operator:
            return self._operator(piece)
        if not piece.text.strip():
            if piece.quoted or piece.negated:
                self.mistake("There is nothing here to look for.", piece.start, piece.end)
            return None
        if piece.quoted:
            return Phrase(piece.text)
        self._suggest_operator(piece)
        return Word(piece.text, last=last and not piece.negated)

    def _operator(self, piece: Piece) -> Clause | None:
        name, value = piece.operator, piece.text.strip()
        if not value:
            self.mistake(f"{name}: needs a value, as in {EXAMPLES[name]}.", piece.start, piece.end)
            return None
        if name in DATES:
            return self._date(piece, value)
        if name in ("has", "is"):
            return self._quality(piece, value.lower())
        # A value is written as people write it elsewhere: @ann, #topic.
        return Named(name, value.lstrip("@#") or value, piece.start, piece.end)

    def _date(self, piece: Piece, value: str) -> Clause | None:
        span = dates.span(value, now=self._now, zone=self._zone)
        if span is None:
            self.mistake(
                f"{piece.operator}: takes a date such as 2026-01-31, 2026-01, 2026, today or yesterday.",
                piece.start,
                piece.end,
            )
            return None
        return dates.clause(piece.operator, span)

    def _quality(self, piece: Piece, value: str) -> Clause | None:
        known = HAS if piece.operator == "has" else IS
        # One may say has:links and has:images too.
        value = value if value in known else value.removesuffix("s")
        if value not in known:
            self.mistake(f"{piece.operator}: takes {', '.join(known[:-1])} or {known[-1]}.", piece.start, piece.end)
            return None
        if value in FLAGS:
            return Among("flag", [FLAGS[value]])
        return Named(piece.operator, value, piece.start, piece.end)

    def _suggest_operator(self, piece: Piece) -> None:
        name, colon, value = piece.text.partition(":")
        if colon and value and name.isalpha() and name.lower() not in OPERATORS:
            near = difflib.get_close_matches(name.lower(), OPERATORS, 1, cutoff=0.7)
            if near:
                self.mistake(f"There is no {name}: here. Did you mean {near[0]}:{value}?", piece.start, piece.end)


EXAMPLES = {
    "from": "from:ann",
    "in": "in:home-lab",
    "topic": 'topic:"night trains"',
    "to": "to:me",
    "mentions": "mentions:ann",
    "before": "before:2026-01-31",
    "after": "after:2026-01-31",
    "on": "on:today",
    "has": "has:link",
    "is": "is:starred",
}


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of a search, one after the other."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        piece = _piece(text, place)
        yield piece
        place = piece.end


def _piece(text: str, start: int) -> Piece:
    place = start
    negated = text[place] == "-" and place + 1 < len(text) and not text[place + 1].isspace() and text[place + 1] != "-"
    place += negated
    operator = next((name for name in OPERATORS if text[place : place + len(name) + 1].lower() == f"{name}:"), "")
    place += len(operator) + bool(operator)
    if place < len(text) and text[place] in QUOTES:
        return _quoted(text, start, place, negated, operator)
    end = place
    while end < len(text) and not text[end].isspace():
        end += 1
    return Piece(text[place:end], start, end, negated, operator)


def _quoted(text: str, start: int, place: int, negated: bool, operator: str) -> Piece:
    ends = QUOTES[text[place]]
    end = next((at for at in range(place + 1, len(text)) if text[at] in ends), None)
    if end is None:
        return Piece(text[place + 1 :], start, len(text), negated, operator, quoted=True, closed=False)
    return Piece(text[place + 1 : end], start, end + 1, negated, operator, quoted=True)
