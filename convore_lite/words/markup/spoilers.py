"""Spoilers, ||words||: hidden until their reader asks to see them.

The markup is a checkbox without a name, in a label: it opens with a click or the space bar, before any script, and until then
neither the eye nor a screen reader comes to what is in it (web/styles/spoiler.css).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .pairs import partner, partners

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

BEGINS = '<label class="spoiler"><input type="checkbox" aria-label="Spoiler"><span>'
ENDS = "</span></label>"
HIDDEN = "[spoiler]"
"""What stands for a spoiler where nothing can be opened: in previews and notifications."""

_WHOLE = re.compile(f"{re.escape(BEGINS)}.*?{re.escape(ENDS)}", re.DOTALL)


def spoiler(state: StateInline, silent: bool) -> bool:
    """Inline rule: ||words||, in one paragraph; none in the label of a link, and none in another."""
    start = state.pos + 2
    end = partner(state, state.pos) if state.src.startswith("||", state.pos) and not state.linkLevel else None
    if end is None or end <= start or end + 2 > state.posMax:
        return False
    room = state.posMax
    state.push("spoiler_open", "", 1)
    state.pos, state.posMax = start, end
    state.md.inline.tokenize(state)
    state.push("spoiler_close", "", -1)
    state.pos, state.posMax = end + 2, room
    return True


def without_spoilers(html: str) -> str:
    """The markup of a message with nothing of what its spoilers hide."""
    return _WHOLE.sub(HIDDEN, html)


def covered(text: str, html: str) -> str:
    """What was typed, with nothing of what spoilers hide in the markup of it. Rather too much is covered than too little."""
    if BEGINS not in html:
        return text
    shown, end = "", 0
    for start, closing in sorted(partners(text).items()):
        if start >= end and text.startswith("||", start):
            shown += text[end:start] + HIDDEN
            end = closing + 2
    return shown + text[end:]
