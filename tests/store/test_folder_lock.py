"""A data folder belongs to one process at a time, for exactly as long as that process lives."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from convore_lite.store import Store
from convore_lite.words.errors import SetupError

from .conftest import running
from .notes import notes, write_note

HOLD = """
import sys
from pathlib import Path
from convore_lite.store import Store
store = Store.open(Path(sys.argv[1]), publish=lambda events: None)
print("mine", flush=True)
sys.stdin.read()
"""
TRY = """
import sys
from pathlib import Path
from convore_lite.store import Store
from convore_lite.words.errors import SetupError
try:
    Store.open(Path(sys.argv[1]), publish=lambda events: None)
except SetupError as error:
    sys.exit(error.sentence)
"""


def test_a_second_process_is_refused_until_the_first_is_killed(path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"mine\n"
        second = subprocess.run([sys.executable, "-c", TRY, path], capture_output=True, text=True, timeout=60)
        assert (second.returncode, second.stderr) == (
            1,
            f"Another convore-lite is using the data folder {path.parent}.\n",
        )
        holder.kill()
    Store.open(path, publish=lambda events: None).close()


def test_refused_in_the_same_process_too(path: Path) -> None:
    first = Store.open(path, publish=lambda events: None)
    with pytest.raises(SetupError, match="Another convore-lite"):
        Store.open(path, publish=lambda events: None)
    first.close()
    Store.open(path, publish=lambda events: None).close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match=r"^The data folder .*file/chat cannot be used: .*\.$"):
        Store.open(tmp_path / "file" / "chat" / "convore.db", publish=lambda events: None)


def test_what_is_no_database_is_one_sentence_and_gives_the_folder_back(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(SetupError, match=r"^The database .*convore\.db cannot be opened: .*\.$"):
        Store.open(path, publish=lambda events: None)
    path.unlink()
    Store.open(path, publish=lambda events: None).close()


async def test_nobody_else_can_read_the_folder(path: Path) -> None:
    async with running(path) as store:
        await store.write(write_note, "secret")
        await store.read(notes)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(["lock", "convore.db", "convore.db-wal", "convore.db-shm"], 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
