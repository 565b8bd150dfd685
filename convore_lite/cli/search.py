"""The search index: make it anew, and compare it with the database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ..words.errors import Refusal
from .console import Console, chat_at, run
from .options import common
from .output import counted, print_json, progress, say

# Seconds between two looks at how far it is.
LOOK_EVERY = 0.2
# Seconds of one trouble after another, in which nothing comes of it.
PATIENCE = 10


@common
def reindex(data: Path | None, as_json: bool) -> None:
    """Make the search index anew. Beside a running server the old one answers until the new one is there."""
    began = time.monotonic()
    found = run(chat_at(data), _make)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        print_json({"messages": found["indexed"], "seconds": seconds})
    else:
        say(f"The search index knows {counted(found['indexed'] or 0, 'message')}. It took {seconds} seconds.")


@common
def check(data: Path | None, as_json: bool) -> None:
    """Compare the search index with the database. Ends with status 1 where they differ."""
    found = run(chat_at(data), _compare)
    if as_json:
        print_json(found)
    if found["indexed"] is None:
        raise Refusal("The search index does not answer. `convore-lite reindex` makes it anew.")
    if found["missing"] or found["indexed"] != found["messages"]:
        raise Refusal(
            f"The search index knows {found['indexed']:,} of {counted(found['messages'], 'message')}, and {found['missing']:,} "
            f"of a sample of {found['sample']:,} are missing in it. `convore-lite reindex` makes it anew."
        )
    if not as_json:
        say(f"The search index knows all {counted(found['messages'], 'message')}.")


async def _make(console: Console) -> Any:
    await console.call("POST", "/admin/search/reindex")
    await _wait_until_made(console)
    return await console.call("GET", "/admin/search/check")


async def _compare(console: Console) -> Any:
    await _wait_until_made(console)
    return await console.call("GET", "/admin/search/check")


async def _wait_until_made(console: Console) -> None:
    import trio

    with progress("Making the search index", 100) as step:
        shown, last = 0, None
        fine = time.monotonic()
        while True:
            state = await console.call("GET", "/admin/search")
            fine = time.monotonic() if state["trouble"] is None else fine
            if time.monotonic() - fine > PATIENCE:
                raise Refusal(f"The search index cannot be made: {state['trouble']}. Can its folder be written to?")
            # What is said from now on does not count: while people talk there is always something newer.
            last = last or state["event"] + state["behind"]
            if not state["making"] and state["event"] >= last:
                break
            percent = state["percent"] or 0
            step(percent - shown)
            shown = percent
            await trio.sleep(LOOK_EVERY)
