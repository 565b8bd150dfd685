"""Times as the API writes them, and the limits the models speak of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convore_lite.words.models import time_text, time_value

LAST = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last time RFC 3339 can write


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_795_446_245_123, "2026-11-23T15:04:05.123Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (LAST, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_times(milliseconds: int, text: str) -> None:
    assert time_text(milliseconds) == text
    assert time_value(text) == milliseconds


@given(st.integers(0, LAST))
def test_every_time_is_read_back(milliseconds: int) -> None:
    text = time_text(milliseconds)
    assert len(text) == 24
    assert time_value(text) == milliseconds


@given(st.integers(0, LAST - 1))
def test_texts_sort_as_times_do(milliseconds: int) -> None:
    assert time_text(milliseconds) < time_text(milliseconds + 1)


def test_other_zones_and_finer_times_are_read() -> None:
    assert time_value("2026-11-23T16:04:05.123456+01:00") == time_value("2026-11-23T15:04:05.123Z")
    assert time_value("2026-11-23T15:04:05Z") == int(datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23T15:04:05", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_value(text)
