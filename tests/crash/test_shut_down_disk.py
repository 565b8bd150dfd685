"""The same power cut by the kernel's own hand: a real file system is shut down under the writer, without writing its journal.

Needs root and loop devices. What `test_power_cut` shows by a model of a disk, this shows for ext4 as it is.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from convore_lite.files import RESERVE
from convore_lite.store import Store
from convore_lite.store.connections import open_reader

from .states import look_for_bytes, look_into
from .test_power_cut import WRITER

# linux/fs.h: FS_IOC_SHUTDOWN, and the flag that lets everything be lost that is not on the disk yet.
SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
ROUNDS = 4
MOUNT = ["mount", "-o", "loop"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted ext4 of its own."""
    image, place = tmp_path / "image", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(RESERVE + 64 * 1024 * 1024)
    place.mkdir()
    if os.geteuid() or not shutil.which("mkfs.ext4"):
        pytest.skip("a file system of one's own needs root and mkfs.ext4")
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    if subprocess.run([*MOUNT, image, place], capture_output=True).returncode:
        pytest.skip("no loop device to be had")
    yield place
    subprocess.run(["umount", place], check=True)


def test_nothing_that_was_acknowledged_is_lost(disk: Path, seed: int) -> None:
    for number in range(ROUNDS):
        acknowledged = cut_while_writing(disk, Random(seed + number), "--files")
        assert wrong(disk, acknowledged) == []
        clear(disk)


def test_without_sync_it_would_be(disk: Path, seed: int) -> None:
    # And no checkpoint, for that syncs as well.
    acknowledged = cut_while_writing(disk, Random(seed), "--synchronous=NORMAL", "--rows=1000000")
    assert any("lost" in what for what in wrong(disk, acknowledged))


def cut_while_writing(disk: Path, chance: Random, *options: str) -> set[str]:
    """Shut the disk down at some moment, and mount it again; what had been acknowledged."""
    marks = disk.with_name("marks")
    marks.unlink(missing_ok=True)
    writer = subprocess.Popen([sys.executable, WRITER, disk, "2000", *options], stderr=subprocess.DEVNULL)
    with writer:
        enough, deadline = chance.randrange(20, 120), time.monotonic() + 60
        while len(lines(marks)) < enough and time.monotonic() < deadline:
            time.sleep(0.001)
        shut_down(disk)
        writer.kill()
    subprocess.run(["umount", disk], check=True)
    subprocess.run([*MOUNT, disk.with_name("image"), disk], check=True)
    assert len(lines(marks)) >= enough
    return set(lines(marks))


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def shut_down(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(descriptor)


def wrong(disk: Path, acknowledged: set[str]) -> list[str]:
    path = disk / "convore.db"
    Store.open(path, publish=lambda events: None).close()
    with closing(open_reader(path)) as connection:
        try:
            return [*look_into(connection, acknowledged), *look_for_bytes(connection, disk)]
        except Exception as error:
            return [f"lost everything: {error!r}"]


def clear(disk: Path) -> None:
    for path in disk.iterdir():
        if path.is_file():
            path.unlink()
        elif path.name != "lost+found":
            shutil.rmtree(path)
