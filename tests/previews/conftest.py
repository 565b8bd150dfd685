from __future__ import annotations

from collections.abc import Iterator

import pytest

from .internet import Internet, open_internet


@pytest.fixture
def internet() -> Iterator[Internet]:
    with open_internet() as opened:
        yield opened
