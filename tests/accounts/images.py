"""Pictures for tests, honest and hostile, made on the spot."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

CAMERA = b"SecretCam 3000"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def plain(kind: str = "PNG", size: tuple[int, int] = (300, 200), colour: str = "red") -> bytes:
    return encoded(Image.new("RGB", size, colour), kind)


def photograph() -> bytes:
    """A JPEG that lies on its side: its upper third is blue and belongs to the right. It tells where and with what it was taken."""
    image = Image.new("RGB", (300, 300), "red")
    image.paste("blue", (0, 0, 300, 100))
    told = Image.Exif()
    told[0x0112] = 6
    told[0x010F] = CAMERA.decode()
    told.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return encoded(image, "JPEG", exif=told, comment=CAMERA, quality=95)


def film(frames: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """An animated GIF whose first frame is green."""
    first, *rest = [Image.new("P", size, number % 255) for number in range(frames)]
    first.putpalette([0, 200, 0] * 256)
    return encoded(first, "GIF", save_all=True, append_images=rest, loop=0)


def png_head(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is as large as that."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def gif_head(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF of a few bytes whose frames cover as much as that."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def jpeg_of_layers(layers: int) -> bytes:
    """A JPEG that asks for its picture to be gone through again and again."""
    whole = encoded(Image.new("RGB", (64, 64), "red"), "JPEG", progressive=True)
    start = whole.rindex(b"\xff\xda")
    scan, end = whole[start:-2], whole[-2:]
    return whole[:start] + scan * layers + end


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!doctype html><script>alert(1)</script>"
# A picture to those who look at its beginning, a page to those who look at its end.
BOTH = plain("GIF") + PAGE
