"""What streams tell that is so for a moment, gathered for tests of it."""

from __future__ import annotations

from typing import Any

import trio

from convore_lite.actions.moments import TICK
from convore_lite.routes.live.outlet import STALLED
from convore_lite.testing import LiveStream, Member

from .test_stream import sync

Listening = tuple[Member, LiveStream]


async def moments(*listening: Listening) -> list[list[dict[str, Any]]]:
    """What each stream has told since the last time, without the times. For `patient_chat`: it lets what is due be told first."""
    await trio.sleep(2 * TICK)
    heard = []
    for member, stream in listening:
        await sync(member, stream)
        heard.append([{name: value for name, value in one.items() if name != "at"} for one in stream.moments])
        stream.moments.clear()
    return heard


async def later(seconds: float, *listening: Listening) -> None:
    """Let time pass while these streams are read, so that none is given up as stalled."""
    until = trio.current_time() + seconds
    while (left := until - trio.current_time()) > 0:
        await trio.sleep(min(left, STALLED / 2))
        for member, stream in listening:
            await sync(member, stream)


def came(member: Member) -> dict[str, Any]:
    return {"kind": "presence", "user_id": member.id, "online": True}


def went(member: Member) -> dict[str, Any]:
    return {"kind": "presence", "user_id": member.id, "online": False}
