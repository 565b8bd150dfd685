"""How far everybody has read. Unread is derived from read pointers: a post writes nothing for those who will read it.

Unread in a topic are the messages above one's pointer that are not one's own, not deleted, not from people one ignores and not
read elsewhere; where the topic is muted, of these only the messages that mention one alone (store/mentions.py).
The pointer is the reading row of (user, topic); where there is none, all messages up to ``memberships.read_up_to`` are read.
That holds as long as ids and places go up together: whoever moves messages writes the rows of all members before (store/moving.py).
A message that was moved is read or not as it was where it stood before. Above the pointer that takes a row in ``read_elsewhere``,
which goes once the pointer has passed it, or once its reader makes something before it unread.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby

from ..words.events import event_id
from ..words.models import MAX_COUNT, GroupCounts, TopicCounts, Unread
from . import log, schema
from .levels import JOINED, MUTED
from .mentions import NAMED

# The pointer of the member m in the topic t, with their row r.
POINTER = "coalesce(r.read_seq, (SELECT max(seq) FROM messages WHERE topic_id = t.id AND id <= m.read_up_to), 0)"
# Topics with something above the pointer. {only} narrows it to one group or one topic.
WAITING = f"""
WITH waiting AS MATERIALIZED (
    SELECT t.id AS topic_id, t.group_id,
        {POINTER} AS read_seq, {MUTED} AS muted
    FROM memberships m JOIN topics t ON t.group_id = m.group_id
    LEFT JOIN readings r ON r.user_id = m.user_id AND r.topic_id = t.id
    {JOINED}
    WHERE m.user_id = :me {{only}}
      AND t.last_seq > CASE
          WHEN r.read_seq IS NOT NULL THEN r.read_seq
          WHEN t.last_message_id <= m.read_up_to THEN t.last_seq
          ELSE 0
      END
), ignored AS MATERIALIZED (SELECT ignored_id FROM ignores WHERE user_id = :me)
, elsewhere AS MATERIALIZED (SELECT topic_id, first_seq, last_seq FROM read_elsewhere WHERE user_id = :me)
"""
COUNTED = """x.author_id != :me AND x.deleted = 0 AND x.author_id NOT IN (SELECT ignored_id FROM ignored)
    AND NOT EXISTS (SELECT 1 FROM elsewhere e WHERE e.topic_id = x.topic_id AND x.seq BETWEEN e.first_seq AND e.last_seq)"""
# In a muted topic only mentions of one alone count, and mentions are counted apart.
UNREAD = f"""{WAITING}
SELECT w.*, CASE WHEN w.muted THEN NULL ELSE (
    SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.topic_id = w.topic_id AND x.seq > w.read_seq AND {COUNTED} LIMIT :most)
) END AS unread FROM waiting w ORDER BY w.group_id, w.topic_id
"""
MENTIONED = f"""{WAITING}
SELECT w.topic_id, count(*) FROM {NAMED} n JOIN messages x ON x.id = n.message_id JOIN waiting w ON w.topic_id = x.topic_id
WHERE (n.alone OR NOT w.muted) AND x.seq > w.read_seq AND {COUNTED} GROUP BY w.topic_id
"""
ONLY = {None: "", "group": "AND m.group_id = :which", "topic": "AND t.id = :which"}


def unread(conn: sqlite3.Connection, user_id: int) -> Unread:
    """What waits for somebody in all their groups."""
    topics = _counts(conn, user_id)
    groups = [
        _group(group_id, [counts for _, counts in rows]) for group_id, rows in groupby(topics, key=lambda pair: pair[0])
    ]
    at_id = event_id(schema.epoch(conn), log.last_number(conn))
    return Unread(groups, total=min(sum(group.unread for group in groups), MAX_COUNT), at_id=at_id)


def group_counts(conn: sqlite3.Connection, user_id: int, group_id: int) -> GroupCounts:
    return _group(group_id, [counts for _, counts in _counts(conn, user_id, "group", group_id)])


def topic_counts(conn: sqlite3.Connection, user_id: int, topic_id: int) -> TopicCounts:
    """One topic's counts and where the pointer is, also where nothing waits."""
    for _, counts in _counts(conn, user_id, "topic", topic_id):
        return counts
    return TopicCounts(topic_id, 0, 0, pointer(conn, user_id, topic_id))


def topics_counts(conn: sqlite3.Connection, user_id: int, group_id: int) -> dict[int, TopicCounts]:
    """Counts of the topics of a group in which something waits."""
    return {counts.id: counts for _, counts in _counts(conn, user_id, "group", group_id)}


