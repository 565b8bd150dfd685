"""Web and e-mail addresses: which characters belong to one, and what it leads to."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ..slugs import RESERVED_GROUPS, RESERVED_TOPICS

# What ends an address: white space, quotes, a bracket without its partner, CJK punctuation, and characters that cannot
# be seen or that turn the direction of the rest, so that an address is what it looks like.
_END = (
    r"\s\x00-\x20\x7f-\x9f<>\"`|\\()\[\]"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3000-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f\ufffd"
)
# Two bars end one as well: they hide what is before them (spoilers.py).
_INSIDE = rf"(?:[^{_END}|]++|\|(?!\|))"
_BODY = rf"(?:{_INSIDE}|\({_INSIDE}*+\)|\[{_INSIDE}*+\])"
_TRAILING = ".,:;!?'*_~…’”»"

_SCHEME = r"(?ai:https?://)"
_LOCAL = r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}"
# No colon with something behind it: git@example.com:path and me@host.example:22 are no e-mail addresses.
_MAIL = rf"{_LOCAL}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}(?![A-Za-z0-9_-]|:\S)"

BEGINS = rf"(?<![A-Za-z0-9])(?:{_SCHEME}|(?ai:www\.|mailto:))|(?<![A-Za-z0-9.%+-]){_LOCAL}@"
"""Where an address may begin in running text, as a regular expression."""

_WEB = re.compile(rf"(?:{_SCHEME}(?=[^\W_]|\[)|(?ai:www\.)(?=[^\W_][\w-]{{0,62}}\.[^\W_])){_BODY}*+")
_E_MAIL = re.compile(rf"(?ai:mailto:)?{_MAIL}")
_ANGLES = re.compile(rf"<({_SCHEME}{_BODY}++|(?ai:mailto:)?{_MAIL})>")
_PARENTHESES = re.compile(rf"\(\s*+<?({_SCHEME}{_BODY}++|(?ai:mailto:){_MAIL})>?\s*+\)")

_PICTURE = re.compile(r"https?://[^/?#]+/[^?#]*\.(?:png|jpe?g|gif|webp|avif)(?:[?#].*)?", re.ASCII | re.IGNORECASE)
_TOPIC = re.compile(r"/([\w%.~-]+)/([\w%.~-]+)/(?:([0-9]{1,15})/)?(?:[?#].*)?")
# Of the topics that a message links to, so many are looked up: the others are shown by their addresses.
MOST_NAMED = 20


class Found(NamedTuple):
    """An address in a text: where it leads, how it is written there, and where the writing ends."""

    url: str
    written: str
    end: int


def bare(source: str, start: int, end: int) -> Found | None:
    """The address that begins at *start* in running text (up to *end*), without the punctuation of the sentence."""
    if web := _WEB.match(source, start, end):
        written = web[0].rstrip(_TRAILING)
    elif mail := _E_MAIL.match(source, start, end):
        written = mail[0]
    else:
        return None
    return Found(_whole(written), written, start + len(written))


def in_angles(source: str, start: int, end: int) -> Found | None:
    """<https://example.com> or <ann@example.com>."""
    found = _ANGLES.match(source, start, end)
    return found and Found(_whole(found[1]), found[1], found.end())


def in_parentheses(source: str, start: int, end: int) -> Found | None:
    """(https://example.com), as behind a label."""
    found = _PARENTHESES.match(source, start, end)
    return found and Found(found[1], found[1], found.end())


def _whole(written: str) -> str:
    """Add the scheme that people leave out."""
    if written[:4].lower() == "www.":
        return "http://" + written
    return written if ":" in written else "mailto:" + written


class Spot(NamedTuple):
    """A topic on this server as its address names it, by the slugs of its group and its own; or one message of it."""

    group: str
    topic: str
    message_id: int | None


class Named(NamedTuple):
    """A topic of the group in which a message will stand: its id, and what it is called there."""

    topic_id: int
    name: str


def topic_path(url: str, origin: str | None) -> str | None:
    """The path of the topic or message on this server that *url* leads to; None where it leads elsewhere."""
    base = (origin or "").rstrip("/")
    return urlsplit(base).path + url[len(base) :] if spot(url, origin) else None


def spot(url: str, origin: str | None) -> Spot | None:
    """The topic or message on this server that *url* leads to; None where it leads elsewhere."""
    base = (origin or "").rstrip("/")
    found = _TOPIC.fullmatch(url, len(base))
    if not base or not found or url[: len(base)].lower() != base.lower():
        return None
    if found[1] in RESERVED_GROUPS or found[2] in RESERVED_TOPICS:
        return None
    return Spot(unquote(found[1]).lower(), unquote(found[2]).lower(), int(found[3]) if found[3] else None)


def linked_spots(text: str, origin: str | None) -> list[Spot]:
    """The topics and messages here that *text* may link to, each once: look their names up, then call `parse`."""
    found: dict[Spot, None] = {}
    for written in re.finditer(rf"{re.escape(origin.rstrip('/'))}/{_BODY}++", text, re.IGNORECASE) if origin else ():
        if one := spot(written[0].rstrip(_TRAILING), origin):
            found[one] = None
    return list(found)[:MOST_NAMED]


def is_picture(url: str) -> bool:
    """Whether the path ends as the name of a picture that browsers can show."""
    return _PICTURE.fullmatch(url) is not None
