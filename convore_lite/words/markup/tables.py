"""Block rule for tables: a line of column names, a line of dashes, and lines with bars.

| disk | size  |
|------|------:|
| sda  | 4 TB  |
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as of_github

from .limits import DEEPEST_BLOCK, MOST_CELLS, TooMuch

# Below the names: dashes for each column, with a colon at the end to which its cells are aligned.
_DASHES = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$")
_BAR = re.compile(r"(?<!\\)\|")


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """GitHub's tables, but they end with their last line that has a bar. Raises TooMuch."""
    if state.level > DEEPEST_BLOCK or start + 2 > end or not _BAR.search(_line(state, start)):
        return False
    dashes = _line(state, start + 1)
    if "|" not in dashes or not _DASHES.match(dashes):
        return False
    stop = start + 2
    if silent:
        return bool(of_github(state, start, stop, True))
    while stop < end and state.sCount[stop] >= state.blkIndent and _BAR.search(_line(state, stop)):
        stop += 1
    _count_cells(state, (stop - start) * (dashes.count("|") + 1))
    return bool(of_github(state, start, stop, False))


def _count_cells(state: StateBlock, cells: int) -> None:
    """Short lines become whole rows of cells, so what counts is not how much was typed."""
    state.env["cells"] = state.env.get("cells", 0) + cells
    if state.env["cells"] > MOST_CELLS:
        raise TooMuch


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
