"""Topics that a kept message calls by their names, and by their addresses again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from .escape import text_markup

if TYPE_CHECKING:
    from .nodes import Node

MARK = '"topic_id":'
"""What stands in the JSON of nodes that call a topic by its name, and in no other: in a text it has backslashes."""


def without_names(nodes: list[Node], stays: Callable[[int], bool]) -> str:
    """Call every topic by its address but those whose ids may stay; changes *nodes*, and gives the HTML of them all."""
    for node in nodes:
        if "name" in node and node["type"] == "topic" and not stays(node["topic_id"]):
            ends = text_markup(node.pop("name")) + "</a>"
            node["markup"] = f"{node['markup'].removesuffix(ends)}{text_markup(node['url'])}</a>"
            del node["topic_id"]
        elif children := node.get("children"):
            before = _joined(children)
            node["markup"] = node["markup"].replace(before, without_names(children, stays), 1)
    return _joined(nodes)


def kept_without_names(nodes: str, stays: Callable[[int], bool]) -> tuple[str, str]:
    """The same for nodes in JSON: those, and their HTML."""
    tree: list[Node] = msgspec.json.decode(nodes)
    html = without_names(tree, stays)
    return msgspec.json.encode(tree).decode(), html


def _joined(nodes: list[Node]) -> str:
    return "".join(node["markup"] for node in nodes)
