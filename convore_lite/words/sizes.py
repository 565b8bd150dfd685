"""How people write a number of bytes."""

from __future__ import annotations

UNITS = ("KB", "MB", "GB", "TB")


def size_text(number: int) -> str:
    """In units of a thousand, as disks are sold: 1.2 MB."""
    if number < 1000:
        return "1 byte" if number == 1 else f"{number} bytes"
    value, units = number / 1000, list(UNITS)
    while value >= 999.95 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.1f} {units[0]}"
