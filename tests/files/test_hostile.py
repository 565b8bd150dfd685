"""Hostile and hidden things in files: what is served is what it says it is, tells nothing more, and costs nobody else anything."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from accounts import images
from PIL import Image

from convore_lite import pictures
from convore_lite.testing import Chat
from convore_lite.words.bare_pictures import Damaged, bare
from convore_lite.words.errors import BadInput
from convore_lite.words.media import PICTURES

SECRET = images.CAMERA
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SECRET + b"</x:xmpmeta>"


def told() -> Image.Exif:
    """What cameras write: where, with what, and that it lies on its side."""
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 6
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return exif


def telling(kind: str) -> bytes:
    """A picture of 60 × 40 that tells all it can."""
    image = Image.effect_noise((60, 40), 50).convert("RGB")
    options: dict[str, object] = {"exif": told(), "xmp": XMP, "comment": SECRET}
    if kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        words = PngInfo()
        words.add_text("Comment", SECRET.decode())
        words.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options = {"exif": told(), "pnginfo": words}
    if kind == "GIF":
        return moving(comment=SECRET)
    return images.encoded(image, kind, **options) + b"behind its end: " + SECRET


def moving(**options: object) -> bytes:
    frames = [Image.new("P", (60, 40), number) for number in range(1, 5)]
    for frame in frames:
        frame.putpalette([value for number in range(256) for value in (number * 60 % 256, 99, 9)])
    return images.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, duration=70, **options)


def cleaned(data: bytes, folder: Path, kind: str) -> tuple[bytes, pictures.Prepared]:
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    found = pictures.prepare(source, target, PICTURES[kind])
    return (target if found.rewritten else source).read_bytes(), found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_a_picture_tells_nothing_but_itself(tmp_path: Path, kind: str) -> None:
    sent = telling(kind)
    assert SECRET in sent
    kept, found = cleaned(sent, tmp_path, kind)
    assert found.thumbnail is not None
    for hidden in (SECRET, b"behind its end", b"xmpmeta"):
        assert hidden not in kept
        assert hidden not in found.thumbnail.image
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(kept))
    assert not after.getexif().get_ifd(0x8825)
    assert set(after.getexif()) <= {pictures.ORIENTATION}
    if kind == "AVIF":  # made anew, the right way up
        assert after.size == (40, 60)
        assert (found.thumbnail.full_width, found.thumbnail.full_height) == (40, 60)
        return
    assert after.size == before.size
    assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes(), "pixels are not touched"
    if kind != "GIF":
        assert after.getexif()[pictures.ORIENTATION] == 6, "the same side is up"
        assert (found.thumbnail.full_width, found.thumbnail.full_height) == (40, 60)
    # Once more there is nothing left to take out.
    assert cleaned(kept, tmp_path, kind)[0] == kept


def test_what_moves_goes_on_moving(tmp_path: Path) -> None:
    for kind, sent in (
        ("GIF", moving()),
        ("WEBP", images.encoded(Image.open(io.BytesIO(moving())), "WEBP", save_all=True, exif=told())),
        ("PNG", images.encoded(Image.open(io.BytesIO(moving())), "PNG", save_all=True)),
    ):
        kept, found = cleaned(sent, tmp_path, kind)
        assert Image.open(io.BytesIO(kept)).n_frames == Image.open(io.BytesIO(sent)).n_frames == 4, kind  # type: ignore[attr-defined]
        assert SECRET not in kept
        assert found.thumbnail
        assert getattr(Image.open(io.BytesIO(found.thumbnail.image)), "n_frames", 1) == 1


def test_colours_stay(tmp_path: Path) -> None:
    """The profile says how the numbers of the pixels look."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        sent = images.encoded(Image.new("RGB", (60, 40)), kind, icc_profile=profile, exif=told())
        assert Image.open(io.BytesIO(cleaned(sent, tmp_path, kind)[0])).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_way_of_being_cut_or_bent(kind: str) -> None:
    """It is refused, or what comes out is a beginning of a picture: never another error, and nothing hidden comes through."""
    whole = telling(kind)
    for end in range(0, len(whole), 7):
        _bare_or_damaged(whole[:end], kind)
    for place in range(0, min(len(whole), 600)):
        for value in (0x00, 0xFF, 0x21):
            _bare_or_damaged(whole[:place] + bytes([value]) + whole[place + 1 :], kind)


