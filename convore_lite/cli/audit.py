"""What was done with a privilege, by whom, to whom."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..words.acts import detail_text
from .console import PAGE, Console, chat_at, run
from .options import AsJson, Data
from .output import print_json, table

Most = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many lines, the newest; 50 unless told.")]


def audit(limit: Most = 50, data: Data = None, as_json: AsJson = False) -> None:
    """Show what was done with a privilege, the newest first."""
    lines = run(chat_at(data), lambda console: newest(console, limit))
    if as_json:
        print_json({"items": lines, "next": None})
        return
    rows = [(when(line["at"]), who(line), line["act"], what(line), detail_text(line["detail"])) for line in lines]
    table(("WHEN (UTC)", "WHO", "DID", "TO", "DETAILS"), rows)


async def newest(console: Console, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: Any = ""
    while cursor is not None and len(found) < limit:
        page = await console.call("GET", "/admin/audit", limit=min(PAGE, limit - len(found)), cursor=cursor)
        found += page["items"]
        cursor = page["next"]
    return found


def when(time: str) -> str:
    """To the second: 2026-11-23 15:04:05."""
    return time[:19].replace("T", " ")


def who(line: dict[str, Any]) -> str:
    name = line["actor"]["username"] if line["actor"] else "the command line"
    return f"{name}, by a token" if line["via"] == "token" else name


def what(line: dict[str, Any]) -> str:
    """Whom or what it was done to."""
    parts = [line["user"]["username"]] if line["user"] else []
    parts += [f"{noun} {line[f'{noun}_id']}" for noun in ("group", "topic") if line[f"{noun}_id"] is not None]
    return ", ".join(parts)
