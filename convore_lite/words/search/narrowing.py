"""Narrowing a search by a click: its operators, each with the search without it, and others that can be added."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from .parser import MOST_CHARACTERS, pieces


class Chip(Struct, frozen=True):
    """Something to click: what it says, the search it leads to, and whether it is an operator that is there now."""

    label: str
    query: str
    on: bool


def chips(text: str, offers: Collection[tuple[str, str, str]]) -> list[Chip]:
    """The operators in a search, and those *offers* (operator, value, label) whose operator is not among them."""
    text = text[:MOST_CHARACTERS]  # as much as is looked for: each chip holds nearly all of it
    found = [piece for piece in pieces(text) if piece.operator]
    there = {piece.operator for piece in found}
    on = [Chip(text[one.start : one.end], _squeezed(text[: one.start] + " " + text[one.end :]), True) for one in found]
    off = [
        Chip(label, _squeezed(f"{text} {operator}:{_quoted(value)}"), False)
        for operator, value, label in offers
        if operator not in there
    ]
    return on + off


def as_typed(text: str) -> str:
    """The same search, with each word as it is: what has a mistake in it is not looked for."""
    return " ".join(
        text[one.start : one.end] if one.operator or one.quoted or one.text == "OR" else _phrase(one.text, one.negated)
        for one in pieces(text[:MOST_CHARACTERS])
    )


def _phrase(word: str, negated: bool) -> str:
    plain = word.replace('"', "")
    return f'{"-" if negated else ""}"{plain}"'


def _quoted(value: str) -> str:
    return f'"{value}"' if any(character.isspace() for character in value) else value


def _squeezed(text: str) -> str:
    return " ".join(text.split())
