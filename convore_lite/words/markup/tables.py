"""Block rule for tables: a line of column names, a line of dashes, and lines with bars.

| disk | size  |
|------|------:|
| sda  | 4 TB  |
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as of_github
from markdown_it.rules_block.table import escapedSplit as cells_between_bars

from .limits import DEEPEST_BLOCK, MOST_CELLS, TooMuch

# Below the names: dashes for each column, with a colon at the end to which its cells are aligned.
_DASHES = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+$")
_BAR = re.compile(r"(?<!\\)\|")


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """GitHub's tables, but they end before a line without a bar or with too many cells. Raises TooMuch.

    GitHub would show the first as a row of one cell, and leave out of the other what has no column.
    """
    if state.level > DEEPEST_BLOCK or start + 2 > end or not _BAR.search(_line(state, start)):
        return False
    dashes = _line(state, start + 1)
    if "|" not in dashes or not _DASHES.match(dashes):
        return False
    stop = start + 2
    if silent:
        return bool(of_github(state, start, stop, True))
    columns = _cells(dashes)
    while stop < end and state.sCount[stop] >= state.blkIndent and _is_row(_line(state, stop), columns):
        stop += 1
    _count_cells(state, (stop - start) * (dashes.count("|") + 1))
    return bool(of_github(state, start, stop, False))


def _is_row(line: str, columns: int) -> bool:
    return _BAR.search(line) is not None and _cells(line) <= columns


def _cells(line: str) -> int:
    """How many there are; bars at the ends of the line are its frame."""
    cells = cells_between_bars(line.strip())
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


def _count_cells(state: StateBlock, cells: int) -> None:
    """Short lines become whole rows of cells, so what counts is not how much was typed."""
    state.env["cells"] = state.env.get("cells", 0) + cells
    if state.env["cells"] > MOST_CELLS:
        raise TooMuch


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
