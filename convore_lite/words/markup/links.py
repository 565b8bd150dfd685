"""Inline rules for links and pictures."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

from .addresses import bare, in_angles, in_parentheses
from .safety import can_lead

_TICKS = re.compile("`+")
_BRACKET = re.compile(r"\\.|`+|[\[\]]", re.DOTALL)


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
    closing = _partner(state, opening)
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


def _partner(state: StateInline, opening: int) -> int | None:
    """Where the bracket at *opening* is closed.

    All brackets are paired at the first question, in one pass. Only rules that look ahead use the cache of the state, and
    there are none here.
    """
    if not state.cache:
        state.cache.update(_brackets(state.src))
    return state.cache.get(opening)


def _brackets(source: str) -> dict[int, int]:
    """Opening to closing bracket; none in code spans or behind a backslash. Never empty."""
    partners, opened, code_ends = {-1: -1}, list[int](), 0
    span_ends = _span_ends(source)
    for mark in _BRACKET.finditer(source):
        if mark.start() < code_ends:
            continue
        if mark[0] == "[":
            opened.append(mark.start())
        elif mark[0] == "]":
            if opened:
                partners[opened.pop()] = mark.start()
        else:
            code_ends = span_ends.get(mark.start(), code_ends)
    return partners


def _span_ends(source: str) -> dict[int, int]:
    """Where the code span ends that a run of backticks begins: behind the next run of the same length."""
    ends: dict[int, int] = {}
    latest: dict[int, int] = {}
    for run in reversed(list(_TICKS.finditer(source))):
        length = run.end() - run.start()
        if length in latest:
            ends[run.start()] = latest[length]
        latest[length] = run.end()
    return ends
