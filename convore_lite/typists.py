"""Who was told to be typing, and where: so often and of so many that a thousand who type at once cost no more than five."""

from __future__ import annotations

from collections.abc import Callable

import trio

# Seconds in which somebody who goes on typing is told of once. A page shows it for six, so that one lost telling does not show.
AGAIN = 3
# People told of in that time in one topic. A page has no room for more names: "several people are typing" needs none.
NAMES = 5


class Typists:
    """*clock* gives seconds that only go forward. What is kept are the topics of the last AGAIN seconds, NAMES people in each."""

    def __init__(self, clock: Callable[[], float] = trio.current_time) -> None:
        self._clock = clock
        # For each topic when each of its people was told of; the topic in which that was the longest ago first.
        self._told: dict[int, dict[int, float]] = {}

    def __len__(self) -> int:
        """How many topics are kept."""
        return len(self._told)

    def is_news(self, topic_id: int, user_id: int) -> bool:
        """Is it to be told that somebody types there? It then counts as told."""
        now = self._clock()
        self._sweep(now - AGAIN)
        told = {known: at for known, at in self._told.get(topic_id, {}).items() if at > now - AGAIN}
        if user_id in told or len(told) >= NAMES:
            return False
        self._told.pop(topic_id, None)  # to stand at the end
        self._told[topic_id] = {**told, user_id: now}
        return True

    def _sweep(self, before: float) -> None:
        while self._told:
            topic_id, told = next(iter(self._told.items()))
            if max(told.values()) > before:
                return
            del self._told[topic_id]
