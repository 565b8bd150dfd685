"""A picture without what it tells beside its pixels: where it was taken, when, with what, and whatever hangs on behind its end.

Rule: pixels are not touched. What a picture needs to be shown stays (colours, movement, which side is up), everything else goes,
and so does what nobody knows. Pure: a buffer in, the pieces of the new file out, which are parts of that buffer wherever possible.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

Piece = bytes | memoryview


class Damaged(ValueError):
    """The file does not go on as its beginning says."""


def is_bare_format(media_type: str) -> bool:
    """Can its metadata be left out without making the picture anew?"""
    return media_type in _FORMATS


def bare(media_type: str, data: memoryview, orientation: int = 1) -> Iterator[Piece]:
    """The pieces of the same picture with nothing hidden in it. Raises Damaged.

    *orientation* is which side is up (Exif, tag 0x0112): 1 is as it is, and needs not be said.
    """
    try:
        yield from _FORMATS[media_type](data, _exif(orientation) if 2 <= orientation <= 8 else b"")
    except (struct.error, IndexError):
        raise Damaged("it ends too early") from None


def _exif(orientation: int) -> bytes:
    """The shortest Exif there is that says which side is up: a TIFF of one directory with one entry."""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


# JPEG (ITU-T T.81, Annex B). Of the application segments: JFIF, the ICC profile, and Adobe's, which says how colours are coded.
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))


def _jpeg(data: memoryview, exif: bytes) -> Iterator[Piece]:
    if bytes(data[:2]) != b"\xff\xd8":
        raise Damaged("it does not begin")
    yield data[:2]
    place, told = 2, not exif
    while place + 4 <= len(data):
        place, marker = _marker(data, place)
        if marker == _EOI:
            break
        if marker in _STANDALONE:
            place += 2
            continue
        size = struct.unpack_from(">H", data, place + 2)[0]
        end = place + 2 + size
        if size < 2 or end > len(data):
            raise Damaged("a part is longer than the file")
        if not told and marker != 0xE0:  # after JFIF, which comes first where there is one
            yield b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
            told = True
        if _stays(marker, data[place + 4 : end]):
            yield data[place:end]
        place = end
        if marker == _SOS:
            end = _end_of_scan(data, place)
            yield data[place:end]
            place = end
    yield b"\xff\xd9"


def _marker(data: memoryview, place: int) -> tuple[int, int]:
    """The next marker and where it is: any number of 0xFF may stand before it."""
    if data[place] != 0xFF:
        raise Damaged("a part does not begin where it should")
    while data[place + 1] == 0xFF:
        place += 1
    if data[place + 1] in (0x00, _SOI):
        raise Damaged("a part does not begin where it should")
    return place, data[place + 1]


def _stays(marker: int, content: memoryview) -> bool:
    if marker == 0xE0:
        return bytes(content[:5]) == b"JFIF\0"
    if marker == 0xE2:
        return bytes(content[:12]) == b"ICC_PROFILE\0"
    if marker == 0xEE:
        return bytes(content[:5]) == b"Adobe"
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


# In the data of a scan 0xFF is followed by 0, or by the number of a restart; anything else ends it.
_SEARCH = 1024 * 1024


def _end_of_scan(data: memoryview, place: int) -> int:
    while place < len(data):
        block = bytes(data[place : place + _SEARCH])
        at = block.find(b"\xff")
        while at >= 0:
            following = data[place + at + 1] if place + at + 1 < len(data) else 0
            if following not in _IN_SCAN:
                return place + at
            at = block.find(b"\xff", at + 1)
        place += len(block)
    return len(data)


_IN_SCAN = frozenset((0x00, 0xFF, *range(0xD0, 0xD8)))

# PNG (https://www.w3.org/TR/png-3/, 11): what is needed for its pixels, colours and movement.
_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split(b" ")
)


def _png(data: memoryview, exif: bytes) -> Iterator[Piece]:
    yield data[:8]
    place = 8
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + size
        if end > len(data):
            break  # cut off: what is there is shown
        if kind in _CHUNKS:
            yield data[place:end]
        if kind == b"IHDR" and exif:
            yield struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
        if kind == b"IEND":
            return
        place = end


# GIF (https://www.w3.org/Graphics/GIF/spec-gif89a.txt). Of the extensions: when a frame is shown, and that it begins again.
_TRAILER, _EXTENSION, _FRAME = 0x3B, 0x21, 0x2C
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _gif(data: memoryview, exif: bytes) -> Iterator[Piece]:
    """Which side is up a GIF cannot say."""
    place = 13 + _table(data[10])
    if place > len(data):
        raise Damaged("it ends in its head")
    yield data[:place]
    while place < len(data) and data[place] != _TRAILER:
        begin = place
        if data[place] == _EXTENSION:
            place = _blocks(data, place + 2)
            stays = data[begin + 1] == 0xF9 or (
                data[begin + 1] == 0xFF and bytes(data[begin + 3 : begin + 14]) in _LOOPS
            )
        elif data[place] == _FRAME:
            place = _blocks(data, place + 10 + _table(data[place + 9]) + 1)
            stays = True
        else:
            raise Damaged("a part does not begin where it should")
        if stays:
            yield data[begin:place]
    yield b"\x3b"


def _table(flags: int) -> int:
    """How many bytes the colours take."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: memoryview, place: int) -> int:
    """Where the blocks that begin here end; at the latest with the file."""
    while place < len(data) and (size := data[place]):
        place += size + 1
    return min(place + 1, len(data))


# WebP (RFC 9649): frames, colours, and which of them there are.
_PARTS = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"))
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def _webp(data: memoryview, exif: bytes) -> Iterator[Piece]:
    parts = list(_webp_parts(data, exif))
    yield b"RIFF" + struct.pack("<I", 4 + sum(len(part) for part in parts)) + b"WEBP"
    yield from parts


def _webp_parts(data: memoryview, exif: bytes) -> Iterator[Piece]:
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    place, extended = 12, False
    while place + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, place)
        following = place + 8 + size + (size & 1)
        if place + 8 + size > end:
            break
        if kind == b"VP8X" and size >= 10:
            extended = True
            flags = data[place + 8] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if exif else 0)
            yield bytes(data[place : place + 8]) + bytes([flags]) + bytes(data[place + 9 : following])
        elif kind in _PARTS:
            yield data[place:following] if following <= len(data) else bytes(data[place:following]) + b"\0"
        place = following
    if exif and extended:
        yield b"EXIF" + struct.pack("<I", len(exif)) + exif


_FORMATS: Mapping[str, Callable[[memoryview, bytes], Iterator[Piece]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
}
