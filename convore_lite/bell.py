"""Rings whenever the event log has grown, and wakes those who read it from the start of the process on."""

from __future__ import annotations

import trio


class Bell:
    """Whoever has to hear of everything takes `next_ring` first, then looks, and then waits for it: what comes between is heard."""

    def __init__(self) -> None:
        self._ring = trio.Event()

    def ring(self) -> None:
        self._ring.set()
        self._ring = trio.Event()

    def next_ring(self) -> trio.Event:
        return self._ring
