"""Which mark closes which: the brackets of a label, and the bars of a spoiler.

All marks of a text are paired at the first question, in one pass. What is in code or behind a backslash is no mark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .names import is_in_word

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

_TICKS = re.compile("`+")
_MARK = re.compile(r"\\.|`+|[\[\]]|\|\|", re.DOTALL)


def partner(state: StateInline, opening: int) -> int | None:
    """Where the mark at *opening* is closed. Only rules that look ahead use the cache of the state, and there are none here."""
    if not state.cache:
        state.cache.update(partners(state.src))
    return state.cache.get(opening)


def partners(source: str) -> dict[int, int]:
    """Opening to closing mark. Never empty."""
    found, brackets, bars, code_ends = {-1: -1}, list[int](), list[int](), 0
    span_ends = _span_ends(source)
    for mark in _MARK.finditer(source):
        if mark.start() < code_ends:
            continue
        if mark[0] == "[":
            brackets.append(mark.start())
        elif mark[0] == "]":
            if brackets:
                found[brackets.pop()] = mark.start()
        elif mark[0] == "||":
            _pair_bars(source, mark.start(), bars, found)
        else:
            code_ends = span_ends.get(mark.start(), code_ends)
    return found


def _pair_bars(source: str, at: int, waiting: list[int], found: dict[int, int]) -> None:
    """Bars stand outside of words, and next to what they hide: "a || b || c" and "a||b||c" hide nothing."""
    before, after = source[max(at - 1, 0) : at], source[at + 2 : at + 3]
    if waiting and not before.isspace() and not is_in_word(after):
        found.update(dict.fromkeys(waiting, at))
        waiting.clear()
    elif after.strip() and not is_in_word(before):
        waiting.append(at)


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
