"""Pictures that people send, looked at and made small: with nothing hidden in what is made of them.

Rule: what was uploaded is looked at by Pillow alone, in a thread, one picture at a time, and within the limits below.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar, cast

import trio

from .words.bare_pictures import Damaged, bare, is_bare_format
from .words.errors import BadInput, Refusal, TooLarge, WrongMediaType
from .words.media import PICTURES

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

# Pixels each way: sharp on dense screens at the largest size in which a page shows a face.
SIDE = 256
# The longer side of a picture in a message, for the same reason.
LONGEST_SIDE = 800
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
# Declared by the file and looked at before anything is decoded: few cameras have more, and each takes four bytes of memory,
# sometimes twice; of a WebP or AVIF, whose decoders keep several copies, four times.
MOST_PIXELS = 40_000_000
MOST_PIXELS_COPIED = 16_000_000
# Passes over the whole picture that a JPEG may ask for; cameras and editors ask for ten or so, a hostile one for thousands.
MOST_SCANS = 64
START_OF_SCAN = b"\xff\xda"
QUALITY = 82
# Which side of a picture is up (Exif).
ORIENTATION = 0x0112


class Thumbnail(NamedTuple):
    """A small picture as WebP: its bytes, how large it is, and how large that was of which it is one, the right way up."""

    image: bytes
    width: int
    height: int
    full_width: int
    full_height: int


class Prepared(NamedTuple):
    """A picture that may be handed on. Without *thumbnail* it cannot be shown: it is damaged, or has too many pixels.

    *rewritten*: without what was hidden in it, it is another file than was sent.
    """

    thumbnail: Thumbnail | None
    rewritten: bool


class Pictures:
    def __init__(self, run_sync: Callable[..., Awaitable[object]] = trio.to_thread.run_sync) -> None:
        self._run_sync = run_sync
        self._turn = trio.CapacityLimiter(1)

    async def face(self, data: bytes) -> bytes:
        """The middle of a picture as a square WebP. Raises WrongMediaType, TooLarge, and BadInput for a damaged one."""
        return await self._in_turn(face, data)

    async def thumbnail(self, data: bytes, side: int = LONGEST_SIDE) -> Thumbnail:
        """All of a picture, its longer side at most so long. Raises WrongMediaType, TooLarge, and BadInput for a damaged one."""
        return await self._in_turn(thumbnail, data, side)

    async def prepare(self, source: Path, target: Path, media_type: str) -> Prepared:
        """Write the picture in *source* to *target* without what is hidden in it, if there is anything, and make a small one.

        Raises BadInput where it is so damaged that nobody can tell what is in it.
        """
        return await self._in_turn(prepare, source, target, media_type)

    async def _in_turn(self, function: Callable[..., T], *args: object) -> T:
        return cast(T, await self._run_sync(_and_give_memory_back, function, *args, limiter=self._turn))


def face(data: bytes) -> bytes:
    """What `Pictures.face` does, where we are."""
    return _looked_at(lambda: _webp(_square(_opened(BytesIO(data), data, FORMATS))))


def thumbnail(data: bytes, side: int = LONGEST_SIDE) -> Thumbnail:
    """What `Pictures.thumbnail` does, where we are."""
    return _looked_at(lambda: _thumbnail(_opened(BytesIO(data), data, (*FORMATS, "AVIF")), side))


def prepare(source: Path, target: Path, media_type: str) -> Prepared:
    """What `Pictures.prepare` does, where we are."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            small = _looked_at(lambda: _thumbnail(_opened(file, data, _formats_of(media_type))))
        except Refusal:
            small = None  # it can be kept, as any file can, and is not shown
        file.seek(0)
        with target.open("wb") as written:
            rewritten = _write_bare(file, data, written, media_type)
    return Prepared(small, rewritten)


def _formats_of(media_type: str) -> tuple[str, ...]:
    return tuple(name for name, kind in PICTURES.items() if kind == media_type)


def _looked_at(work: Callable[[], T]) -> T:
    """Raises Refusal."""
    try:
        return work()
    except Refusal:
        raise
    except (
        Exception
    ):  # a decoder fails in as many ways as a file can be broken: every one of them means the same to its owner
        raise BadInput("file", "is damaged, or not a whole picture") from None


