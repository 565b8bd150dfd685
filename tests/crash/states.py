"""Every state in which a power cut can leave the files of a recording, and a look at each with the real store."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from convore_lite.store import Store
from convore_lite.store.connections import open_reader

from .disk import WAYS, Disk
from .trace import Mark, Step, Sync

# A state is made around each sync, at each mark, and at one of so many other moments.
ONE_OF = 12


def violations(
    steps: Sequence[Step], memory: Path, chance: Random, *, since: int = 0
) -> tuple[Counter[str], list[str]]:
    """Cut the power at every moment in every way; how many different states that were, and what was wrong in them."""
    disk, acknowledged = Disk(), set[str]()
    seen: set[int] = set()
    tried, wrong = Counter[str](), list[str]()
    chosen = set(moments(steps, chance))
    for index, step in enumerate(steps, 1):
        if isinstance(step, Mark):
            acknowledged.add(step.text.strip())
        disk.apply(step)
        for way in WAYS if index in chosen and index > since else ():
            state = disk.power_cut(way, chance)
            fingerprint = hash((frozenset(state.items()), len(acknowledged)))
            if fingerprint not in seen:
                seen.add(fingerprint)
                tried[way] += 1
                wrong += [f"step {index}, {way}: {what}" for what in look_at(state, acknowledged, memory)]
    return tried, wrong


def moments(steps: Sequence[Step], chance: Random) -> Iterator[int]:
    """How many steps were done when the power went."""
    for index, (step, following) in enumerate(itertools.pairwise(steps), 1):
        if isinstance(step, Sync | Mark) or isinstance(following, Sync) or chance.randrange(ONE_OF) == 0:
            yield index
    yield len(steps)


def look_at(state: dict[str, bytes], acknowledged: set[str], memory: Path) -> Iterator[str]:
    """Start on what the power cut left, and say what is wrong there."""
    with found(state, memory) as path:
        try:
            Store.open(path, publish=lambda events: None).close()
        except Exception as error:
            yield f"does not start: {error!r}"
        else:
            with closing(open_reader(path)) as connection:
                try:
                    yield from look_into(connection, acknowledged)
                    yield from look_for_bytes(connection, path.parent)
                except sqlite3.DatabaseError as error:  # what a lying disk may leave cannot always be read
                    yield f"lost: {error}"


def look_into(connection: sqlite3.Connection, acknowledged: set[str]) -> Iterator[str]:
    rows = connection.execute("SELECT topic_id, seq, client_id FROM messages ORDER BY topic_id, seq").fetchall()
    if lost := acknowledged - {row["client_id"] for row in rows}:
        yield f"lost {sorted(lost)}"
    for topic_id, last_seq in connection.execute("SELECT id, last_seq FROM topics"):
        if [row["seq"] for row in rows if row["topic_id"] == topic_id] != list(range(1, last_seq + 1)):
            yield f"topic {topic_id} is not 1, 2, 3 …"
    told = connection.execute("SELECT count(*) FROM events WHERE kind = 'message_posted'").fetchone()[0]
    if told != len(rows):
        yield f"{len(rows)} messages and {told} events of them"
    for check in ("integrity_check", "foreign_key_check"):
        found = [tuple(row) for row in connection.execute(f"PRAGMA {check}")]
        if found not in ([], [("ok",)]):
            yield f"{check}: {found}"


def look_for_bytes(connection: sqlite3.Connection, folder: Path) -> Iterator[str]:
    """Every file that a row speaks of is there, and is what it was."""
    for name in (name for row in connection.execute("SELECT bytes, thumb FROM files") for name in row if name):
        path = folder / "files" / name[:2] / name
        if not path.exists():
            yield f"no bytes: {name}"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != name:
            yield f"other bytes: {name}"


@contextmanager
def found(state: dict[str, bytes], memory: Path) -> Iterator[Path]:
    """A data folder with these files; the path of its database."""
    folder = memory / "found"
    folder.mkdir()
    for name, content in state.items():
        # The index of the log is made anew by whoever opens the database first after a restart of the machine.
        if not name.endswith("-shm"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    yield folder / "convore.db"
    shutil.rmtree(folder)
