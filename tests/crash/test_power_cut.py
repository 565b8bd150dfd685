"""Power cuts, without pulling a plug: what the writer does to its files is recorded, and from that every state is made in
which a power cut could leave them. Each is opened with the real store, and must hold all that was acknowledged by then.

The recording is of the real thing: Python, SQLite, threads and readers. Twice the test is of something that must lose
messages, so that we know that it would notice.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from . import trace
from .conftest import needs_strace
from .states import violations
from .trace import Mark, Sync, SyncFolder

WRITER = Path(__file__).with_name("writer.py")
MESSAGES = int(os.environ.get("CONVORE_POWER_CUT_MESSAGES", 60))
FILES = 12

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


@pytest.fixture(scope="module")
def with_files(tmp_path_factory: pytest.TempPathFactory) -> list[trace.Step]:
    """A recording of messages with a file each."""
    steps, status = trace.record(tmp_path_factory.mktemp("files") / "chat", WRITER, f"{FILES}", "--files")
    assert (status, marks(steps)) == (0, FILES)
    return steps


def test_no_file_of_a_message_is_lost(with_files: list[trace.Step], memory: Path, seed: int) -> None:
    tried, wrong = violations(with_files, memory, Random(seed))
    print(f"{tried.total()} states: {dict(tried)}")  # noqa: T201
    assert wrong == []
    assert tried.total() > 5 * FILES


@pytest.mark.parametrize(
    "left_out",
    [
        pytest.param(lambda step: isinstance(step, Sync) and step.name.startswith("files/"), id="bytes"),
        pytest.param(lambda step: isinstance(step, SyncFolder) and step.name.startswith("files/"), id="names"),
        pytest.param(lambda step: step == SyncFolder("files"), id="folders"),
    ],
)
def test_a_file_that_is_not_synced_would_be(
    with_files: list[trace.Step], memory: Path, seed: int, left_out: Callable[[trace.Step], bool]
) -> None:
    _, wrong = violations([step for step in with_files if not left_out(step)], memory, Random(seed))
    assert any("bytes" in what for what in wrong)
    assert not any("lost" in what for what in wrong)


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
