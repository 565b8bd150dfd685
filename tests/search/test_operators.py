"""The field of the page of search offers exactly the operators and values that a search can hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convore_lite.words.search.parser import HAS, IS, OPERATORS

SOURCE = Path(__file__).parents[2] / "web" / "src" / "model" / "operator.ts"


@pytest.fixture
def script() -> str:
    if not SOURCE.exists():
        pytest.skip("the sources of the script are not beside the tests")
    return SOURCE.read_text("utf-8")


def test_the_script_knows_every_operator(script: str) -> None:
    offered = script.partition("export const OPERATORS = {")[2].partition("}")[0]
    assert sorted(re.findall(r"^  (\w+):", offered, re.MULTILINE)) == sorted(OPERATORS)


@pytest.mark.parametrize(("operator", "values"), [("has", HAS), ("is", IS)])
def test_the_script_knows_every_value(script: str, operator: str, values: tuple[str, ...]) -> None:
    offered = script.partition(f"  {operator}: [")[2].partition("]")[0]
    assert tuple(re.findall(r'"(\w+)"', offered)) == values
