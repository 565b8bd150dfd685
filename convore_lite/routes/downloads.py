"""A kept file as an answer: all of it or one stretch, straight from the disk, and never as anything that could run.

After the permission was looked up: what is here asks nobody.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

import trio
from quart import Response, request
from quart.wrappers.response import ResponseBody

from ..store.files import Found
from ..words.media import UNKNOWN, is_played
from .context import the_app

# As much as a socket takes at once.
BLOCK = 256 * 1024
# A picture opened by itself is a page, too. In the sandbox nothing runs, and nothing else is loaded.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
# A browser may keep it, and asks each time whether it still may: what is taken away is gone with the next look.
KEPT = "private, no-cache"
# One stretch (RFC 9110, 14.1.2): from, to; from; or the last so many.
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
THUMB_TYPE = "image/webp"


class Span(NamedTuple):
    """Bytes of a file, from *begin* up to but not including *end*."""

    begin: int
    end: int


class FileSpan(ResponseBody):
    """Streams a stretch of a file, read in a thread a block at a time. It ends early where the file does."""

    def __init__(self, file: BinaryIO, span: Span) -> None:
        self._file = file
        self._left = span.end - span.begin
        file.seek(span.begin)

    async def __aenter__(self) -> FileSpan:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._file.close()

    def __aiter__(self) -> FileSpan:
        return self

    async def __anext__(self) -> bytes:
        block = await trio.to_thread.run_sync(self._file.read, min(BLOCK, self._left)) if self._left else b""
        if not block:
            raise StopAsyncIteration
        self._left -= len(block)
        return block


async def download(found: Found) -> Response:
    """The file itself: shown where a browser can show it safely, saved otherwise."""
    shown = bool(found.thumb) or is_played(found.file.media_type)
    headers = {
        "content-type": found.file.media_type if shown else UNKNOWN,
        "content-disposition": disposition("inline" if shown else "attachment", found.file.name),
    }
    return await _answer(the_app().files.path(found.bytes), found.bytes, headers)


async def small_picture(path: Path, name: str) -> Response:
    headers = {"content-type": THUMB_TYPE, "content-disposition": "inline"}
    return await _answer(path, name, headers)


async def _answer(path: Path, name: str, headers: dict[str, str]) -> Response:
    """*name* is the hash of what is in the file: as long as it is the same, so is the file."""
    tag = f'"{name[:32]}"'
    every = {"cache-control": KEPT, "content-security-policy": POLICY, "etag": tag, "accept-ranges": "bytes"}
    if _is_among(tag, request.headers.get("if-none-match", "")):
        return Response(b"", 304, headers={**every, "content-length": ""})
    file, size = await trio.to_thread.run_sync(_opened, path)
    span = _span(tag, size)
    about = {**every, **headers}
    if span is None:
        file.close()
        return Response(b"", 416, headers={**every, "content-range": f"bytes */{size}"})
    if span != Span(0, size):
        about["content-range"] = f"bytes {span.begin}-{span.end - 1}/{size}"
    return _streamed(file, span, 206 if "content-range" in about else 200, about)


def _opened(path: Path) -> tuple[BinaryIO, int]:
    file = path.open("rb")
    return file, os.fstat(file.fileno()).st_size


def _streamed(file: BinaryIO, span: Span, status: int, headers: dict[str, str]) -> Response:
    if request.method == "HEAD":
        file.close()
    response = Response(b"" if request.method == "HEAD" else FileSpan(file, span), status)
    response.headers.update({**headers, "content-length": str(span.end - span.begin)})
    response.timeout = None  # a long film takes its time; a reader who takes nothing is ended by the server
    return response


def _span(tag: str, size: int) -> Span | None:
    """What is asked for: everything, too, where it is not one stretch or of another version; None where there is no such."""
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or asked[0] == "bytes=-" or request.headers.get("if-range", tag) != tag:
        return Span(0, size)
    first, last = asked[1], asked[2]
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < begin:
            return Span(0, size)  # not well-formed
    return Span(begin, end) if begin < end else None


def _is_among(tag: str, header: str) -> bool:
    """Is it one of those in If-None-Match? Weakly compared (RFC 9110, 13.1.2)."""
    return header.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in header.split(","))


def disposition(kind: str, name: str) -> str:
    """The Content-Disposition of a file (RFC 6266): in plain letters for old programs, and as it is (RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w .()+,=@\[\]{}~!#$&-]", "_", plain).strip() or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
