"""The bytes of files, on disk: each once, under the hash of what is in it, whoever sent it and however often.

Rule: bytes are on the disk, synced with the folder they are in, before anything says that they are there; and they go only when
nothing says so any more. Whoever keeps bytes claims them until their row is written, and what is claimed is not taken away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import trio

from .words.errors import BadInput, DiskFull, SetupError

T = TypeVar("T")
Run = Callable[..., Awaitable[Any]]
FindUsed = Callable[[Sequence[str]], Awaitable[set[str]]]

# Left free for what people say: a full disk stops files before it stops messages.
RESERVE = 64 * 1024 * 1024
BLOCK = 256 * 1024
# Seconds. The lines that need staged bytes follow them within minutes.
STAGED_FOR = 3600
# Hashes looked up in the database at once while the folder is swept.
STEP = 500
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# A folder for each beginning, so that none has too many names in it.
BEGINNING = 2


class Files:
    """The files in *folder*. Open it with `Files.open`, which nobody else may have open."""

    def __init__(self, folder: Path, run_sync: Run = trio.to_thread.run_sync) -> None:
        self.folder = folder
        self._unfinished = folder / "unfinished"
        self._run_sync = run_sync
        self._claims: Counter[str] = Counter()
        # The next part of what is being staged.
        self._parts: dict[str, int] = {}
        # Held while bytes are put in their place or taken away: from the last look at who uses them to their end nobody claims.
        self._turn = trio.Lock()

    @classmethod
    def open(cls, folder: Path, run_sync: Run = trio.to_thread.run_sync) -> Files:
        """What was on its way in when a server before this one ended is gone with this. Raises SetupError."""
        files = cls(folder, run_sync)
        try:
            shutil.rmtree(files._unfinished, ignore_errors=True)
            files._unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync(folder)
            _sync(folder.parent)
        except OSError as error:
            raise SetupError(f"The folder {folder} cannot be used: {error.strerror}.") from error
        return files

    def path(self, name: str) -> Path:
        """Where the bytes of a hash are, if they are here."""
        return self.folder / name[:BEGINNING] / name

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        """A new file to be written to. Unless it is kept, it is gone after the block. Raises DiskFull."""
        file = Incoming(self._unfinished / secrets.token_hex(16), self._run)
        try:
            yield file
        finally:
            with trio.CancelScope(shield=True):
                await self._run(file.discard)

    async def stage(self, name: str, part: int, data: bytes, *, last: bool) -> bool:
        """Take the next part of bytes whose hash is *name*, to be unpacked later; whether they were not here yet.

        What is not unpacked within an hour is gone. Raises BadInput, DiskFull.
        """
        return bool(await self._run(self._stage, name, part, data, last))

    @asynccontextmanager
    async def unpacked(self, name: str) -> AsyncIterator[Incoming | None]:
        """Bytes of this hash that were staged, or are kept already, as if they came in once more; None where there are none."""
        async with self.incoming() as file:
            yield file if await self._run(self._link, name, file) else None

    async def read(self, name: str, begin: int, length: int) -> bytes:
        """A stretch of what is kept. Raises FileNotFoundError."""
        return bytes(await self._run(_stretch, self.path(name), begin, length))

    @asynccontextmanager
    async def kept(self, *incoming: Incoming) -> AsyncIterator[list[str]]:
        """Keep what came in; the hashes. They are claimed for as long as the block lasts: write down in it what they are.

        Raises DiskFull.
        """
        names = [await self._run(file.finish) for file in incoming]
        self._claims.update(names)
        try:
            async with self._turn:
                for file, name in zip(incoming, names, strict=True):
                    await self._run(self._put, file.path, name)
            yield names
        finally:
            self._claims.subtract(names)
            self._claims += Counter()  # those that are claimed no more

    async def discard(self, names: Iterable[str], find_used: FindUsed) -> None:
        """Take away the bytes of these hashes that *find_used* does not find used, and nobody is about to use."""
        wanted = list(names)
        for place in range(0, len(wanted), STEP):
            async with self._turn:
                step = [name for name in wanted[place : place + STEP] if name not in self._claims]
                gone = set(step) - await find_used(step) if step else set()
                await self._run(self._remove, sorted(gone))

    async def sweep(self, find_used: FindUsed) -> None:
        """Take away all that nothing speaks of: what a crash left, or an import."""
        await self._run(self._forget_staged)
        await self.discard(await self._run(self._names), find_used)

    async def _run(self, function: Callable[..., Any], *args: object) -> Any:
        with _disk_may_be_full():
            return await self._run_sync(function, *args)

    def _stage(self, name: str, part: int, data: bytes, last: bool) -> bool:
        staged = self._unfinished / f"part-{name}"
        if self.path(name).exists() or self._staged(name).exists():
            return False
        if part != self._parts.get(name, 0) and part:
            raise BadInput("part", "does not follow the part before it")
        if shutil.disk_usage(self.folder).free < RESERVE + len(data):
            raise DiskFull()
        with staged.open("ab" if part else "wb") as file:
            file.write(data)
        self._parts[name] = part + 1
        if last:
            del self._parts[name]
            self._check_staged(staged, name)
        return True

    def _check_staged(self, staged: Path, name: str) -> None:
        """Only what has the right hash can be unpacked. Raises BadInput."""
        with staged.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != name:
            staged.unlink()
            raise BadInput("sha256", "is not the hash of these bytes")
        os.replace(staged, self._staged(name))

    def _staged(self, name: str) -> Path:
        return self._unfinished / f"whole-{name}"

    def _link(self, name: str, file: Incoming) -> bool:
        for source in (self._staged(name), self.path(name)):
            if source.exists():
                _link_or_copy(source, file.path)
                file.look()
                return True
        return False

    def _forget_staged(self) -> None:
        """What was staged long ago belongs to an import that ended."""
        for path in self._unfinished.iterdir():
            if path.name.startswith(("part-", "whole-")) and path.stat().st_mtime < time.time() - STAGED_FOR:
                path.unlink(missing_ok=True)

    def _put(self, source: Path, name: str) -> None:
        target = self.path(name)
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync(self.folder)
        if target.exists():
            source.unlink()
        else:
            os.replace(source, target)
        _sync(target.parent)  # also of one that was there: whoever put it may be about to do so

    def _remove(self, names: Sequence[str]) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return sorted(
            name
            for folder in self.folder.iterdir()
            if folder.is_dir() and len(folder.name) == BEGINNING
            for name in os.listdir(folder)
        )


class Incoming:
    """A file that is being written. It is gone with `Files.incoming`, or kept by `Files.kept`."""

    def __init__(self, path: Path, run: Run) -> None:
        self.path = path
        self.size = 0
        self._run = run
        self._waiting = bytearray()
        self._hash = hashlib.sha256()

    async def write(self, data: bytes) -> None:
        """Raises DiskFull."""
        self._waiting += data
        self.size += len(data)
        if len(self._waiting) >= BLOCK:
            await self.flush()

    async def flush(self) -> None:
        """Everything so far is in the file, though not yet for good. Raises DiskFull."""
        block, self._waiting = self._waiting, bytearray()
        await self._run(self._append, block)

    async def looked_at(self, look: Callable[[bytes], T], length: int) -> T:
        """What *look* finds in its first bytes, in a thread."""
        return cast(T, await self._run(lambda: look(self._head(length))))

    async def look_again(self) -> None:
        """Somebody else wrote the file: take note of what is in it."""
        await self._run(self.look)

    def finish(self) -> str:
        """Sync it; its hash. Blocks."""
        assert not self._waiting, "it is flushed first"
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        return self._hash.hexdigest()

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)

    def _head(self, length: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(length)

    def look(self) -> None:
        """Blocks."""
        self._hash, self.size = hashlib.sha256(), 0
        with self.path.open("rb") as file:
            while block := file.read(BLOCK):
                self._hash.update(block)
                self.size += len(block)

    def _append(self, block: bytearray) -> None:
        if shutil.disk_usage(self.path.parent).free < RESERVE + len(block):
            raise DiskFull()
        self._hash.update(block)
        with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab") as file:
            file.write(block)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without
        shutil.copyfile(source, target)


def _stretch(path: Path, begin: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(length)


@contextmanager
def _disk_may_be_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull() from error
        raise


def _sync(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
