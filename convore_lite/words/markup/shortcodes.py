"""Emoji by name: :thumbsup:."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

from ..emoji import by_name
from .names import is_in_word

_SHORTCODE = re.compile(r":([\w+’'&.()-]{1,60}):")


def shortcode(state: StateInline, silent: bool) -> bool:
    """Inline rule: :name:, where an emoji has that name; not in 10:30:45 or std::a::b."""
    found = _SHORTCODE.match(state.src, state.pos, state.posMax)
    if found is None or found[1] not in by_name():
        return False
    before, after = state.src[max(state.pos - 1, 0) : state.pos], state.src[found.end() : found.end() + 1]
    follows_emoji = not state.pending and bool(state.tokens) and state.tokens[-1].type == "emoji"
    if is_in_word(before) or is_in_word(after) or (before == ":" and not follows_emoji):
        return False
    token = state.push("emoji", "", 0)
    token.content = by_name()[found[1]]
    token.info = found[1]
    state.pos = found.end()
    return True
