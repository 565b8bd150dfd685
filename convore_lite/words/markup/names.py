"""Usernames, and where a text mentions one."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?")
"""A whole username (use fullmatch). It begins and ends with a letter or digit, so the full stop of a sentence is never in it."""

_AT_NAME = re.compile(f"@({USERNAME.pattern})(?![a-z0-9])", re.ASCII | re.IGNORECASE)


def names_in(text: str) -> frozenset[str]:
    """Every username that stands after an @, in lower case; also those in code, which are no mentions."""
    return frozenset(name.lower() for name in _AT_NAME.findall(text))


def is_in_word(character: str) -> bool:
    """Whether a name or shortcode beside this character would be a part of a word: "me@ann" and "@anné" mention nobody.

    Scripts that write no spaces between words have no capital letters either: 请@ann看 mentions ann.
    """
    return character.isdigit() or character.lower() != character.upper()


def mention(state: StateInline, silent: bool) -> bool:
    """Inline rule: @name, where that is a user."""
    source, start = state.src, state.pos
    if source[start] != "@" or state.linkLevel or not (found := _AT_NAME.match(source, start)):
        return False
    before, after = source[start - 1 : start], source[found.end() : found.end() + 1]
    user_id = state.env["usernames"].get(found[1].lower())
    if user_id is None or before in ("@", "/") or is_in_word(before) or is_in_word(after):
        return False
    token = state.push("mention", "", 0)
    token.content = found[0]
    token.meta = {"user_id": user_id, "username": found[1].lower()}
    state.pos = found.end()
    return True
