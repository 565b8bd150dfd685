"""The shared corpora of bad inputs, where they are beside the checkout."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora"


def find(name: str) -> Path:
    """A file of the corpora; the test is skipped where they are not there."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip("the shared corpora are not beside this checkout")
    return path


def names() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(find("unicode/names.json").read_text("utf-8"))
    return found


def json_cases() -> list[tuple[str, bytes]]:
    """(name, body) of Nicolas Seriot's JSON test suite; a name begins with y_, n_ or i_."""
    lines = find("json/jsontestsuite.jsonl").read_text("utf-8").splitlines()
    return [(case["name"], base64.b64decode(case["b64"])) for case in map(json.loads, lines) if "b64" in case]


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings, but for one that is cut off within a character."""
    encoded = json.loads(find("naughty/blns.base64.json").read_text("utf-8"))
    decoded = [base64.b64decode(text).decode("utf-8", "replace") for text in encoded]
    return [text for text in decoded if not text.endswith("\ufffd")]
