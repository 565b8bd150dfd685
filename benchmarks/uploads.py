"""How long nobody else gets a turn while large and hostile files are sent, and how much memory that takes.

    python benchmarks/uploads.py

In this process, over no network: each file through all doors, to the disk, decoded and made small, in the threads where that
happens. Meanwhile a task of the same loop wakes every millisecond, and says how late it ever was; the first row says how late it
is while nothing is done. Memory is above what the process had before. Aim: not 200 ms later than that, and less than 512 MiB.
"""

from __future__ import annotations

import io
import os
import resource
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trio
from PIL import Image
from rich.console import Console
from rich.table import Table

from convore_lite.testing import Member
from convore_lite.testing.chat import API, open_chat

TICK = 0.001
# Seconds.
IDLE = 3


def noise(side: int, kind: str, **options: object) -> bytes:
    """A picture in which nothing is like its neighbour, as large as may be."""
    written = io.BytesIO()
    Image.effect_noise((1500, 1500), 60).convert("RGB").resize((side, side)).save(written, kind, **options)
    return written.getvalue()


def bomb() -> bytes:
    """36 million pixels in a hundred kilobytes."""
    packer, line = zlib.compressobj(9), bytes(1 + 6000 * 3)
    packed = b"".join(packer.compress(line) for _ in range(6000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 6000, 6000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def frames(count: int) -> bytes:
    """A GIF of so many frames of a million pixels in a few bytes each."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1000, 1000, 0x80, 0, 0) + bytes(6)
    return head + (b"\x2c" + struct.pack("<HHHHB", 0, 0, 1000, 1000, 0) + b"\x02\x02\x44\x01\x00") * count + b"\x3b"


FILES: dict[str, Callable[[], bytes]] = {
    "24 MB of anything": lambda: os.urandom(24_000_000),
    "PNG bomb, 36 megapixels": bomb,
    "GIF of 100,000 frames": lambda: frames(100_000),
    "JPEG, 40 megapixels": lambda: noise(6300, "JPEG"),
    "JPEG, 40 megapixels, progressive": lambda: noise(6300, "JPEG", progressive=True, quality=60),
    "PNG, 6 megapixels": lambda: noise(2500, "PNG"),
    "WebP, 16 megapixels": lambda: noise(4000, "WEBP"),
    "AVIF, 16 megapixels": lambda: noise(4000, "AVIF", speed=10),
}


async def main() -> None:
    table = Table("file", "size", "took", "the loop stood still", "memory")
    with tempfile.TemporaryDirectory() as folder:
        made = {name: Path(folder) / str(number) for number, name in enumerate(FILES)}
        for name, path in made.items():
            # In a process of its own: what it takes to make them is not what it takes to look at them.
            await trio.run_process([sys.executable, __file__, name, str(path)])
        async with open_chat(Path(folder) / "chat") as chat:
            ann = await chat.member("ann")
            table.add_row("nothing", "", f"{IDLE:.2f} s", f"{await lateness(trio.sleep, IDLE) * 1000:.0f} ms", "")
            for name, path in made.items():
                data = await trio.to_thread.run_sync(path.read_bytes)
                before, began = peak(), time.perf_counter()
                late = await lateness(send, ann, data)
                took, more = time.perf_counter() - began, peak() - before
                table.add_row(
                    name, f"{len(data) / 1e6:.1f} MB", f"{took:.2f} s", f"{late * 1000:.0f} ms", f"+ {more:.0f} MiB"
                )
    Console().print(table)


async def send(member: Member, data: bytes) -> None:
    answer = await member.http.post(f"{API}/files", files={"file": ("a", data)})
    assert answer.status_code in (201, 422), answer.text


async def lateness(work: Callable[..., Awaitable[None]], *args: Any) -> float:
    """How late a task that wakes every millisecond ever was while something else is done, in seconds."""
    latest = 0.0

    async def tick() -> None:
        nonlocal latest
        while True:
            due = trio.current_time() + TICK
            await trio.sleep(TICK)
            latest = max(latest, trio.current_time() - due)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick)
        await work(*args)
        nursery.cancel_scope.cancel()
    return latest


def peak() -> float:
    """The most memory that this process ever had, in MiB. Each row adds only what goes beyond the rows above."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) == 3:
        Path(sys.argv[2]).write_bytes(FILES[sys.argv[1]]())
    else:
        trio.run(main)
