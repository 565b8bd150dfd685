"""What was done with a privilege, by whom, to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..words.acts import detail_text
from .console import PAGE, Console, chat_at, run
from .options import common
from .output import print_json, table


@click.option(
    "--limit", type=click.IntRange(min=1), default=50, metavar="N", help="How many lines, the newest; 50 unless told."
)
@common
def audit(limit: int, data: Path | None, as_json: bool) -> None:
    """Show what was done with a privilege, the newest first."""
    lines, groups = run(chat_at(data), lambda console: newest(console, limit, named=not as_json))
    if as_json:
        print_json({"items": lines, "next": None})
        return
    rows = [
        (when(line["at"]), who(line), line["act"], what(line, groups), detail_text(line["detail"])) for line in lines
    ]
    table(("WHEN (UTC)", "WHO", "DID", "TO", "DETAILS"), rows)


async def newest(console: Console, limit: int, *, named: bool) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """The newest lines and, where they are to be *named*, the addresses of the groups that are still there."""
    groups = await console.items("/admin/groups") if named else []
    return await _lines(console, limit), {group["id"]: group["slug"] for group in groups}


async def _lines(console: Console, limit: int) -> list[dict[str, Any]]:
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


def what(line: dict[str, Any], groups: dict[int, str]) -> str:
    """Whom or what it was done to. A group that is gone has only its number left."""
    parts = [line["user"]["username"]] if line["user"] else []
    if line["group_id"] is not None:
        parts.append(groups.get(line["group_id"], f"group {line['group_id']}"))
    if line["topic_id"] is not None:
        parts.append(f"topic {line['topic_id']}")
    return ", ".join(parts)
