"""Inline rules for running text: what stops it, line breaks, backslashes, and the marks around bold, italic, struck words."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.token import Token

from .addresses import BEGINS

_STOP = re.compile(rf"[\n\\`*_~!\[<@:]|\|\||{BEGINS}")
_RUN = re.compile(r"([*_~])\1*")
_LONGEST_RUN = {"*": 3, "_": 1, "~": 2}
# A backslash takes the meaning of what would be a mark here, and stays where there is none: C:\temp, \d+\.\d
_ESCAPE = re.compile(r"\\([*_~`\[\]<@:|])|(?<![^\n])\\([->])")
_WITHIN_WORD = "within word"
_SHRUG = r"\_(ツ)_/¯"


def text(state: StateInline, silent: bool) -> bool:
    """Everything up to the next character that may be a mark."""
    stop = _STOP.search(state.src, state.pos, state.posMax)
    return _as_typed(state, stop.start() if stop else state.posMax)


def newline(state: StateInline, silent: bool) -> bool:
    """A line break is a line break."""
    if state.src[state.pos] != "\n":
        return False
    state.push("line_break", "", 0)
    state.pos += 1
    return True


def escape(state: StateInline, silent: bool) -> bool:
    """A backslash before a mark."""
    if state.src.startswith(_SHRUG, state.pos):
        return _as_typed(state, state.pos + len(_SHRUG))
    found = _ESCAPE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    state.pos += 1
    return _as_typed(state, found.end())


def emphasised(state: StateInline, silent: bool) -> bool:
    """*italic*, _italic_, **bold** and ~~struck~~; __init__ and **** stay as typed."""
    run = _RUN.match(state.src, state.pos, state.posMax)
    if run is None:
        return False
    known = len(state.tokens)
    rule = strikethrough if run[1] == "~" else emphasis
    if len(run[0]) > _LONGEST_RUN[run[1]] or not rule.tokenize(state, silent):
        return _as_typed(state, run.end())
    if _is_word(state.src[run.start() - 1 : run.start()]) and _is_word(state.src[run.end() : run.end() + 1]):
        for token in state.tokens[known:]:
            token.info = _WITHIN_WORD
    return True


def unmark(state: StateInline) -> None:
    """Second pass: marks that both stand within words (2*3*4) or that have only signs between them (*.*) are none."""
    opened: list[int] = []
    for end, closing in enumerate(state.tokens):
        if closing.nesting > 0:
            opened.append(end)
        elif closing.nesting < 0:
            opening = state.tokens[start := opened.pop()]
            within_words = opening.info == closing.info == _WITHIN_WORD
            if opening.markup and (within_words or _are_signs(state.tokens, start + 1, end)):
                for token in (opening, closing):
                    token.type, token.nesting, token.content = "text", 0, token.markup


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _are_signs(tokens: list[Token], start: int, end: int) -> bool:
    # Few tokens: else marks around marks around marks would each look at all that is within.
    return end - start < 8 and all(
        token.type == "text" and token.content.isascii() and not any(map(str.isalnum, token.content))
        for token in tokens[start:end]
    )


def _as_typed(state: StateInline, end: int) -> bool:
    """Keep everything up to *end* as it is; tells whether that is something."""
    if end <= state.pos:
        return False
    state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True