def _opened(file: BinaryIO, data: bytes | mmap.mmap, formats: tuple[str, ...]) -> Image:
    """A picture of which only the head was read."""
    if not len(data):
        raise BadInput("file", "is empty")
    pillow = _pillow()
    try:
        image: Image = pillow.open(file, formats=formats)
    except pillow.UnidentifiedImageError:
        raise WrongMediaType("That is not a picture we know. Send a PNG, JPEG, GIF or WebP file.") from None
    most = MOST_PIXELS_COPIED if image.format in ("WEBP", "AVIF") else MOST_PIXELS
    if image.width * image.height > most:
        raise TooLarge(f"That picture is too large: it may have at most {most // 1_000_000} million pixels.")
    if image.format in ("JPEG", "MPO") and _count(data, START_OF_SCAN, MOST_SCANS) > MOST_SCANS:
        raise BadInput("file", "is put together in too many layers")
    return image


def _and_give_memory_back(function: Callable[..., T], *args: object) -> T:
    """glibc keeps what a thread frees, of decoders some hundred megabytes, unless it is told not to."""
    try:
        return function(*args)
    finally:
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def _count(data: bytes | mmap.mmap, mark: bytes, most: int) -> int:
    """How often *mark* is there; more than *most* is one more."""
    found, place = 0, data.find(mark)
    while place >= 0 and found <= most:
        found, place = found + 1, data.find(mark, place + len(mark))
    return found


def _thumbnail(image: Image, side: int = LONGEST_SIDE) -> Thumbnail:
    from PIL import ImageOps

    full = image.size
    image.draft("RGB", (2 * side, 2 * side))  # a JPEG is decoded at a fraction of its size
    image = _loaded(image)
    share = min(1, side / max(full))
    size = max(1, round(full[0] * share)), max(1, round(full[1] * share))
    small = image.resize(size, _pillow().Resampling.LANCZOS, reducing_gap=3)
    upright: Image = ImageOps.exif_transpose(small)
    if upright.size != size or _is_turned(image):
        full = full[::-1]
    return Thumbnail(_webp(upright), *upright.size, *full)


def _square(image: Image) -> Image:
    """The middle of the first frame. It is made small before anything else is done to it: each copy of a large one costs."""
    from PIL import ImageOps

    image.draft("RGB", (2 * SIDE, 2 * SIDE))
    image = _loaded(image)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    small = image.resize(
        (SIDE, SIDE), _pillow().Resampling.LANCZOS, box=(left, top, left + side, top + side), reducing_gap=3
    )
    upright: Image = ImageOps.exif_transpose(small)
    return upright


def _loaded(image: Image) -> Image:
    image.load()
    return image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGBA")


def _is_turned(image: Image) -> bool:
    """Does it lie on its side?"""
    return orientation_of(image) >= 5


def orientation_of(image: Image) -> int:
    """Which side is up, from 1 to 8."""
    try:
        told = int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever it is that cannot be read, it does not say which side is up
        return 1
    return told if 1 <= told <= 8 else 1


def _webp(image: Image) -> bytes:
    """Built from the pixels alone: saved as it is, a picture takes along where and with what it was taken."""
    written = BytesIO()
    _pixels(image).save(written, "WEBP", quality=QUALITY)
    return written.getvalue()


def _pixels(image: Image) -> Image:
    image = image.convert("RGBA" if image.mode == "RGBA" else "RGB")
    made: Image = _pillow().frombytes(image.mode, image.size, image.tobytes())
    return made


def _write_bare(file: BinaryIO, data: mmap.mmap, written: BinaryIO, media_type: str) -> bool:
    """Write the picture without its metadata, unless that is what it is; whether anything was written. Raises BadInput."""
    if not is_bare_format(media_type):
        return _write_anew(file, written, media_type)
    try:
        with memoryview(data) as view:
            orientation = _orientation_in(file, media_type)
            for piece in bare(media_type, view, orientation):
                written.write(piece)
                if isinstance(piece, memoryview):
                    piece.release()
    except Damaged:
        raise BadInput("file", "is damaged: nobody can tell what is in this picture") from None
    return True


def _orientation_in(file: BinaryIO, media_type: str) -> int:
    try:
        return orientation_of(_pillow().open(file, formats=_formats_of(media_type)))
    except Exception:  # not even its head can be read: there is no side to be up
        return 1


def _write_anew(file: BinaryIO, written: BinaryIO, media_type: str) -> bool:
    """A format whose metadata lies among its pixels: where there is any, the picture is made anew from them."""
    from PIL import ImageOps

    try:
        image = _opened(file, b"-", _formats_of(media_type))
        if not (image.info.get("exif") or image.info.get("xmp")):
            return False
        image.load()
        _pixels(ImageOps.exif_transpose(image)).save(written, image.format, quality=90)
    except Refusal:
        return False
    except Exception:
        raise BadInput("file", "is damaged: nobody can tell what is in this picture") from None
    return True


@cache
def _pillow() -> ModuleType:
    """Loaded with the first picture: it would make every start slower. How many pixels there may be, we look at ourselves."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    return Image
