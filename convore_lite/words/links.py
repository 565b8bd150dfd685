"""The links of a message that are worth a look at what is behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

# Links of one message that get a preview: what is below a message should not be more than the message.
MOST_PREVIEWS = 3
# Longer addresses work nowhere for certain.
MOST_CHARACTERS = 2000


def to_preview(nodes: bytes) -> list[str]:
    """The first web addresses in the nodes of a message, each once. What it quotes was said, and shown, elsewhere; what a
    spoiler hides is not to be seen beside it.
    """
    return list(dict.fromkeys(_addresses(msgspec.json.decode(nodes))))[:MOST_PREVIEWS]


def _addresses(nodes: list[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        if node["type"] == "url" and _is_web(node["url"]):
            yield node["url"]
        elif node["type"] not in ("url", "quote", "spoiler"):
            yield from _addresses(node.get("children", []))


def host_of(url: str) -> str:
    """The host that is asked for *url*, in lower case; empty for what is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and len(url) <= MOST_CHARACTERS and host_of(url) != ""
