"""The text of a message, as nodes. One pure function: the same text and the same names always give the same nodes.

Rule: what a person types never vanishes. What is no markup of ours looks as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .grammar import normal, tokens
from .limits import TooMuch
from .names import mentioned_names
from .nodes import Tree, as_typed
from .safety import is_clean

__all__ = ["Draft", "mentioned_names", "parse"]


class Draft(msgspec.Struct, frozen=True):
    """A message that was read but not kept yet.

    *text* is what was typed, untouched. *nodes* is the node list, a compact JSON array in UTF-8, and *html* the markup of
    its nodes, one after the other. *plain* is what can be read in it, on one line, for search, notifications and previews.
    *mentions* are the ids of the users it names and *links* the addresses of its links, pictures and topics, each once
    and in the order of the text.
    """

    text: str
    nodes: bytes
    html: str
    plain: str
    mentions: tuple[int, ...]
    links: tuple[str, ...]


def parse(text: str, usernames: Mapping[str, int], *, origin: str | None = None) -> Draft:
    """Read a message.

    *usernames* maps names in lower case to user ids (ask the database for `mentioned_names` first); a name that is not in
    it stays text. *origin* is the base URL of this server ("https://chat.example"): links to topics under it become
    `topic` nodes. A text so full of marks that it would take long to read is shown as it was typed.
    Every text is accepted but one with lone surrogates, which is no UTF-8: UnicodeEncodeError.
    """
    source = normal(text)
    try:
        tree = Tree(tokens(source, usernames), origin)
        clean = is_clean(tree.html)
    except TooMuch:
        clean = False
    if not clean:
        tree = as_typed(source)
    return Draft(
        text=text,
        nodes=msgspec.json.encode(tree.nodes),
        html=tree.html,
        plain=tree.plain,
        mentions=tuple(tree.mentions),
        links=tuple(tree.links),
    )
