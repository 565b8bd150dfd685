"""A disk that remembers what it was told to keep, and forgets as much of the rest as the rules allow.

What was written is safe once its file was synced, and a new or removed name once its folder was. Of everything else a power
cut may leave all, nothing, or any part, in any order: whole writes, or single sectors of 512 bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from random import Random

from .trace import Append, Create, MakeFolder, Remove, Rename, Step, Sync, SyncFolder, Truncate, Write

SECTOR = 512

Change = Write | Truncate
# Which part of a change survives: all of it, the given sectors of it, or nothing.
Keep = Callable[[Change], "Change | list[Write] | None"]


@dataclass
class File:
    safe: bytes = b""
    pending: list[Change] = field(default_factory=list)


class Folder:
    """Only its names are of interest, and those are in the disk."""


class Disk:
    def __init__(self) -> None:
        self._there: dict[str, File | Folder] = {}
        # What was behind each name that changed since its folder was last synced; None where there was nothing.
        self._before: dict[str, File | Folder | None] = {}

    def apply(self, step: Step) -> None:
        match step:
            case Create(name):
                self._change(name, File())
            case MakeFolder(name):
                self._change(name, Folder())
            case Remove(name):
                self._change(name, None)
            case Rename(name, to):
                moved = self._there[name]
                self._change(name, None)
                self._change(to, moved)
            case Write(name) | Truncate(name):
                self._file(name).pending.append(step)
            case Append(name, data):
                file = self._file(name)
                file.pending.append(Write(name, len(replay(file.safe, file.pending)), data))
            case Sync(name, failed=True):
                # The kernel has marked the pages as clean: what they held stays in memory and never reaches the disk.
                self._file(name).pending.clear()
            case Sync(name):
                file = self._file(name)
                file.safe, file.pending = replay(file.safe, file.pending), []
            case SyncFolder(folder):
                self._before = {name: what for name, what in self._before.items() if parent(name) != folder}

    def _file(self, name: str) -> File:
        found = self._there[name]
        assert isinstance(found, File)
        return found

    def _change(self, name: str, what: File | Folder | None) -> None:
        self._before.setdefault(name, self._there.pop(name, None))
        if what:
            self._there[name] = what

    @property
    def unsafe(self) -> int:
        """How many changes a power cut could undo now."""
        files = [found for found in self._there.values() if isinstance(found, File)]
        return sum(len(file.pending) for file in files) + len(self._before)

    def power_cut(self, way: str, random: Random) -> dict[str, bytes]:
        """The files as they are found after a power cut that went in this *way* (one of `WAYS`)."""
        keep = WAYS[way]
        undone = {name: what for name, what in self._before.items() if keep(random, name, "name") is None}
        found = {**self._there, **undone}
        folders = {"."} | {name for name, what in found.items() if isinstance(what, Folder)}
        state = {}
        for name, file in found.items():
            if isinstance(file, File) and all(above in folders for above in parents(name)):
                kept: list[Change] = []
                for change in file.pending:
                    kept += as_list(keep(random, name, change))
                state[name] = replay(file.safe, kept)
        return state


def parent(name: str) -> str:
    return PurePosixPath(name).parent.as_posix()


def parents(name: str) -> list[str]:
    return [above.as_posix() for above in PurePosixPath(name).parents]


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
