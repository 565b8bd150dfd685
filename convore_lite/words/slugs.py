"""Names in addresses: usernames and the slugs of groups and topics."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from .errors import BadInput

# ASCII only: a letter of another alphabet that looks like a Latin one could pass for somebody else.
USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?", re.ASCII)
SLUG = re.compile(r"[\w](?:[\w-]{0,62}[\w])?", re.UNICODE)
MAX_SLUG = 64
# What begins alike up to here may be numbered into the same slug: MAX_SLUG without a dash, another dash and eight digits.
STEM = MAX_SLUG - 10
# Letters that pass for others in most typefaces (from Unicode's confusables.txt, what is left of it in a-z and 0-9).
LOOK_ALIKES = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"))

# Words that are addresses of ours (api.md, Pages), or may become one.
RESERVED_GROUPS = frozenset(
    "about admin api avatars direct discover drafts files groups healthz help invite join live mentions metrics new people "
    "previews readyz search settings sign-in sign-out sign-up starred static unread users welcome".split()
)
# Words that name many behind an @.
RESERVED_USERNAMES = frozenset(("group", "here"))
RESERVED_TOPICS = frozenset("join leave level members new read requests settings topics unread".split())
# Embeddings, overrides and isolates.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def username(text: str, field: str = "username") -> str:
    """The username in its one spelling (lower case). Raises BadInput."""
    name = text.lower()
    if not USERNAME.fullmatch(name):
        raise BadInput(
            field, "1 to 32 letters a-z, digits, dots, dashes or underscores, with a letter or digit at both ends"
        )
    if name.isdigit():  # it would read as an id
        raise BadInput(field, "not only digits")
    return name


def new_username(text: str) -> str:
    """A username for a new account. Raises BadInput."""
    name = username(text)
    if name in RESERVED_USERNAMES:
        raise BadInput("username", f"“{name}” is nobody's: @{name} names everybody")
    return name


def slug(text: str) -> str:
    """A slug made from a name: lower case, words joined by dashes; "" where nothing can be kept."""
    words = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\W_]+", "-", words).strip("-")[:MAX_SLUG].strip("-")


def checked_slug(text: str, reserved: frozenset[str], field: str = "slug") -> str:
    """A slug that somebody chose. Raises BadInput."""
    if text != text.lower() or not SLUG.fullmatch(text) or text.isdigit():
        raise BadInput(
            field, "1 to 64 lower-case letters, digits and dashes, with a letter or digit at both ends, not only digits"
        )
    if text in reserved:
        raise BadInput(field, f"“{text}” is an address of this server")
    return text


def free_slug(name: str, reserved: frozenset[str], like: Callable[[str], Iterable[str]], fallback: str) -> str:
    """A slug for *name* that is neither reserved nor taken: with -2, -3 … at its end if need be.

    *like* gives the slugs that are taken and begin with a text.
    """
    base = slug(name) or fallback
    if base.isdigit():  # an address of digits alone would read as an id
        base = f"{fallback}-{base}"[:MAX_SLUG]
    taken = reserved | set(like(base[:STEM]))
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base[: MAX_SLUG - 1 - len(str(number))].rstrip('-')}-{number}"
    return candidate


def shown_name(text: str, field: str = "name", longest: int = 80) -> str:
    """A name for people to read: one line, without characters that hide or turn text around. Raises BadInput."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or all(unicodedata.category(character)[0] in "CZ" for character in name):
        raise BadInput(field, "may not be empty")
    if len(name) > longest:
        raise BadInput(field, f"at most {longest} characters")
    check_no_controls(name, field)
    return name


def check_no_controls(text: str, field: str) -> None:
    """Raises BadInput for what steers a terminal, or turns around what is beside it (Unicode Bidirectional Algorithm, UAX 9)."""
    if any(unicodedata.category(character) == "Cc" or character in TURNING for character in text):
        raise BadInput(field, "may not hold control characters")
