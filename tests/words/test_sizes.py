"""Bytes, as people write them."""

from __future__ import annotations

import pytest

from convore_lite.words.sizes import size_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (10**15, "1000.0 TB"),
    ],
)
def test_units_of_a_thousand(number: int, text: str) -> None:
    assert size_text(number) == text
