"""What one look at the log tells a reader: who may read what by then, and the events after where they were."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ...hub import Hub, Subscription
from ...store import groups, keys, log, people
from ...words.asker import Asker
from ...words.errors import NotSignedIn
from ...words.events import Event

# Events read from the log at a time while a reader catches up.
PAGE = 200
# A reader further behind than this is told to start over: fetching the pages anew is quicker than so many events.
FURTHEST = 20_000


@dataclass(frozen=True)
class Chapter:
    """The events in (where one was, *at*], and what may be read as of *at*. *first* is the oldest event that is kept.

    *withdrawals* is what the hub had counted of them when this was read.
    """

    at: int
    first: int
    groups: set[int]
    visiting: set[int]
    ignored: list[int]
    events: list[Event]
    withdrawals: int = 0

    def can_serve(self, after: int) -> bool:
        """Is everything after this place still there, not made up, and not too much?"""
        return self.first - 1 <= after <= self.at and self.at - after <= FURTHEST

    def begin(self, hub: Hub, subscription: Subscription) -> bool:
        """Go live from *at* on; False where this was read too long ago, and the log must be read again."""
        return subscription.held is None or hub.begin(
            subscription, groups=self.groups, visiting=self.visiting, ignored=self.ignored, after=self.at
        )


def read_chapter(
    conn: sqlite3.Connection, asker: Asker, visiting: frozenset[int], after: int | None, *, now: int
) -> Chapter:
    """Look at the log after the place *after*, or at its end for None. Raises NotSignedIn for who was signed out meanwhile."""
    # Asked again after subscribing: whoever is signed out from then on is cut off by the hub.
    if not keys.opens(conn, asker.key, at=now):
        raise NotSignedIn()
    at = log.last_number(conn)
    own, public = groups.readable_ids(conn, asker.id, visiting)
    place = at if after is None else after
    events = log.for_reader(conn, asker.id, own | public, after=place, up_to=at, limit=PAGE) if place < at else []
    return Chapter(at, log.first_number(conn), own, public, people.ignored_by(conn, asker.id), events)
