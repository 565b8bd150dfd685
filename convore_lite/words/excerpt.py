"""A message on one line, as plain text, and the beginning of it."""

from __future__ import annotations

import re

from markupsafe import Markup

from .markup import without_spoilers

# As much as fits on one line of a wide screen.
LONGEST = 160
_BETWEEN = re.compile("><(?!/?span)")


def plain(html: str) -> str:
    """What can be read in *html*, a message's own, but not what spoilers hide. Empty for a picture without words."""
    # Blocks are not joined into one word; the colours of code do not take one apart.
    apart = _BETWEEN.sub("> <", without_spoilers(html)).replace("<br>", " ")
    return " ".join(Markup(apart).striptags().split())


def excerpt(html: str, text: str) -> str:
    """The beginning of what can be read in *html*; where that is nothing, of what was typed."""
    line = plain(html) or " ".join(text.split())
    return line if len(line) <= LONGEST else line[:LONGEST].rstrip() + "…"
