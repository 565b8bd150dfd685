"""The text of a message, as nodes. One pure function: the same text and the same names always give the same nodes.

Rule: what a person types never vanishes. What is no markup of ours looks as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..models import Everyone
from . import naming
from .addresses import Named, Spot, linked_spots
from .limits import TooMuch
from .names import EVERYONE, mentioned_names
from .safety import is_clean
from .spoilers import covered, without_spoilers

__all__ = [
    "EVERYONE",
    "Draft",
    "Known",
    "Named",
    "Spot",
    "covered",
    "linked_spots",
    "mentioned_names",
    "naming",
    "parse",
    "without_spoilers",
]


class Known(msgspec.Struct, frozen=True):
    """What is known of the names and links in a text where it will stand: what `parse` asks for."""

    users: Mapping[str, int] = {}
    topics: Mapping[Spot, Named] = {}
    everyone: bool = False


class Draft(msgspec.Struct, frozen=True):
    """A message that was read but not kept yet.

    *text* is what was typed, untouched. *nodes* is the node list, a compact JSON array in UTF-8, and *html* the markup of
    its nodes, one after the other. *plain* is what can be read in it, on one line, for notifications and
    previews: without what spoilers hide.
    *mentions* are the ids of the users it names and *links* the addresses of its links, pictures and topics, each once
    and in the order of the text. *everyone* is whom it names at once: all of its group, before those who are there.
    """

    text: str
    nodes: bytes
    html: str
    plain: str
    mentions: tuple[int, ...]
    links: tuple[str, ...]
    everyone: Everyone | None = None


def parse(
    text: str,
    usernames: Mapping[str, int],
    *,
    origin: str | None = None,
    topics: Mapping[Spot, Named] | None = None,
    everyone: bool = False,
) -> Draft:
    """Read a message.

    *usernames* maps names in lower case to user ids (ask the database for `mentioned_names` first); a name that is not in
    it stays text. *origin* is the base URL of this server ("https://chat.example"): links to topics under it become
    `topic` nodes, and those in *topics* (of the `linked_spots`) are called what they are there. With *everyone*, @group
    and @here name many. A text so full of marks that it would take long to read is shown as it was typed.
    Every text is accepted but one with lone surrogates, which is no UTF-8: UnicodeEncodeError.
    """
    # Not with the program: markdown-it takes a while, and the server starts without it.
    from .grammar import normal, tokens
    from .nodes import Tree, as_typed

    source = normal(text)
    try:
        tree = Tree(tokens(source, usernames, everyone=everyone), origin, topics)
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
        everyone=tree.everyone,
    )
