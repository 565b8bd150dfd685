"""How much there is."""

from __future__ import annotations

from ..words.sizes import size_text
from .console import call
from .options import AsJson, Data
from .output import counted, print_json, table


def storage(data: Data = None, as_json: AsJson = False) -> None:
    """Show how much there is: bytes on the disk, people, groups and messages."""
    found = call(data, "GET", "/admin/storage")
    if as_json:
        print_json(found)
        return
    sizes = [(name.replace("_", " "), size_text(number)) for name, number in found["sizes"].items()]
    totals = [(name.replace("_", " "), f"{number:,}") for name, number in found["totals"].items()]
    largest = [(f"  {group['slug']}", counted(group["message_count"], "message")) for group in found["largest"]]
    table((), [*sizes, *totals, *largest])
