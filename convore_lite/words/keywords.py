"""Keyword alerts: the words of which somebody wants to hear, and where they are in a text.

A keyword is found as a whole word, in any case: “cat” is in “A Cat!” and not in “concatenate”. It may be several words, “home lab”.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .errors import BadInput

MOST = 50
SHORTEST, LONGEST = 2, 60
WORD = re.compile(r"\w+")


def normal(text: str) -> str:
    """The one spelling in which keywords and texts are compared."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def checked(words: Iterable[str]) -> list[str]:
    """Keywords in their one spelling, each once, sorted. Raises BadInput."""
    chosen = sorted({_checked(word, f"keywords.{place}") for place, word in enumerate(words)})
    if len(chosen) > MOST:
        raise BadInput("keywords", f"at most {MOST}")
    return chosen


def start(keyword: str) -> str:
    """The first word of a keyword, by which it is looked for."""
    found = WORD.search(keyword)
    assert found is not None
    return found[0]


def starts(text: str) -> set[str]:
    """The words of a normal text: where keywords may begin."""
    return set(WORD.findall(text))


def holds(text: str, keyword: str) -> bool:
    """Is the keyword in a normal text, with nothing of a word before or after it?"""
    return re.search(rf"(?<!\w){re.escape(keyword)}(?!\w)", text) is not None


def _checked(word: str, field: str) -> str:
    keyword = normal(word)
    if not SHORTEST <= len(keyword) <= LONGEST:
        raise BadInput(field, f"a word has {SHORTEST} to {LONGEST} characters")
    if not WORD.search(keyword):
        raise BadInput(field, "holds no letter or digit")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in keyword):
        raise BadInput(field, "may not hold control characters")
    return keyword
