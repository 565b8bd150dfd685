"""Log lines that a crowd of peers cannot multiply."""

from __future__ import annotations

import logging
from math import inf

import trio

# Often enough to notice a trouble that goes on, seldom enough that nobody can fill a disk with it.
REPEAT_AFTER = 60.0


class CalmLog:
    """Writes each sentence at most once a minute, however often the thing happens."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._quiet_until: dict[str, float] = {}

    def warning(self, sentence: str, *args: object, error: BaseException | None = None) -> None:
        """Log *sentence* % *args* as one line. Only a debug log gets the traceback of *error* too."""
        now = trio.current_time()
        if now < self._quiet_until.get(sentence, -inf):
            return
        self._quiet_until[sentence] = now + REPEAT_AFTER
        self._log.warning(sentence, *args, exc_info=error if self._log.isEnabledFor(logging.DEBUG) else None)
