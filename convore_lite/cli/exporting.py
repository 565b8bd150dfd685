"""Write an export: page after page from the API, line after line to a file."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from ..words.archive import HEADER
from .console import Console
from .files import written_whole
from .output import counted, print_json, progress, say


class Page(Struct):
    """What the API gives. Its lines are spelled as in a file, so they are written as they come."""

    items: list[Raw]
    next: str | None
    messages: int | None


async def export_to(console: Console, query: dict[str, str], output: str, *, as_json: bool) -> None:
    """Write what *query* chooses to a file, and say how much that was. Raises Refusal, OSError."""
    page = await _page(console, query)
    messages, lines = page.messages or 0, 0
    with written_whole(output) as file, progress("Exporting", messages) as step:
        file.write(HEADER)
        while True:
            file.writelines(bytes(line) + b"\n" for line in page.items)
            lines += len(page.items)
            step(len(page.items))
            if page.next is None:
                break
            page = await _page(console, {"cursor": page.next})
    if output == "-":
        return
    if as_json:
        print_json({"file": output, "messages": messages, "lines": lines + 1})
    else:
        say(f"Wrote {counted(messages, 'message')} to {output}.")


async def _page(console: Console, query: dict[str, str]) -> Page:
    response = await console.send("GET", "/admin/export", params=query)
    return msgspec.json.decode(response.content, type=Page)
