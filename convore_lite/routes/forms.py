"""Request bodies and query strings into typed values; what does not fit is refused with the field's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from ..words.errors import BadInput, Malformed, NotFound, WrongMediaType

T = TypeVar("T")

MAX_ID = 2**53 - 1
# Deep nesting only costs: nothing we accept is deeper than settings in a form.
DEEPEST = 64
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
SQUARE = bytes.maketrans(b"{}", b"[]")
ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def decode(body: bytes, content_type: str, kind: type[T]) -> T:
    """Read a JSON body. An empty one is an empty object. Raises WrongMediaType, Malformed, BadInput."""
    if body and content_type.partition(";")[0].strip().lower() != "application/json":
        raise WrongMediaType()
    try:
        decoded = msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _bad_input(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"The body is not well-formed JSON: {error}.") from None
    # Only now: most bodies that are large and full of brackets have been refused by their first ones.
    check_depth(body)
    return decoded


def check_depth(body: bytes) -> None:
    """Is well-formed JSON too deep? Brackets inside strings are text, as many as somebody likes. Raises Malformed."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    brackets = STRING.sub(b"", body).translate(SQUARE, ALL_BUT_BRACKETS)
    for _ in range(DEEPEST):  # each time the innermost go
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise Malformed("The body is nested too deeply.")


def convert(query: Mapping[str, str], kind: type[T]) -> T:
    """Read a query string; parameters that are not ours are left alone. Raises BadInput."""
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _bad_input(error) from None


def which(text: str) -> int | str:
    """An id or a slug or a username, as it stands in a path."""
    if not text.isascii() or not text.isdigit():
        return text.lower()
    if len(text) > len(str(MAX_ID)):
        raise NotFound()
    return int(text)


def _bad_input(error: msgspec.ValidationError) -> BadInput:
    """msgspec says "Expected `str`, got `int` - at `$.name`", and names a missing or unknown field in the sentence itself."""
    sentence, _, path = str(error).partition(" - at `")
    field = re.sub(r"\[(\w+)\]", r".\1", path.rstrip("`").replace("[...]", "")).removeprefix("$").removeprefix(".")
    named = re.search(r"(?:unknown|required) field `([^`]*)`", sentence)
    if named:
        field = f"{field}.{named[1]}" if field else named[1]
    return BadInput(field, sentence[:1].lower() + sentence[1:] if sentence else "is not right")
