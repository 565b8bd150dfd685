"""A disk that remembers what it was told to keep, and forgets as much of the rest as the rules allow.

What was written is safe once its file was synced, and a new or removed name once its folder was. Of everything else a power
cut may leave all, nothing, or any part, in any order: whole writes, or single sectors of 512 bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from .trace import Create, Remove, Step, Sync, SyncFolder, Truncate, Write

SECTOR = 512

Change = Write | Truncate
# Which part of a change survives: all of it, the given sectors of it, or nothing.
Keep = Callable[[Change], "Change | list[Write] | None"]


@dataclass
class File:
    safe: bytes = b""
    pending: list[Change] = field(default_factory=list)


class Disk:
    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        # Names that were removed, or made, since the folder was last synced.
        self._removed: dict[str, File] = {}
        self._made: set[str] = set()

    def apply(self, step: Step) -> None:
        match step:
            case Create(name):
                self._files[name] = File()
                self._made.add(name)
            case Remove(name):
                self._removed[name] = self._files.pop(name)
            case Write(name) | Truncate(name):
                self._files[name].pending.append(step)
            case Sync(name, failed=True):
                # The kernel has marked the pages as clean: what they held stays in memory and never reaches the disk.
                self._files[name].pending.clear()
            case Sync(name):
                file = self._files[name]
                file.safe, file.pending = replay(file.safe, file.pending), []
            case SyncFolder():
                self._made.clear()
                self._removed.clear()

    @property
    def unsafe(self) -> int:
        """How many changes a power cut could undo now."""
        return sum(len(file.pending) for file in self._files.values()) + len(self._made) + len(self._removed)

    def power_cut(self, way: str, random: Random) -> dict[str, bytes]:
        """The files as they are found after a power cut that went in this *way* (one of `WAYS`)."""
        keep = WAYS[way]
        names = {**self._removed, **self._files} if keep(random, "", "name") is None else self._files
        state = {}
        for name, file in names.items():
            if name in self._made and keep(random, name, "name") is None:
                continue
            kept: list[Change] = []
            for change in file.pending:
                kept += as_list(keep(random, name, change))
            state[name] = replay(file.safe, kept)
        return state


def as_list(kept: object) -> list[Change]:
    if kept is None:
        return []
    return kept if isinstance(kept, list) else [kept]  # type: ignore[list-item]


def nothing(random: Random, name: str, change: object) -> object:
    return None


def everything(random: Random, name: str, change: object) -> object:
    return change


def the_log(random: Random, name: str, change: object) -> object:
    return change if name.endswith("-wal") or change == "name" else None


def the_database(random: Random, name: str, change: object) -> object:
    return change if name.endswith(".db") or change == "name" else None


def some_writes(random: Random, name: str, change: object) -> object:
    return change if random.random() < 0.5 else None


def some_sectors(random: Random, name: str, change: object) -> object:
    if not isinstance(change, Write):
        return change
    return [sector for sector in sectors(change) if random.random() < 0.7]


WAYS: dict[str, Callable[[Random, str, object], object]] = {
    way.__name__: way for way in (nothing, everything, the_log, the_database, some_writes, some_sectors)
}


def sectors(write: Write) -> list[Change]:
    """A write in pieces that end where the disk's sectors end."""
    pieces: list[Change] = []
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        pieces.append(Write(write.name, start, write.data[start - write.offset : stop - write.offset]))
        start = stop
    return pieces


def replay(content: bytes, changes: list[Change]) -> bytes:
    found = bytearray(content)
    for change in changes:
        if isinstance(change, Truncate):
            del found[change.size :]
            found.extend(bytes(change.size - len(found)))
        else:
            found.extend(bytes(max(0, change.offset - len(found))))
            found[change.offset : change.offset + len(change.data)] = change.data
    return bytes(found)
