"""Emoji: their names, and how one is written down: fully qualified (UTS 51), so that the same sign is the same text."""

from __future__ import annotations

from functools import lru_cache

from .errors import BadInput

# Asks for the coloured form of a sign; many programs leave it out.
VARIATION = "\ufe0f"


def one_emoji(text: str) -> str:
    """The emoji that *text* is, or that it names (``thumbsup``, ``:thumbsup:``). Raises BadInput."""
    plain = text.strip()
    found = _qualified().get(plain.replace(VARIATION, "")) or by_name().get(plain.strip(":"))
    if found is None:
        raise BadInput("emoji", "is not one emoji")
    return found


@lru_cache(maxsize=1)
def by_name() -> dict[str, str]:
    """All short names, with those that people know from elsewhere (+1, tada)."""
    # The data takes a moment to load; most messages have no shortcode.
    from emoji import EMOJI_DATA, STATUS

    names: dict[str, str] = {}
    for sign, data in EMOJI_DATA.items():
        if data["status"] <= STATUS["fully_qualified"]:
            for name in (*data.get("alias", ()), data["en"]):
                names.setdefault(name.strip(":"), sign)
    return names


@lru_cache(maxsize=1)
def _qualified() -> dict[str, str]:
    """Every emoji, by how it is without what only asks for its colours."""
    # The data takes a moment to load.
    from emoji import EMOJI_DATA, STATUS

    signs = (sign for sign, data in EMOJI_DATA.items() if data["status"] == STATUS["fully_qualified"])
    return {sign.replace(VARIATION, ""): sign for sign in signs}
