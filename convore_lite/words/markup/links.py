"""Inline rules for links and pictures."""

from __future__ import annotations

from markdown_it.rules_inline import StateInline

from .addresses import bare, in_angles, in_parentheses
from .pairs import partner
from .safety import can_lead


def address(state: StateInline, silent: bool) -> bool:
    """Inline rule: an address in running text, or one in <angle brackets>.

    One that leads nowhere stays as typed, whole: else what is in it would be looked at again and again.
    """
    find = in_angles if state.src[state.pos] == "<" else bare
    found = find(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if state.linkLevel or not can_lead(found.url):
        state.append_pending(state.src[state.pos : found.end])
    else:
        token = state.push("address", "", 0)
        token.content = found.written
        token.attrs = {"href": found.url}
    state.pos = found.end
    return True


def labelled(state: StateInline, silent: bool) -> bool:
    """Inline rule: [label](address), and ![label](address) for a picture. A link in a label stays as typed."""
    is_picture = state.src.startswith("![", state.pos)
    opening = state.pos + is_picture
    if state.linkLevel or state.src[opening] != "[":
        return False
    closing = partner(state, opening)
    if closing is None or not state.src[opening + 1 : closing].strip():
        return False
    found = in_parentheses(state.src, closing + 1, state.posMax)
    if found is None or not can_lead(found.url):
        return False
    if is_picture:
        token = state.push("picture", "", 0)
        token.content = state.src[opening + 1 : closing]
        token.attrs = {"href": found.url}
    else:
        _read_label(state, opening + 1, closing, found.url)
    state.pos = found.end
    return True


def _read_label(state: StateInline, start: int, end: int, url: str) -> None:
    room = state.posMax
    state.pos, state.posMax = start, end
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.linkLevel += 1
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    state.push("link_close", "a", -1)
    state.posMax = room
