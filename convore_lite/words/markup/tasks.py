"""Tasks: points of a list that begin with "[ ]" or, once they are done, "[x]"."""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore

_BOX = re.compile(r"\[([ xX])\][ \t]++(?=\S)")


def tasks(state: StateCore) -> None:
    """Core rule between blocks and inlines: take the box from the words behind it; ``meta`` says whether it is ticked."""
    for place, token in enumerate(state.tokens):
        if token.type != "list_item_open" or state.tokens[place + 1].type != "paragraph_open":
            continue
        words = state.tokens[place + 2]
        if box := _BOX.match(words.content):
            token.meta = {"done": box[1] != " "}
            words.content = words.content[box.end() :]
