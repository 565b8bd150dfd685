"""What a process does in a data folder, and when it says that something is safe: recorded by strace.

Names are those below the folder, as ``convore.db`` and ``files/ab/abcd``; the folder itself has none. A program marks a moment by
writing to a file named ``marks`` beside the folder.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,unlink,rename,mkdir,openat"
# Longer than any page, so that strace abbreviates nothing.
LONGEST = 1_000_000

LINE = re.compile(r"\d+ +(?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
UNFINISHED = re.compile(r"(?P<process>\d+) +(?P<begin>\w+\(.*?) ?<unfinished \.\.\.>")
RESUMED = re.compile(r"(?P<process>\d+) +<\.\.\. \w+ resumed>(?P<end>.*)")
FILE = re.compile(r"\d+<(?P<path>(?:\\x..)*)>")
STRING = re.compile(r'"(?P<content>(?:\\x..)*)"')


@dataclass(frozen=True)
class Create:
    name: str


@dataclass(frozen=True)
class MakeFolder:
    name: str


@dataclass(frozen=True)
class Remove:
    name: str


@dataclass(frozen=True)
class Rename:
    name: str
    to: str


@dataclass(frozen=True)
class Write:
    name: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Append:
    name: str
    data: bytes


@dataclass(frozen=True)
class Truncate:
    name: str
    size: int


@dataclass(frozen=True)
class Sync:
    """All that was written to a file is on the disk from here on; or, where it *failed*, will never be.

    It is the *number*th fdatasync of the whole recording.
    """

    name: str
    failed: bool = False
    number: int = 0


@dataclass(frozen=True)
class SyncFolder:
    """All names in a folder are on the disk from here on."""

    name: str


@dataclass(frozen=True)
class Mark:
    text: str


Step = Create | MakeFolder | Remove | Rename | Write | Append | Truncate | Sync | SyncFolder | Mark


def why_not() -> str | None:
    """Why nothing can be recorded here, or None if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], capture_output=True)
    return None if tried.returncode == 0 else "strace may not trace here"


def strace(output: Path, *options: str) -> list[str]:
    """The command line before that of a program that is to be recorded."""
    return [
        *("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", f"{LONGEST}", "-e", f"trace={CALLS}"),
        *("-e", "signal=none", "-o", f"{output}", *options),
    ]


def record(folder: Path, script: Path, *arguments: str, options: Sequence[str] = ()) -> tuple[list[Step], int]:
    """Run a Python script on *folder*; what it did there in order, and its exit status."""
    output = folder.with_name("trace")
    command = [*strace(output, *options), sys.executable, f"{script}", f"{folder}", *arguments]
    status = subprocess.run(command, timeout=300).returncode
    with output.open() as lines:
        return list(steps(lines, folder)), status


def steps(lines: Iterator[str], folder: Path) -> Iterator[Step]:
    """The steps of a trace that concern *folder* or the marks."""
    known: set[str] = set()
    syncs = 0
    for line in whole_lines(lines):
        if match := LINE.match(line):
            step = step_of(match["call"], match["arguments"], int(match["result"]), folder)
            syncs += match["call"] == "fdatasync"
            if isinstance(step, Sync):
                step = replace(step, number=syncs)
            elif isinstance(step, Create):
                if step.name in known:
                    continue
                known.add(step.name)
            elif isinstance(step, Remove | Rename):
                known.discard(step.name)
            if step is not None:
                yield step


def whole_lines(lines: Iterator[str]) -> Iterator[str]:
    """A call during which another thread was seen is in two lines; it is put together where it ended."""
    begun: dict[str, str] = {}
    for line in lines:
        if match := UNFINISHED.match(line):
            begun[match["process"]] = match["begin"]
        elif match := RESUMED.match(line):
            yield f"{match['process']} {begun.pop(match['process'], '')}{match['end']}"
        else:
            yield line


def step_of(call: str, arguments: str, result: int, folder: Path) -> Step | None:
    if call in ("openat", "unlink", "rename", "mkdir"):
        paths = [Path(unhex(text).decode()) for text in STRING.findall(arguments)]
    elif match := FILE.match(arguments):
        paths = [Path(unhex(match["path"]).decode())]
    else:
        return None
    if paths[0].name == "marks" and call == "write":
        return Mark(content(arguments).decode())
    failed = result < 0
    syncs = call in ("fsync", "fdatasync")
    if not all(is_kept(path, folder) for path in paths) or (failed and not syncs):
        return None
    name, *more = [path.relative_to(folder).as_posix() for path in paths]
    if paths[0].is_dir():
        return folder_step(call, name, failed)
    numbers = [int(number) for number in re.findall(r", (\d+)", arguments)]
    match call:
        case "openat":
            return Create(name) if "O_CREAT" in arguments else None
        case "pwrite64":
            return Write(name, numbers[-1], content(arguments)[:result])
        case "write":
            return Append(name, content(arguments)[:result])
        case "ftruncate":
            return Truncate(name, numbers[-1])
        case "fsync" | "fdatasync":
            return Sync(name, failed)
        case "unlink":
            return Remove(name)
        case "rename":
            return Rename(name, more[0])
    raise NotImplementedError(f"{call} in the data folder: the model of the disk does not know it")


def folder_step(call: str, name: str, failed: bool) -> Step | None:
    """What was done to something that is a folder when all is over: it is never removed in between."""
    if call == "mkdir":
        return MakeFolder(name)
    return SyncFolder(name) if call in ("fsync", "fdatasync") and not failed else None


def is_kept(path: Path, folder: Path) -> bool:
    """Whether it is of what a chat keeps: not of the search index, which is made anew from the rest."""
    return path == folder or path.parent == folder or folder / "files" in path.parents


def content(arguments: str) -> bytes:
    match = STRING.search(arguments)
    assert match, arguments[:200]
    return unhex(match["content"])


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
