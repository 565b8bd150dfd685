"""Where it is looked up what readers may read and what they have missed. Only so many at a time.

After a restart thousands come back in the same second. Those who wait here do not hold up whoever signs in meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

import trio

from ...actions import App
from ...words.asker import Asker
from .chapter import Chapter, read_chapter
from .query import Start

# Looks into the database at the same time: enough to keep its readers busy, few enough that others find their way in between.
PLACES = 8


class Desk:
    def __init__(self, app: App) -> None:
        self._app = app
        self._places = trio.CapacityLimiter(PLACES)

    async def read(self, asker: Asker, start: Start, after: int | None) -> Chapter:
        """Look at the log. Raises NotSignedIn for somebody who was signed out since they came."""
        async with self._places:
            while True:
                withdrawals = self._app.hub.withdrawals
                chapter = await self._app.store.read(read_chapter, asker, start.visiting, after, now=self._app.now())
                if withdrawals == self._app.hub.withdrawals or not chapter.events:
                    return replace(chapter, withdrawals=self._app.hub.withdrawals)