def pointer(conn: sqlite3.Connection, user_id: int, topic_id: int) -> int:
    """Up to which seq somebody has read a topic."""
    row = conn.execute(
        "SELECT read_seq FROM readings WHERE user_id = ? AND topic_id = ?", (user_id, topic_id)
    ).fetchone()
    if row is not None:
        return int(row[0])
    query = """SELECT coalesce(max(x.seq), 0) FROM topics t JOIN memberships m ON m.group_id = t.group_id AND m.user_id = ?
               JOIN messages x ON x.topic_id = t.id AND x.id <= m.read_up_to WHERE t.id = ?"""
    return int(conn.execute(query, (user_id, topic_id)).fetchone()[0])


def is_unread(conn: sqlite3.Connection, user_id: int, topic_id: int, seq: int) -> bool:
    """Has somebody not read what stands there?"""
    query = "SELECT 1 FROM read_elsewhere WHERE user_id = ? AND topic_id = ? AND ? BETWEEN first_seq AND last_seq"
    return seq > pointer(conn, user_id, topic_id) and conn.execute(query, (user_id, topic_id, seq)).fetchone() is None


def set_pointer(conn: sqlite3.Connection, user_id: int, topic_id: int, seq: int) -> None:
    conn.execute(
        "DELETE FROM read_elsewhere WHERE user_id = ? AND topic_id = ? AND last_seq <= ?", (user_id, topic_id, seq)
    )
    conn.execute(
        "INSERT INTO readings VALUES (?, ?, ?) ON CONFLICT (user_id, topic_id) DO UPDATE SET read_seq = excluded.read_seq",
        (user_id, topic_id, seq),
    )


def make_unread(conn: sqlite3.Connection, user_id: int, topic_id: int, seq: int) -> None:
    """Nothing from *seq* on is read, wherever it was."""
    conn.execute("DELETE FROM read_elsewhere WHERE user_id = ? AND topic_id = ?", (user_id, topic_id))
    set_pointer(conn, user_id, topic_id, seq - 1)


def waiting_topics(conn: sqlite3.Connection, user_id: int, group_id: int | None = None) -> list[tuple[int, int]]:
    """(group, topic) of everything with something above the pointer, in one group or in all."""
    kind = None if group_id is None else "group"
    query = WAITING.format(only=ONLY[kind]) + "SELECT group_id, topic_id FROM waiting ORDER BY group_id, topic_id"
    return [(row[0], row[1]) for row in conn.execute(query, {"me": user_id, "which": group_id})]


def read_all(conn: sqlite3.Connection, user_id: int, group_id: int | None = None) -> None:
    """Everything in one group, or in all, is read: a row for each membership, none for untouched topics."""
    here = "group_id = :group" if group_id is not None else "1"
    values = {"me": user_id, "group": group_id}
    conn.execute(
        f"DELETE FROM read_elsewhere WHERE user_id = :me AND topic_id IN (SELECT id FROM topics WHERE {here})", values
    )
    conn.execute(
        f"UPDATE memberships SET read_up_to = (SELECT coalesce(max(id), 0) FROM messages) WHERE user_id = :me AND {here}",
        values,
    )
    conn.execute(
        f"""UPDATE readings SET read_seq = (SELECT last_seq FROM topics WHERE id = topic_id)
            WHERE user_id = :me AND topic_id IN (SELECT id FROM topics WHERE {here})""",
        values,
    )


def forget(conn: sqlite3.Connection, user_id: int, group_id: int) -> None:
    """Forget how far somebody has read the topics of a group: their membership says it."""
    for table in ("readings", "read_elsewhere"):
        conn.execute(
            f"DELETE FROM {table} WHERE user_id = ? AND topic_id IN (SELECT id FROM topics WHERE group_id = ?)",
            (user_id, group_id),
        )


def _counts(
    conn: sqlite3.Connection, user_id: int, kind: str | None = None, which: int | None = None
) -> list[tuple[int, TopicCounts]]:
    """(group id, counts) of each topic with at least one message that counts, by group and topic."""
    values = {"me": user_id, "which": which, "most": MAX_COUNT}
    rows = conn.execute(UNREAD.format(only=ONLY[kind]), values).fetchall()
    if not rows:
        return []
    mentions = dict(conn.execute(MENTIONED.format(only=ONLY[kind]), values).fetchall())
    return [pair for row in rows if (pair := _counted(row, mentions.get(row["topic_id"], 0)))[1].unread]


def _counted(row: sqlite3.Row, mentions: int) -> tuple[int, TopicCounts]:
    unread = min(mentions, MAX_COUNT) if row["muted"] else row["unread"]
    return row["group_id"], TopicCounts(row["topic_id"], unread, mentions, row["read_seq"])


def _group(group_id: int, topics: list[TopicCounts]) -> GroupCounts:
    unread = min(sum(topic.unread for topic in topics), MAX_COUNT)
    return GroupCounts(group_id, unread, min(sum(topic.mentions for topic in topics), MAX_COUNT), topics)
