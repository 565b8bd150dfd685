"""What all tests share, beside the public testing kit, convore_lite.testing."""

from __future__ import annotations

import pytest

from convore_lite import fetcher, page_reader, rates
from convore_lite.actions import saved_searches
from convore_lite.fetcher import exchange


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given up after a moment, for the sake of who waits, is not given up: a machine that does other things takes longer.

    Where a test is about that moment, it says so itself.
    """
    for module, name in (
        (fetcher, "SECONDS"),
        (exchange, "SECONDS_TO_CONNECT"),
        (page_reader, "SECONDS"),
        (saved_searches, "PATIENCE"),
    ):
        monkeypatch.setattr(module, name, 60)
    # And whoever is refused for haste learns of it at once.
    monkeypatch.setattr(rates, "BREATH", (0, 0))
