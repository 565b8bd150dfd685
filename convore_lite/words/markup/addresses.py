"""Web and e-mail addresses: where one stands in a text, and what kind of link it makes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markdown_it.rules_inline import StateInline

from .safety import is_clean, link

# Neither part of an address: white space, quotes, brackets without a partner, CJK punctuation, and characters that
# cannot be seen or that turn the direction of what follows, so that an address reads as what it is.
_OUTSIDE = r"\s\x00-\x20\x7f-\x9f<>\"`|\\()\[\]\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3000-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f"
_BODY = rf"(?:[^{_OUTSIDE}]|\([^{_OUTSIDE}]*\)|\[[^{_OUTSIDE}]*\])"
_TRAILING = ".,:;!?'*_~…’”»"

_LOCAL = r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}"
# No colon with something after it: git@example.com:path and user@host:22 are no e-mail addresses.
_EMAIL = rf"{_LOCAL}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}(?![A-Za-z0-9_-]|:\S)"

STARTS = rf"(?<![A-Za-z0-9])(?:(?ai:https?://|www\.|mailto:))|(?<![A-Za-z0-9.%+-]){_LOCAL}@"
"""Where an address may begin in running text (a regular expression)."""

_WEB = re.compile(rf"(?ai:https?://)(?:[^\W_]|\[){_BODY}*|(?ai:www\.)[^\W_][\w-]{{0,62}}\.[^\W_]{_BODY}*")
_MAIL = re.compile(rf"(?:(?ai:mailto:))?{_EMAIL}")
_IN_ANGLES = re.compile(rf"<(?:((?ai:https?://|mailto:)[^{_OUTSIDE}](?:{_BODY})*)|({_EMAIL}))>")
_IN_PARENTHESES = re.compile(rf"\(\s*(?:<((?ai:https?://|mailto:)(?:{_BODY})+)>|((?ai:https?://|mailto:)(?:{_BODY})+))\s*\)")

_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif)", re.IGNORECASE | re.ASCII)
_TOPIC = re.compile(r"/([\w%.~-]+)/([\w%.~-]+)/(?:[0-9]+/)?(?:[?#].*)?", re.ASCII)
# First words of addresses of ours that are no group, and second words that are no topic.
_NO_GROUP = frozenset(
    "admin api direct files join mentions search settings sign-in sign-out starred static unread users welcome".split()
)
_NO_TOPIC = frozenset({"members"})


def topic_path(url: str, origin: str | None) -> str | None:
    """The path of a topic or message of this server that *url* leads to; None where it leads elsewhere."""
    base = (origin or "").rstrip("/")
    if not base or url[: len(base)].lower() != base.lower():
        return None
    path = url[len(base) :]
    found = _TOPIC.fullmatch(path)
    if found is None or found[1] in _NO_GROUP or found[2] in _NO_TOPIC:
        return None
    return urlsplit(base).path + path


def is_picture(url: str) -> bool:
    """Whether a browser will most likely get a picture from this web address."""
    path = url.partition("?")[0].partition("#")[0]
    return url[:4].lower() == "http" and _PICTURE.search(path, len(path) - 5).end() == len(path)


def address(state: StateInline, silent: bool) -> bool:
    """Inline rule: an address in running text, or one in <angle brackets>."""
