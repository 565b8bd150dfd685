"""Topics that messages link to, and what they are called there.

Rule: a message calls a topic by its name only where both are in the same group. Whoever may read one of them may read the other
then, whoever comes and goes and whatever becomes of the group. `settle` keeps it so when one of them goes elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

import msgspec

from ..words.markup import Named, Spot, naming
from .connections import Writer

# A conversation has no name for everybody.
FIND = """
SELECT t.id, t.name FROM topics t JOIN groups g ON g.id = t.group_id
WHERE g.id = :here AND g.slug = :group AND t.slug = :topic AND g.kind != 'direct'
AND (:message IS NULL OR EXISTS (SELECT 1 FROM messages x WHERE x.id = :message AND x.topic_id = t.id AND x.deleted = 0))
"""
# As in the indexes that hold these alone (steps.py).
NAMES_SOMETHING = f"instr(nodes, '{naming.MARK}') > 0"
AROUND = f"""
SELECT id FROM messages WHERE {NAMES_SOMETHING} AND (topic_id = :topic OR instr(nodes, :named))
UNION SELECT message_id FROM edits WHERE {NAMES_SOMETHING}
    AND (instr(nodes, :named) OR message_id IN (SELECT id FROM messages WHERE topic_id = :topic))
"""


def named(conn: sqlite3.Connection, here: int, spots: Iterable[Spot]) -> dict[Spot, Named]:
    """Those of *spots* that a message in the group *here* calls by name, and that name."""
    found: dict[Spot, Named] = {}
    for spot in spots:
        values = {"here": here, "group": spot.group, "topic": spot.topic, "message": spot.message_id}
        if row := conn.execute(FIND, values).fetchone():
            found[spot] = Named(row["id"], row["name"] + " › message" * bool(spot.message_id))
    return found


def settle_topic(conn: Writer, topic_id: int) -> None:
    """Keep the rule for a topic that is in another group now: for what is said in it, and wherever it is named."""
    values = {"topic": topic_id, "named": f"{naming.MARK}{topic_id},"}
    settle(conn, [row[0] for row in conn.execute(AROUND, values).fetchall()])


def settle(conn: Writer, message_ids: Iterable[int]) -> None:
    """Let messages, what they said before, and the log call by its address what is not of their group."""
    for message_id in message_ids:
        stays = _in_group_of(conn, message_id)
        now = _settle_rows(conn, "messages", "id", message_id, stays)
        before = _settle_rows(conn, "edits", "message_id", message_id, stays)
        if now or before:
            _settle_log(conn, message_id, stays)


def _in_group_of(conn: sqlite3.Connection, message_id: int) -> Callable[[int], bool]:
    """Whether a topic is in the group in which a message is."""
    query = """SELECT 1 FROM messages x JOIN topics t ON t.id = x.topic_id JOIN topics n ON n.group_id = t.group_id
               WHERE x.id = ? AND n.id = ?"""
    return lambda topic_id: conn.execute(query, (message_id, topic_id)).fetchone() is not None


def _settle_rows(conn: Writer, table: str, key: str, message_id: int, stays: Callable[[int], bool]) -> bool:
    """Whether there was something to look at."""
    rows = conn.execute(f"SELECT nodes FROM {table} WHERE {key} = ? AND {NAMES_SOMETHING}", (message_id,)).fetchall()
    for (nodes,) in rows:
        conn.execute(
            f"UPDATE {table} SET nodes = ?, html = ? WHERE {key} = ? AND nodes = ?",
            (*naming.kept_without_names(nodes, stays), message_id, nodes),
        )
    return bool(rows)


def _settle_log(conn: Writer, message_id: int, stays: Callable[[int], bool]) -> None:
    rows = conn.execute("SELECT number, payload FROM events WHERE message_id = ?", (message_id,)).fetchall()
    for number, payload in rows:
        told = msgspec.json.decode(payload)
        if message := told.get("message"):
            message["html"] = naming.without_names(message["nodes"], stays)
            conn.execute("UPDATE events SET payload = ? WHERE number = ?", (msgspec.json.encode(told), number))
