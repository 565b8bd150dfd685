"""How much there is."""

from __future__ import annotations

from pathlib import Path

from ..words.sizes import size_text
from .console import call
from .options import common
from .output import counted, print_json, table

# What alone would not be understood.
SIZES = {"write_ahead_log": "write-ahead log", "copies": "older copies", "free": "free on the disk"}


@common
def storage(data: Path | None, as_json: bool) -> None:
    """Show how much there is, and how much room is left."""
    found = call(data, "GET", "/admin/storage")
    if as_json:
        print_json(found)
        return
    sizes = [(SIZES.get(name, spaced(name)), size_text(number)) for name, number in found["sizes"].items()]
    totals = [(spaced(name), f"{number:,}") for name, number in found["totals"].items()]
    largest = [(f"  in {group['slug']}", counted(group["message_count"], "message")) for group in found["largest"]]
    table((), [*sizes, *totals, *largest])


def spaced(name: str) -> str:
    return name.replace("_", " ")
