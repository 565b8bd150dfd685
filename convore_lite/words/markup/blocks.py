"""Block rules: quotes, lists and fenced code, as people write them in a chat.

All three end where their lines end: what is written on the next line without a mark or indentation is not part of them.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock, blockquote, list_block

from .limits import DEEPEST_BLOCK

# A space after the mark and something behind it: ">_>", ">>> 1 + 1", "-1", "-" and "- - -" stay as typed.
_QUOTE = re.compile(r">[ \t]++[^ \t]")
_QUOTE_GOES_ON = re.compile(r">(?:[ \t]|$)")
_ITEM = re.compile(r"(?:[-*]|(?:0|[1-9][0-9]{0,8})\.)[ \t][-* \t]*+[^-* \t]")
_FENCE = re.compile(r"(`{3,})([^`]*)$")
_LANGUAGE = re.compile(r"[A-Za-z0-9][\w+#.-]{0,29}", re.ASCII)


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines that begin with "> "."""
    if state.level > DEEPEST_BLOCK or not _QUOTE.match(*_line(state, start)):
        return False
    if silent:
        return True
    stop = start + 1
    while stop < end and state.sCount[stop] >= state.blkIndent and _QUOTE_GOES_ON.match(*_line(state, stop)):
        stop += 1
    # Paragraphs run on to lineMax, whatever end they are given.
    line_max, state.lineMax = state.lineMax, stop
    is_quote = blockquote(state, start, stop, False)
    state.lineMax = line_max
    return is_quote


def items(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines that begin with "- ", "* " or "1. "."""
    if state.level > DEEPEST_BLOCK or not _ITEM.match(*_line(state, start)):
        return False
    return list_block(state, start, end, silent)


def outdented(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Asked only whether it ends a paragraph: in a list, a line that is not indented does."""
    return silent and state.sCount[start] < state.blkIndent


def fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines between ```; also with code on the line of the opening or closing mark, and without a closing one."""
    opening = _FENCE.match(*_line(state, start))
    if opening is None:
        return False
    stop, closing = start + 1, ""
    while stop < end and not closing and (state.isEmpty(stop) or state.sCount[stop] >= state.blkIndent):
        closing = _closing(state, stop, opening[1])
        stop += 1
    info, code = opening[2].strip(), state.getLines(start + 1, stop, state.sCount[start], False)
    if closing:
        code = code.rstrip(" \t").removesuffix(closing)
    language = info if _LANGUAGE.fullmatch(info) else ""
    code = (code if language or not info else f"{info}\n{code}").rstrip("\n")
    if not code.strip():
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.info, token.content = language, code
        state.line = stop
    return True


def _closing(state: StateBlock, line: int, opening: str) -> str:
    """The backticks at the end of a line, where they are enough to close."""
    tail = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip(" \t")
    ticks = tail[len(tail.rstrip("`")) :]
    return ticks if len(ticks) >= len(opening) else ""


def _line(state: StateBlock, line: int) -> tuple[str, int, int]:
    """A line without its indentation, as arguments of `re.Pattern.match`."""
    return state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]
