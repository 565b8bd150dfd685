"""What a text is found by, put together from what each of its pieces is found by.

A piece is what stands between two spaces. People write the same ones again and again: what is known of one is looked up, and an
index of a million texts is made in half the time that it takes to take each of them apart.
"""

from __future__ import annotations

from typing import NamedTuple

from ..words.search import analysis
from .stemmer import Stemmer

# Pieces that are kept at hand, some twenty megabytes; and no long ones, such as addresses, which hardly ever come again.
MOST_KNOWN = 100_000
LONGEST_KNOWN = 24


class Entry(NamedTuple):
    """Of a piece or a text: its *words* in their order, with spaces between; their number, *length*; and what *also* finds it."""

    words: str
    length: int
    also: tuple[str, ...]


# Most pieces are one word as it stands, and nothing else finds them; of others it is enough to know what also does.
Known = Entry | tuple[str, ...] | None


class Lexicon(dict[str, Known]):
    """What is known of pieces. A dict, because looking up what is known has to be quick."""

    def __init__(self, stemmer: Stemmer) -> None:
        super().__init__()
        self._stemmer = stemmer

    def __missing__(self, piece: str) -> Known:
        known = self._take_apart(piece)
        if len(piece) <= LONGEST_KNOWN:
            if len(self) >= MOST_KNOWN:
                self.clear()
            self[piece] = known
        return known

    def read(self, text: str) -> Entry:
        """What a text is found by: the same as if it were taken apart as a whole, since no word goes on beyond a space."""
        parts = text.split()
        length = len(parts)
        more: list[str] = []
        for place, known in enumerate(map(self.__getitem__, parts)):
            if known is None:
                continue
            if isinstance(known, Entry):
                parts[place] = known.words
                length += known.length - 1
                more += known.also
            else:
                more += known
        words = " ".join(parts)
        return Entry(words, length, tuple(set(more).difference(words.split())) if more else ())

    def _take_apart(self, piece: str) -> Known:
        folded = analysis.fold(piece)
        words = analysis.words(folded)
        also = tuple(analysis.others(folded, words, self._stemmer.stems))
        return also or None if words == [piece] else Entry(" ".join(words), len(words), also)