def _bare_or_damaged(data: bytes, kind: str) -> None:
    try:
        made = b"".join(bytes(piece) for piece in bare(PICTURES[kind], memoryview(data)))
    except Damaged:
        return
    assert len(made) <= len(data) + 64


def png_bomb() -> bytes:
    """36 million pixels in a few kilobytes: within the limit, and a hundred megabytes once it is decoded."""
    rows = zlib.compressobj(9)
    line = bytes(1 + 6000 * 3)
    packed = b"".join(rows.compress(line) for _ in range(6000)) + rows.flush()
    head = struct.pack(">IIBBBBB", 6000, 6000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


@pytest.mark.parametrize(
    ("kind", "make", "shown"),
    [
        ("PNG", png_bomb, True),
        ("PNG", lambda: images.png_head(60_000, 60_000), False),
        ("PNG", lambda: images.png_head(2**31 - 1, 2**31 - 1), False),
        ("GIF", lambda: images.gif_head(60_000, 60_000, frames=3000), False),
        ("GIF", lambda: images.gif_head(1000, 1000, frames=50_000), False),
        ("GIF", lambda: images.film(300), True),
        ("JPEG", lambda: images.jpeg_of_layers(1000), False),
        ("PNG", lambda: images.encoded(Image.effect_noise((400, 400), 60), "PNG")[:5000], False),
        ("JPEG", lambda: images.encoded(Image.effect_noise((400, 400), 60), "JPEG")[:3000], False),
        ("GIF", lambda: images.BOTH, True),
    ],
)
def test_bombs_and_what_is_cut_off(tmp_path: Path, kind: str, make: Callable[[], bytes], shown: bool) -> None:
    """It is shown, or kept and not shown; a second thing behind a picture is cut off."""
    kept, found = cleaned(make(), tmp_path, kind)
    assert bool(found.thumbnail) is shown
    assert b"<script>" not in kept


@pytest.mark.parametrize(
    "data", [b"GIF89a" + images.PAGE, b"\xff\xd8\xff" + images.PAGE, b"RIFF\0\0\0\0WEBP" + images.PAGE]
)
def test_what_only_begins_as_a_picture(tmp_path: Path, data: bytes) -> None:
    kind = {b"G": "GIF", b"\xff": "JPEG", b"R": "WEBP"}[data[:1]]
    try:
        kept, found = cleaned(data, tmp_path, kind)
    except BadInput:
        return
    assert found.thumbnail is None
    assert b"<script>" not in kept


async def test_hostile_files_are_kept_and_saved_at_most(chat: Chat) -> None:
    ann = await chat.member("ann")
    for data, name in ((images.SVG, "a.svg"), (images.PAGE, "a.png"), (images.png_head(60_000, 60_000), "huge.png")):
        file = await ann.send_file(data, name)
        assert (file["thumb_url"], file["width"]) == (None, None)
        answer = await ann.http.get(file["url"])
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")


async def test_nobody_else_waits_while_a_bomb_is_looked_at(chat: Chat) -> None:
    """The longest that the loop does nothing else, while several large pictures come at once."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    done, steps = trio.Event(), 0

    async def send() -> None:
        for data in (png_bomb(), images.plain("JPEG", (6000, 6000)), images.plain("WEBP", (4000, 4000))):
            assert (await ann.send_file(data, "a"))["thumb_url"]
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        while not done.is_set():
            await bob.call("GET", "/me")
            steps += 1
    assert steps > 20
