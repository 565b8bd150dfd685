"""What the files of an index hold, by their checksums: written after each commit, and compared when somebody wants to be sure.

A file of Tantivy's is written once and never changed. Beside the checksum of SHA-256 that we keep, each ends with a checksum of
its own (CRC-32): that one is believed where the server was killed between a commit and our writing it down.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

NAME = "manifest.json"
# What ends each file of Tantivy's: a footer in JSON, its length, and this number.
END = struct.Struct("<II")
MAGIC = 1337
PIECE = 1 << 20


class Manifest(Struct):
    """*made* says with which program and settings, *since* when, and *whole* whether all messages were in at that time."""

    made: str
    since: int
    whole: bool = False
    meta: str = ""
    files: dict[str, tuple[int, str]] = {}

    def write(self, folder: Path) -> None:
        """Replace the one in the folder. Raises OSError."""
        new = folder / f"{NAME}.new"
        with new.open("wb") as file:
            file.write(msgspec.json.encode(self))
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / NAME)

    def note(self, folder: Path) -> None:
        """Take in the files that are new since, and leave out those that are gone. Raises OSError, ValueError."""
        files = {}
        # Not all that is in the folder: what is being merged is still written to.
        for name in needed_names(folder):
            with suppress(FileNotFoundError):  # merged away meanwhile
                files[name] = self.files.get(name) or ((folder / name).stat().st_size, sha256(folder / name))
        self.files = files
        self.meta = sha256(folder / "meta.json")

    def damage(self, folder: Path, *, at_rest: bool = True) -> str | None:
        """The name of the first file that is missing or not as it was written. *at_rest* nobody writes there meanwhile."""
        try:
            needed = needed_names(folder)
            listed = sha256(folder / "meta.json")
        except (OSError, ValueError, KeyError, TypeError):
            return "meta.json"
        # With every commit come new files. Where there are none, the list of them has to be as it was noted, too.
        if at_rest and needed <= set(self.files) and listed != self.meta:
            return "meta.json"
        return next((name for name in sorted(needed) if not self._is_sound(folder / name)), None)

    def _is_sound(self, path: Path) -> bool:
        try:
            if path.name not in self.files:
                return has_sound_end(path)
            size, checksum = self.files[path.name]
            return path.stat().st_size == size and sha256(path) == checksum
        except OSError:
            return False


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def needed_names(folder: Path) -> set[str]:
    """The files that the last commit is made of, by Tantivy's own list. Raises OSError, ValueError, KeyError, TypeError."""
    meta = json.loads((folder / "meta.json").read_bytes())
    needed: set[str] = set()
    for segment in meta["segments"]:
        stem = segment["segment_id"].replace("-", "")
        needed |= {f"{stem}.{kind}" for kind in ("fast", "fieldnorm", "idx", "pos", "store", "term")}
        if segment["deletes"]:
            needed.add(f"{stem}.{segment['deletes']['opstamp']}.del")
    return needed


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def has_sound_end(path: Path) -> bool:
    """Does a file agree with the checksum that Tantivy put at its end? Raises OSError."""
    content = path.read_bytes()
    if len(content) < END.size:
        return False
    length, magic = END.unpack(content[-END.size :])
    footer = content[-END.size - length : -END.size]
    if magic != MAGIC or len(footer) != length:
        return False
    try:
        return int(json.loads(footer)["crc"]) == zlib.crc32(content[: -END.size - length])
    except (ValueError, KeyError, TypeError):
        return False
