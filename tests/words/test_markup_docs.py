"""docs/markup.md says what is so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convore_lite.words.markup import Named, Spot, parse
from convore_lite.words.markup.addresses import MOST_NAMED
from convore_lite.words.markup.limits import MOST_BLOCK_LINES, MOST_CELLS, MOST_LINES, MOST_MARKS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "markup.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| `")]
NODES = [row for row in ROWS if len(row) == 4]


def read(typed: str) -> list[dict[str, Any]]:
    topics = {Spot("a", "b", None): Named(7, "Backups")}
    found: list[dict[str, Any]] = json.loads(
        parse(typed, {"ann": 1}, origin="https://chat.example", topics=topics, everyone=True).nodes
    )
    return found


def walk(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from walk(node.get("children", []))


def code(cell: str) -> str:
    """What stands in the code span at the beginning of a cell."""
    span = re.match(r"(`+)(.*?)(?<!`)\1(?!`)", cell)
    assert span is not None
    return span[2].strip().replace("¦", "|")


def test_all_types_are_there() -> None:
    assert len({row[0] for row in NODES}) == len(NODES) == 21


@pytest.mark.parametrize(("kind", "fields", "typed", "markup"), NODES)
def test_the_table_of_nodes(kind: str, fields: str, typed: str, markup: str) -> None:
    example = f"a{code(typed)}a" if " between " in typed else code(typed)
    example = example.replace("⏎", "\n")
    node = next(node for node in walk(read(example)) if node["type"] == code(kind))
    assert node["markup"] == code(markup)
    expected = re.findall(r"`(\w+)`", re.sub("of type `[a-z_]+`|and `children` with a label", "", fields))
    assert set(node) == {"type", *expected, "markup"}


def test_the_limits() -> None:
    words = " ".join(PAGE.split())
    assert f"{MOST_MARKS:,} of them, {MOST_LINES:,} lines, {MOST_BLOCK_LINES:,} lines of lists" in words
    assert f"or {MOST_CELLS:,} cells of tables" in words
    assert f"the first {MOST_NAMED} topics" in words
    assert "quotes in quotes from the eighth level on, lists in lists from the fifth" in PAGE
    quotes = {depth: parse("> " * depth + "a", {}).html.count("<blockquote>") for depth in (7, 8)}
    lists = {depth: parse("- " * depth + "a", {}).html.count("<ul>") for depth in (4, 5)}
    assert (quotes, lists) == ({7: 7, 8: 7}, {4: 4, 5: 4})


@pytest.mark.parametrize(
    "typed", ["2*3*4", "__init__", "#channel", ":)", "a || b || c", ">_<", ">>> 1 + 1", "-1", "- - -", r"C:\temp"]
)
def test_what_stays_as_typed(typed: str) -> None:
    assert f"`{typed}`" in PAGE
    assert [node["type"] for node in read(typed)] == ["text"]
