"""What waits for somebody, message by message: exactly those that their counts count (reading.py), the oldest first."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ..words.models import Message
from .messages import SELECT, message_from
from .reading import COUNTED, ONLY, WAITING

# What names one alone (mentions.py): in a muted topic, what names everybody does not wait.
MINE = "SELECT n.message_id FROM mentions n WHERE n.user_id = :me AND n.alone"
FOLLOWED = (
    "EXISTS (SELECT 1 FROM topic_levels l WHERE l.user_id = :me AND l.topic_id = w.topic_id AND l.level = 'follow')"
)
# In a muted topic only mentions wait. They are few, where there may be very many messages: begin with them.
FIRST = f"""{WAITING.format(only=ONLY[None])}
SELECT group_id, topic_id, followed, first_id FROM (
    SELECT w.group_id, w.topic_id, ({FOLLOWED}) AS followed, CASE WHEN w.muted THEN (
        SELECT x.id FROM messages x WHERE x.id IN ({MINE}) AND x.topic_id = +w.topic_id AND x.seq > w.read_seq AND {COUNTED}
        ORDER BY x.seq LIMIT 1
    ) ELSE (
        SELECT x.id FROM messages x WHERE x.topic_id = w.topic_id AND x.seq > w.read_seq AND {COUNTED} ORDER BY x.seq LIMIT 1
    ) END AS first_id FROM waiting w
) WHERE first_id IS NOT NULL
"""
UNREAD = f"""{WAITING.format(only=ONLY["topic"])} {SELECT} JOIN waiting w ON w.topic_id = x.topic_id
WHERE x.seq > max(w.read_seq, :after) AND {COUNTED} AND (NOT w.muted OR x.id IN ({MINE})) ORDER BY x.seq LIMIT :limit
"""


@dataclass(frozen=True)
class Waiting:
    """A topic in which something is unread, whether one follows it more than its group, and the first message that waits."""

    group_id: int
    topic_id: int
    followed: bool
    first_id: int


def waiting(conn: sqlite3.Connection, user_id: int) -> list[Waiting]:
    """All topics in which something waits."""
    rows = conn.execute(FIRST, {"me": user_id, "which": None})
    return [Waiting(row[0], row[1], bool(row[2]), row[3]) for row in rows]


def unread(conn: sqlite3.Connection, user_id: int, topic_id: int, *, after: int = 0, limit: int) -> list[Message]:
    """What waits in one topic behind the seq *after*."""
    values = {"me": user_id, "which": topic_id, "after": after, "limit": limit}
    return [message_from(row, mine=True) for row in conn.execute(UNREAD, values)]
