"""What the server does for itself: it forgets old events, what is left of what was deleted or erased, files nobody
posted, and old sessions."""

from __future__ import annotations

from contextlib import suppress
from typing import Never

import trio

from ..store import keys, log
from ..words.errors import DiskFull, Unavailable
from . import App, files
from .deletion import erase_deleted
from .erasing import erase_left

# Once an hour is often enough for something that is kept for days.
EVERY = 3600
# Small steps, so that nobody's message waits behind them: a thousand rows take some milliseconds.
STEP = 1000
DAY = 24 * 3600 * 1000


async def keep_up(app: App) -> Never:
    """Trim the event log to the days the settings say, finish deletions, let files and sessions go: now, and every hour."""
    while True:
        with suppress(DiskFull, Unavailable):  # nobody can do anything about it here; in an hour it may be better
            await trim_events(app)
            await erase_deleted(app)
            await erase_left(app)
            await files.forget_unposted(app)
            await files.clear_loose(app)
            await files.sweep(app)
            await app.store.write(keys.delete_expired_sessions, at=app.now())
        await trio.sleep(EVERY)


async def trim_events(app: App) -> int:
    """Forget what is too old, oldest first; how many events that were."""
    before, forgotten = app.now() - app.settings.event_days * DAY, 0
    while step := await app.store.write(log.trim, before=before, limit=STEP):
        forgotten += step
    return forgotten
