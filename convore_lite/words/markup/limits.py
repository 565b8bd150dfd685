"""How much markup one message may have, so that no text takes long to read. Measured by benchmarks/markup.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore

# Measured with benchmarks/markup.py: a mark costs up to 15 microseconds, a line with a list or quote in it up to 40.
# Prose has one mark in forty characters, source code one in ten, so people do not come near this in 16 KiB.
MOST_LINES = 3000
MOST_BLOCK_LINES = 1000
MOST_MARKS = 2500

# A cell costs as much as a line with a list in it, and half a table is filled in where lines are short.
MOST_CELLS = 2000

# A parent's markup holds its children's markup again: depth multiplies the size of the node list.
DEEPEST_BLOCK = 6
DEEPEST = 16

# Characters of code in colour in one message, and what each block costs besides. Pygments usually takes 4 microseconds
# for a character, but for some inputs the square of their length.
MOST_CODE = 2048
EACH_CODE_BLOCK = 128

_BLOCK_LINE = re.compile(r"^[ \t>]*+(?:[-*>]|[0-9]+\.)[ \t]", re.MULTILINE)
_MARK = re.compile(r"([*_~`])\1*|[\[<@:!\\\n]|www\.|\|\|")


class TooMuch(Exception):
    """The text has more markup than is worth reading; show it as it was typed."""


def check_lines(source: str) -> None:
    """Before blocks are read. Raises TooMuch."""
    if source.count("\n") > MOST_LINES or len(_BLOCK_LINE.findall(source)) > MOST_BLOCK_LINES:
        raise TooMuch


def check_marks(state: StateCore) -> None:
    """Core rule between blocks and inlines: what stands in code blocks is not counted. Raises TooMuch."""
    inlines = [token.content for token in state.tokens if token.type == "inline"]
    if len(inlines) + sum(len(_MARK.findall(content)) for content in inlines) > MOST_MARKS:
        raise TooMuch
