"""Where a text mentions somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..models import Everyone
from ..slugs import USERNAME

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

_AT_NAME = re.compile(f"@({USERNAME.pattern})(?![a-z0-9])", re.ASCII | re.IGNORECASE)

# The words behind an @ that name many.
EVERYONE: frozenset[Everyone] = frozenset(("group", "here"))


def mentioned_names(text: str) -> frozenset[str]:
    """The usernames, in lower case, that *text* may mention, and EVERYONE that is in it: look these up, then call `parse`."""
    return frozenset(name.lower() for name in _AT_NAME.findall(text))


def is_in_word(character: str) -> bool:
    """Whether a name or shortcode beside this character would be part of a word: "me@ann" and "@anné" mention nobody.

    Scripts that put no spaces between words have no capital letters either: 请@ann看 mentions ann.
    """
    return character.isdigit() or character.lower() != character.upper()


def mention(state: StateInline, silent: bool) -> bool:
    """Inline rule: @name, where that is a user; @group and @here, where their writer may call everybody."""
    source, start = state.src, state.pos
    if source[start] != "@" or state.linkLevel or not (found := _AT_NAME.match(source, start)):
        return False
    before, after = source[max(start - 1, 0) : start], source[found.end() : found.end() + 1]
    name = found[1].lower()
    user_id = state.env["usernames"].get(name)
    everyone = state.env["everyone"] and name in EVERYONE
    if (user_id is None and not everyone) or before in {"@", "/"} or is_in_word(before) or is_in_word(after):
        return False
    token = state.push("everyone" if user_id is None else "mention", "", 0)
    token.content = found[0]
    token.meta = {"name": name} if user_id is None else {"user_id": user_id, "username": name}
    state.pos = found.end()
    return True
