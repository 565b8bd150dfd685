"""Requests that come by the thousand in the same moment, and let everybody else go first.

After a restart every open page comes back for its live stream. Their heads are taken up a few at a time, so that whoever signs in
meanwhile does not stand behind five thousand of them.
"""

from __future__ import annotations

import trio

# Heads taken up before the others get their turn: with less than half a millisecond for each, two milliseconds.
AT_ONCE = 4


class Crowd:
    """The requests whose head begins with *head*; none where it is empty."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._turns = trio.CapacityLimiter(AT_ONCE)

    def includes(self, data: bytes) -> bool:
        return bool(self._head) and data.startswith(self._head)

    async def turn(self) -> None:
        """Wait for one's turn, first come, first served."""
        async with self._turns:
            # Given to the next only when everybody who is not in the crowd had their turn.
            await trio.lowlevel.checkpoint()
