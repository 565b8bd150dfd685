"""Time zones by their names."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ..words.errors import BadInput


def zone_named(name: str) -> ZoneInfo:
    """Raises BadInput."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # no such zone, or no name of one
        raise BadInput("zone", "is no time zone, such as Europe/Berlin") from None
