"""Mentions: whom a message names, each on their own or all at once.

Who is named by name or by a keyword has a row in ``mentions`` that is *alone*; who was online when a message said @here has one
that is *here*. Of @group there is one row for all, in ``everyone_mentions``: it names whoever was a member when it was written,
which is whoever came in (``memberships.since``) at an earlier place in the log. In what one has muted, only what names one alone
counts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping

from ..words.models import Everyone
from . import log

# The messages that name :me, by a keyword or not, alone or with others. Their own that say @group are among them.
NAMED = """(
    SELECT message_id, keyword, alone FROM mentions WHERE user_id = :me
    UNION ALL
    SELECT e.message_id, NULL, 0 FROM everyone_mentions e
    JOIN memberships c ON c.group_id = e.group_id AND c.user_id = :me AND c.since < e.number
    WHERE e.name = 'group' AND NOT e.settled
    AND NOT EXISTS (SELECT 1 FROM mentions n WHERE n.user_id = :me AND n.message_id = e.message_id)
)"""


def name_alone(conn: sqlite3.Connection, message_id: int, found: Mapping[int, str | None]) -> list[int]:
    """Let these be whom a message names by name (None) or by a keyword of theirs; those it did not name before."""
    before = dict(conn.execute("SELECT user_id, alone FROM mentions WHERE message_id = ?", (message_id,)).fetchall())
    conn.executemany(
        "UPDATE mentions SET alone = 0, keyword = NULL WHERE user_id = ? AND message_id = ?",
        [(user_id, message_id) for user_id, alone in before.items() if alone and user_id not in found],
    )
    conn.executemany(
        """INSERT INTO mentions (user_id, message_id, keyword) VALUES (?, ?, ?)
           ON CONFLICT (user_id, message_id) DO UPDATE SET keyword = excluded.keyword, alone = 1""",
        [(user_id, message_id, keyword) for user_id, keyword in found.items()],
    )
    _tidy(conn, message_id)
    return [user_id for user_id in found if user_id not in before]


def name_everyone(
    conn: sqlite3.Connection, message_id: int, group_id: int, name: Everyone | None, here: Iterable[int]
) -> bool:
    """Let a message name all of its group, or those of it who are *here*, or neither; False where it did so before."""
    row = conn.execute("SELECT name FROM everyone_mentions WHERE message_id = ?", (message_id,)).fetchone()
    if (row and row[0]) == name:
        return False
    conn.execute("DELETE FROM everyone_mentions WHERE message_id = ?", (message_id,))
    conn.execute("UPDATE mentions SET here = 0 WHERE message_id = ? AND here", (message_id,))
    if name is not None:
        values = (message_id, name, group_id, log.last_number(conn))
        conn.execute("INSERT INTO everyone_mentions (message_id, name, group_id, number) VALUES (?, ?, ?, ?)", values)
    conn.execute(
        """INSERT INTO mentions (user_id, message_id, alone, here) SELECT value, ?, 0, 1 FROM json_each(?) WHERE true
           ON CONFLICT (user_id, message_id) DO UPDATE SET here = 1""",
        (message_id, json.dumps(sorted(here))),
    )
    _tidy(conn, message_id)
    return name is not None


def named_alone(conn: sqlite3.Connection, message_id: int) -> list[int]:
    rows = conn.execute("SELECT user_id FROM mentions WHERE message_id = ? AND alone", (message_id,))
    return [row[0] for row in rows]


def settle(conn: sqlite3.Connection, message_ids: Collection[int], group_id: int) -> None:
    """Before messages go to another group: give a row to each whom @group named, as far as they are in that one too."""
    values = {"ids": json.dumps(list(message_ids)), "group": group_id}
    those = """e.name = 'group' AND NOT e.settled AND e.group_id != :group
               AND e.message_id IN (SELECT value FROM json_each(:ids))"""
    conn.execute(
        f"""INSERT INTO mentions (user_id, message_id, alone, here)
            SELECT c.user_id, e.message_id, 0, 1 FROM everyone_mentions e JOIN messages x ON x.id = e.message_id
            JOIN memberships c ON c.group_id = e.group_id AND c.since < e.number
            JOIN memberships m ON m.group_id = :group AND m.user_id = c.user_id
            WHERE {those} AND x.author_id != c.user_id
            ON CONFLICT (user_id, message_id) DO UPDATE SET here = 1""",
        values,
    )
    conn.execute(f"UPDATE everyone_mentions AS e SET settled = 1 WHERE {those}", values)


def of_topic(conn: sqlite3.Connection, topic_id: int) -> list[int]:
    """The messages of a topic that name everybody."""
    query = "SELECT e.message_id FROM everyone_mentions e JOIN messages x ON x.id = e.message_id WHERE x.topic_id = ?"
    return [row[0] for row in conn.execute(query, (topic_id,))]


def forget(conn: sqlite3.Connection, message_id: int) -> None:
    """A message names nobody any more."""
    conn.execute("DELETE FROM mentions WHERE message_id = ?", (message_id,))
    conn.execute("DELETE FROM everyone_mentions WHERE message_id = ?", (message_id,))


def readers_among(conn: sqlite3.Connection, group_id: int, user_ids: Iterable[int]) -> list[int]:
    """Those of *user_ids* who may read the group: its members, or anyone where it is public."""
    marks = ",".join(str(int(number)) for number in user_ids)
    rows = conn.execute(
        f"""SELECT u.id FROM users u JOIN groups g ON g.id = :group
            LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = u.id
            WHERE u.id IN ({marks}) AND (m.user_id IS NOT NULL OR (g.kind = 'public' AND u.role != 'guest')) ORDER BY u.id""",
        {"group": group_id},
    )
    return [row[0] for row in rows]


def naming(conn: sqlite3.Connection, user_id: int, message_ids: Iterable[int]) -> set[int]:
    """Those of these messages of others that mention somebody, in whichever way."""
    marks = ",".join(str(int(number)) for number in message_ids)
    rows = conn.execute(
        f"""SELECT n.message_id FROM {NAMED} n JOIN messages x ON x.id = n.message_id
            WHERE x.author_id != :me AND n.message_id IN ({marks})""",
        {"me": user_id},
    )
    return {row[0] for row in rows}


def _tidy(conn: sqlite3.Connection, message_id: int) -> None:
    conn.execute("DELETE FROM mentions WHERE message_id = ? AND NOT alone AND NOT here", (message_id,))
