"""No message of 16 KiB keeps the server busy. How busy is for benchmarks/markup.py to tell: here nothing may blow up."""

from __future__ import annotations

import runpy
import time
from pathlib import Path
from typing import Any

import pytest

from convore_lite.words.markup import parse
from convore_lite.words.markup.code import LANGUAGES

BENCHMARK: dict[str, Any] = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "markup.py"))
TEXTS: dict[str, str] = dict(BENCHMARK["texts"]())
LONGEST = 16 * 1024
# Each takes less than 0.1 s on a slow machine; what grows with the square of its length would take far more than this.
SECONDS = 2.0


def seconds(text: str) -> float:
    start = time.process_time()
    parse(text, {"a": 1, "ann": 2}, origin="https://chat.example")
    return time.process_time() - start


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_takes_long(name: str) -> None:
    assert len(TEXTS[name].encode()) <= LONGEST
    assert seconds(TEXTS[name]) < SECONDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_takes_long_to_colour(language: str) -> None:
    programs = [text for _, text in BENCHMARK["programs"]([language])]
    coloured = ["<span" in parse(text, {}).html for text in programs[::8] if seconds(text) < SECONDS]
    assert len(coloured) == len(programs[::8]) > 20
    assert any(coloured)
