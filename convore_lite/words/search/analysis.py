"""The words of a text, as the index keeps them and as a search asks for them.

Rule: both sides go through the same functions, so that what was written is found by what is typed.

A word is a run of letters and digits, in lower case and without accents. Chinese, Japanese, Korean and Thai write no spaces (or not
where we need them): there each character with the next one is a word, and the last character of a run is one by itself, so that
a single character is the beginning of a word wherever it stands. An emoji is a word, without its colour of skin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain

# Longer runs are no words: keys and hashes beyond that are found by their beginning.
LONGEST = 64
# Scripts without spaces, each character with the marks that belong to it: Thai, Lao, Myanmar, Khmer; kana; Han; Hangul.
DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
# Pictures: an emoji is one of these; what only colours or joins them is left out.
PICTURE = (
    "[\U0001f1e6-\U0001f1ff]{2}|[\u203c\u2049\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)

_TOKEN = re.compile(f"(?P<dense>[{DENSE}{MARKS}]+)|(?P<picture>{PICTURE})|(?P<word>[^\\W_{DENSE}]+)")
_UNUSUAL = re.compile(f"[{DENSE}{MARKS}]|{PICTURE}")
_DENSE = re.compile(f"[{DENSE}{MARKS}]")
_CLUSTER = re.compile(f"[^{MARKS}][{MARKS}]*|[{MARKS}]+")
# Latin letters that are one letter to Unicode and another with a stroke to most people.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ŋ": "n"})
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0640\u0670\u200b-\u200f\u2060\ufe00-\ufe0f]"
)
# Parts of one thing that are also written together: e-mail, don't, E-1042.
_JOINED = re.compile(r"[^\W_]+(?:[-'’_][^\W_]+){1,2}")
# Digits in what also has letters, such as KB5005565.
_NUMBER = re.compile(r"[0-9]{3,}")
_LETTERS = re.compile(r"[^\W_]+")
# What stands around a thing and is not part of it.
_AROUND = ".,;:!?()[]{}<>\"'`*_~|…«»„“”‚‘’"
# Whatever is no letter or digit of ASCII becomes a space: quicker than any pattern, and an index is built of a million texts.
_SPACED = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
# A sign at the beginning or end that makes something else of a thing: C++, C#, #1873, $HOME, --force, .NET.
_SIGNS = re.compile(r"^[+#$%&@=\\^/-]+[^\W_]|[^\W_][+#$%]+$")


def fold(text: str) -> str:
    """Lower case, without accents and with one way to write each character (NFKC)."""
    if text.isascii():
        return text.lower()
    # Twice: some letters are capitals only once they are taken apart, and some are taken apart only once they are small.
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", split)).translate(_STROKES)


def words(folded: str) -> list[str]:
    """The words of a folded text, in their order."""
    if folded.isascii():
        found = folded.encode().translate(_SPACED).decode().split()
        return found if max(map(len, found), default=0) <= LONGEST else [word[:LONGEST] for word in found]
    if not _UNUSUAL.search(folded):
        return [word[:LONGEST] for word in _LETTERS.findall(folded)]
    return [word[:LONGEST] for match in _TOKEN.finditer(folded) for word in _words_of(match)]


def _words_of(match: re.Match[str]) -> Iterator[str]:
    if match.lastgroup != "dense":
        yield match[0]
        return
    clusters = _CLUSTER.findall(match[0])
    yield from (one + other for one, other in zip(clusters, clusters[1:], strict=False))
    yield clusters[-1]


def is_dense(word: str) -> bool:
    """Is it of a script without spaces?"""
    return not word.isascii() and _DENSE.match(word) is not None


def query_words(folded: str) -> list[str]:
    """The words that a text has to hold one after the other if it holds this: a run that ends it may go on there."""
    found = words(folded)
    runs = [] if folded.isascii() else list(_TOKEN.finditer(folded))
    if runs and runs[-1].lastgroup == "dense" and len(list(_words_of(runs[-1]))) > 1:
        found.pop()
    return found


def others(folded: str, found: list[str], stems: Callable[[str], tuple[str, ...]]) -> set[str]:
    """What else a text is found by: the stems of its words, what is also written together, numbers, and things with a sign."""
    more = set(chain.from_iterable(map(stems, found)))
    # Most pieces of a text are plain words.
    if not folded.isalnum():
        more.update(joined(match) for match in _JOINED.findall(folded))
        more.update(signed(folded))
    if not folded.isalpha():
        more.update(number for word in found if not word.isdigit() for number in _NUMBER.findall(word))
    more.difference_update(found)
    return more


def joined(thing: str) -> str:
    """e-mail as email. Nothing that is of digits only, such as a date."""
    return "".join(words(thing))[:LONGEST]


def signed(folded: str) -> Iterator[str]:
    """Things that are another thing without their sign: c++, .net, #1873."""
    for piece in folded.split():
        thing = piece.strip(_AROUND)
        if piece.startswith(".") and piece[1:2].isalpha():
            thing = f".{thing}"
        if len(thing) <= LONGEST and (thing.startswith(".") or _SIGNS.search(thing)):
            yield thing


def mistakes_allowed(word: str) -> int:
    """How many letters of a word may be wrong, missing, too many or swapped: none in what holds a digit or is short."""
    if not word.isalpha() or is_dense(word):
        return 0
    return 2 if len(word) >= 8 else 1 if len(word) >= 4 else 0
