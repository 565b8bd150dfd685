"""Pictures of people, made anew from whatever was uploaded: small squares in one format, with nothing hidden in them.

Rule: what was uploaded is looked at by Pillow alone, in a thread, one picture at a time; only the pixels of its middle stay.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from functools import cache
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING

import trio

from .words.errors import BadInput, Refusal, TooLarge, WrongMediaType

if TYPE_CHECKING:
    from PIL.Image import Image

# Pixels each way: sharp on dense screens at the largest size in which a page shows a face.
SIDE = 256
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
# Declared by the file and looked at before anything is decoded: few cameras have more, and each takes four bytes of memory,
# sometimes twice; of a WebP, whose decoder keeps several copies, four times.
MOST_PIXELS = 40_000_000
MOST_PIXELS_WEBP = 16_000_000
# Passes over the whole picture that a JPEG may ask for; cameras and editors ask for ten or so, a hostile one for thousands.
MOST_SCANS = 64
START_OF_SCAN = b"\xff\xda"
QUALITY = 82


class Pictures:
    def __init__(self, run_sync: Callable[..., Awaitable[object]] = trio.to_thread.run_sync) -> None:
        self._run_sync = run_sync
        self._turn = trio.CapacityLimiter(1)

    async def face(self, data: bytes) -> bytes:
        """The middle of a picture as a square WebP. Raises WrongMediaType, TooLarge, and BadInput for a damaged one."""
        made = await self._run_sync(face, data, limiter=self._turn)
        assert isinstance(made, bytes)
        return made


def face(data: bytes) -> bytes:
    """What `Pictures.face` does, where we are."""
    try:
        return _webp(_square(_opened(data)))
    except Refusal:
        raise
    except (
        Exception
    ):  # a decoder fails in as many ways as a file can be broken: every one of them means the same to its owner
        raise BadInput("file", "is damaged, or not a whole picture") from None


def _opened(data: bytes) -> Image:
    """A picture of which only the head was read."""
    if not data:
        raise BadInput("file", "is empty")
    pillow = _pillow()
    try:
        image: Image = pillow.open(BytesIO(data), formats=FORMATS)
    except pillow.UnidentifiedImageError:
        raise WrongMediaType("That is not a picture we know. Send a PNG, JPEG, GIF or WebP file.") from None
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning):
        raise _too_large(MOST_PIXELS) from None
    most = MOST_PIXELS_WEBP if image.format == "WEBP" else MOST_PIXELS
    if image.width * image.height > most:
        raise _too_large(most)
    if image.format in ("JPEG", "MPO") and data.count(START_OF_SCAN) > MOST_SCANS:
        raise BadInput("file", "is put together in too many layers")
    return image


def _square(image: Image) -> Image:
    """The middle of the first frame. It is made small before anything else is done to it: each copy of a large one costs."""
    from PIL import ImageOps

    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a fraction of its size
    image.load()
    if image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    small = image.resize(
        (SIDE, SIDE), _pillow().Resampling.LANCZOS, box=(left, top, left + side, top + side), reducing_gap=3
    )
    upright: Image = ImageOps.exif_transpose(small)
    return upright


def _webp(image: Image) -> bytes:
    """Built from the pixels alone: saved as it is, a picture takes along where and with what it was taken."""
    image = image.convert("RGBA" if image.mode == "RGBA" else "RGB")
    bare: Image = _pillow().frombytes(image.mode, image.size, image.tobytes())
    written = BytesIO()
    bare.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"That picture is too large: it may have at most {most // 1_000_000} million pixels.")


@cache
def _pillow() -> ModuleType:
    """Loaded with the first picture: it would make every start slower. What it warns of is an error to us."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    return Image
