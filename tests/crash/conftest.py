"""What the crash tests share: a seed that makes a failure come again, and a place for files that need not last."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from . import trace

needs_strace = pytest.mark.skipif(trace.why_not() is not None, reason=str(trace.why_not()))


@pytest.fixture
def seed() -> int:
    """Printed where a test fails. Set it in the environment for the same choices; the moments are up to the machine, too."""
    number = int(os.environ.get("CONVORE_SEED", random.randrange(2**32)))
    print(f"CONVORE_SEED={number}")  # noqa: T201
    return number


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of databases are made in it."""
    shared = Path("/dev/shm")
    with TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as name:
        yield Path(name)
