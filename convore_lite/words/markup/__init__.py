"""The text of a message, as nodes. One pure function: the same text and the same names always give the same nodes.

Rule: what a person types never vanishes. What is no markup of ours looks as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from . import grammar, safety
from .names import USERNAME, names_in
from .nodes import Node, Tree

__all__ = ["USERNAME", "Draft", "mentioned_names", "parse"]


class Draft(msgspec.Struct, frozen=True):
    """A message that was read but not yet kept. See docs/markup.md for the nodes."""

    text: str
    """What was typed, untouched."""
    nodes: bytes
    """The node list: a JSON array, compact, in UTF-8."""
    html: str
    """The markup of all nodes of the list, one after the other."""
    plain: str
    """What can be read in it, on one line, for search, notifications and previews."""
    mentions: tuple[int, ...]
    """The ids of the users it names, each once, in the order of the text."""
    links: tuple[str, ...]
    """The addresses of its links, pictures and topics, each once, in the order of the text."""


def mentioned_names(text: str) -> frozenset[str]:
    """The usernames, in lower case, that *text* may mention: look these up, then call `parse`."""
    return names_in(text)


def parse(text: str, usernames: Mapping[str, int], *, origin: str | None = None) -> Draft:
    """Read a message.

    *usernames* maps names in lower case to user ids; a name that is not in it stays text. *origin* is the base URL of this
    server ("https://chat.example"): links to topics under it become `topic` nodes. A text so full of marks that reading
    it would take long becomes plain text. Takes any text but one with lone surrogates, which is no UTF-8
    (UnicodeEncodeError).
    """
    source = grammar.normal(text)
    try:
        tree = Tree(grammar.tokens(source, usernames, origin))
    except grammar.TooMuch:
        tree = safety.as_typed(source)
    if not safety.is_clean(tree.html):
        tree = safety.as_typed(source)
    return Draft(
        text=text,
        nodes=msgspec.json.encode(tree.nodes),
        html=tree.html,
        plain=tree.plain,
        mentions=tuple(tree.mentions),
        links=tuple(tree.links),
    )
