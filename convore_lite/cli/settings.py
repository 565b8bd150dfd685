"""What is set, where that comes from, and what it means."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from ..words.settings import as_text, describe, read_with_sources
from .options import common
from .output import print_json, say, table


@common
def settings(data: Path | None, as_json: bool) -> None:
    """Show every setting, and where it comes from."""
    chosen, sources = read_with_sources({"data": data})
    rows = [
        (name, as_text(getattr(chosen, name)), sources.get(name, "default"), meaning) for name, _, meaning in describe()
    ]
    if as_json:
        names = ("name", "value", "source", "meaning")
        print_json({"items": [dict(zip(names, row, strict=True)) for row in rows], "next": None})
    elif sys.stdout.isatty():
        for name, value, source, meaning in rows:
            say(f"{name} = {value}   ({source})")
            say(textwrap.fill(meaning, 76, initial_indent="    ", subsequent_indent="    "))
    else:
        table((), rows)
