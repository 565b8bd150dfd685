"""What kind of file something is: told by its bytes, never by what its sender says of it.

Rule: a browser is given only what is on one of the lists below as what it is; everything else is bytes to keep.
"""

from __future__ import annotations

import re

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
# What a beginning must have to be looked at: every signature is in its first few hundred bytes.
HEAD = 4096

# By the name that Pillow has for it. A JPEG of several pictures (MPO) is one of its first.
PICTURES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
# What browsers play by themselves, without a plug-in and without a way to run anything.
PLAYED = frozenset(
    "video/mp4 video/webm video/ogg audio/mpeg audio/mp4 audio/ogg audio/wav audio/flac audio/aac".split()
)
# One name for what has several.
USUAL = {
    "application/x-gzip": "application/gzip",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "image/heif": "image/heic",
}
TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,79}")


def is_picture(media_type: str) -> bool:
    """Is it one that we make a small one of?"""
    return media_type in PICTURES.values()


def is_played(media_type: str) -> bool:
    return media_type in PLAYED


def sniff(head: bytes, name: str) -> str:
    """The media type of a file that begins so. Its *name* decides only between types that begin alike, such as zip and docx."""
    if (known := _container(head)) is not None:
        return known
    from puremagic import PureError, magic_string  # only here: most starts need it not

    otherwise = TEXT if _is_text(head) else UNKNOWN
    try:
        guesses = magic_string(head, filename=name)
    except (PureError, ValueError):
        return otherwise
    found = next((guess.mime_type for guess in guesses if guess.mime_type), "").lower()
    usual = USUAL.get(found, found)
    # What is shown or played has a signature in _container; nothing else becomes it by a guess, as of its name alone.
    return usual if TYPE.fullmatch(usual) and not is_picture(usual) and not is_played(usual) else otherwise


def _container(head: bytes) -> str | None:
    """What may be shown or played, by its signature (https://mimesniff.spec.whatwg.org/, 6)."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _brand(head[8:12])
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:HEAD] else "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    return _audio_frames(head)


def _brand(brand: bytes) -> str | None:
    """Of an ISO base media file: its major brand (https://mp4ra.org/registered-types/brands)."""
    if brand in (b"avif", b"avis"):
        return "image/avif"
    if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return "image/heic"
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    return None if brand == b"qt  " else "video/mp4"


def _audio_frames(head: bytes) -> str | None:
    """An MP3 with tags, or frames of MPEG audio or AAC from the first byte on: eleven or twelve bits that are set."""
    if head.startswith(b"ID3") and len(head) > 10:
        return "audio/mpeg"
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_layer_three = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return "audio/mpeg" if is_layer_three and head[2] & 0xF0 not in (0x00, 0xF0) else None


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return (
            error.start > len(head) - 4 and len(head) >= HEAD
        )  # a character that is cut off by the end of what we look at
    return True
