"""Names of files as they are shown and sent: one line, without a folder, and without what hides or turns text around."""

from __future__ import annotations

import unicodedata

# Most file systems hold 255 bytes, and whoever downloads it may have a number put behind it.
LONGEST = 200
# Of a name that is cut, so much of its end stays: it says what the file is.
LONGEST_ENDING = 16
NO_NAME = "file"
# Joins emoji, and letters of some scripts; whatever else is invisible goes.
JOINERS = "\u200c\u200d"


def file_name(sent: str) -> str:
    """The name of a file that a browser or program sent under any name. Never empty, and no folder: not "." or ".."."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", last))
    kept = "".join(character for character in kept if character in JOINERS or not _is_hidden(character))
    name = " ".join(kept.split()).rstrip(" .")
    if not any(unicodedata.category(character)[0] not in "CZM" for character in name):
        return NO_NAME
    return _shortened(name)


def ending(name: str) -> str:
    """With its dot, or "" where there is none."""
    stem, dot, end = name.rpartition(".")
    return dot + end if stem and 0 < len(end) <= LONGEST_ENDING and " " not in end else ""


def _is_hidden(character: str) -> bool:
    """Control and format characters, halves of surrogates, what is private or nothing: they could not be read, or mislead."""
    return unicodedata.category(character)[0] == "C"


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    end = ending(name)
    stem = name.removesuffix(end).encode()[: LONGEST - len(end.encode())].decode(errors="ignore")
    return stem.rstrip(" .") + end
