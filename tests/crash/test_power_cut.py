"""Power cuts, without pulling a plug: what the writer does to its files is recorded, and from that every state is made in
which a power cut could leave them. Each is opened with the real store, and must hold all that was acknowledged by then.

The recording is of the real thing: Python, SQLite, threads and readers. Twice the test is of something that must lose
messages, so that we know that it would notice.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from . import trace
from .conftest import needs_strace
from .states import violations
from .trace import Mark, Sync

WRITER = Path(__file__).with_name("writer.py")
MESSAGES = int(os.environ.get("CONVORE_POWER_CUT_MESSAGES", 60))

pytestmark = needs_strace


@pytest.mark.timeout(120 + MESSAGES)
def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path, memory: Path, seed: int) -> None:
    steps, status = trace.record(tmp_path / "chat", WRITER, f"{MESSAGES}")
    assert (status, marks(steps)) == (0, MESSAGES)
    synced = Counter(step.name for step in steps if isinstance(step, Sync))
    assert synced["convore.db"] > 2, "no checkpoint was recorded"
    tried, wrong = violations(steps, memory, Random(seed))
    print(f"{tried.total()} states: {dict(tried)}")  # noqa: T201
    assert wrong == []
    assert tried.total() > 5 * MESSAGES


def test_without_sync_it_would_be(tmp_path: Path, memory: Path, seed: int) -> None:
    """synchronous=NORMAL: the same writer, and no sync before it acknowledges. This must lose messages."""
    steps, status = trace.record(tmp_path / "chat", WRITER, "60", "--synchronous=NORMAL")
    assert (status, marks(steps)) == (0, 60)
    tried, wrong = violations(steps, memory, Random(seed))
    lossy = sum("lost" in what for what in wrong)
    print(f"{tried.total()} states, of which {lossy} lost messages")  # noqa: T201
    assert lossy > 60


def test_on_a_disk_that_lies_it_would_be(tmp_path: Path, memory: Path, seed: int) -> None:
    """A disk that says it has synced and has not. No program can help that."""
    steps, _ = trace.record(tmp_path / "chat", WRITER, "10")
    lying = [step for step in steps if not (isinstance(step, Sync) and step.name.endswith("-wal"))]
    _, wrong = violations(lying, memory, Random(seed))
    assert any("lost" in what for what in wrong)


def marks(steps: list[trace.Step]) -> int:
    return sum(isinstance(step, Mark) for step in steps)
