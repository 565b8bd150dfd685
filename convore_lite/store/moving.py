"""Messages and topics that move, with what everybody has read of them.

Rule: a move changes for nobody what is read and what is not. Who could not read a thing before has it read: it is history.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe

from . import mentions, spots, topics
from .connections import Writer
from .reading import POINTER

Stretch = tuple[int, int]


@dataclass(frozen=True)
class Place:
    """Where a message stood, and where it stands now."""

    before: int
    now: int


@dataclass(frozen=True)
class Mark:
    """What somebody has read of a topic: up to the pointer, and some stretches above it."""

    pointer: int
    elsewhere: Sequence[Stretch]

    def holds(self, seq: int) -> bool:
        return seq <= self.pointer or any(first <= seq <= last for first, last in self.elsewhere)


def movable(conn: sqlite3.Connection, topic_id: int, message_ids: Collection[int]) -> dict[int, int]:
    """The seqs of those of the messages that are in a topic and not deleted, in their order."""
    marks = ",".join(str(int(number)) for number in message_ids)
    rows = conn.execute(
        f"SELECT id, seq FROM messages WHERE topic_id = ? AND deleted = 0 AND id IN ({marks}) ORDER BY seq", (topic_id,)
    )
    return {row[0]: row[1] for row in rows}


def move_messages(conn: Writer, source: int, target: int, seqs: dict[int, int]) -> None:
    """Put messages of one topic (their ids and seqs, in order) after the last of another, in the same group or not."""
    write_pointers(conn, source)
    write_pointers(conn, target)
    mentions.settle(conn, seqs, int(conn.execute("SELECT group_id FROM topics WHERE id = ?", (target,)).fetchone()[0]))
    last = int(conn.execute("SELECT last_seq FROM topics WHERE id = ?", (target,)).fetchone()[0])
    places = [Place(seq, now) for now, seq in enumerate(seqs.values(), last + 1)]
    for message_id, place in zip(seqs, places, strict=True):
        _move(conn, message_id, target, place)
    _carry_marks(conn, source, target, last, places)
    for topic_id, more in ((source, -len(seqs)), (target, len(seqs))):
        conn.execute(
            "UPDATE topics SET message_count = message_count + ?, last_seq = max(last_seq, ?) WHERE id = ?",
            (more, last + len(seqs) if topic_id == target else 0, topic_id),
        )
        topics.settle_last(conn, topic_id)
    spots.settle(conn, seqs)


def move_topic(conn: sqlite3.Connection, topic_id: int, group_id: int) -> None:
    """What the members of another group have read of a topic that moves there. To be called before it does."""
    write_pointers(conn, topic_id)
    mentions.settle(conn, mentions.of_topic(conn, topic_id), group_id)
    newcomers = """SELECT user_id FROM memberships WHERE group_id = :group EXCEPT
        SELECT m.user_id FROM memberships m JOIN topics t ON t.group_id = m.group_id WHERE t.id = :topic"""
    values = {"topic": topic_id, "group": group_id}
    conn.execute(f"DELETE FROM read_elsewhere WHERE topic_id = :topic AND user_id IN ({newcomers})", values)
    conn.execute(
        f"""INSERT INTO readings SELECT n.user_id, t.id, t.last_seq FROM topics t JOIN ({newcomers}) n WHERE t.id = :topic
            ON CONFLICT (user_id, topic_id) DO UPDATE SET read_seq = excluded.read_seq""",
        values,
    )


def write_pointers(conn: sqlite3.Connection, topic_id: int) -> None:
    """Give every member a row for what their membership said so far: by the ids of messages, which will not do any more."""
    conn.execute(
        f"""INSERT INTO readings
            SELECT m.user_id, t.id, CASE WHEN t.last_message_id <= m.read_up_to THEN t.last_seq ELSE {POINTER} END
            FROM topics t JOIN memberships m ON m.group_id = t.group_id
            LEFT JOIN readings r ON r.user_id = m.user_id AND r.topic_id = t.id
            WHERE t.id = ? AND r.read_seq IS NULL""",
        (topic_id,),
    )


def _move(conn: sqlite3.Connection, message_id: int, target: int, place: Place) -> None:
    """Move one message, and leave a deleted one where it stood, so that no seq is missing there."""
    source, author, at = conn.execute(
        "SELECT topic_id, author_id, created_at FROM messages WHERE id = ?", (message_id,)
    ).fetchone()
    conn.execute("UPDATE messages SET topic_id = ?, seq = ? WHERE id = ?", (target, place.now, message_id))
    conn.execute(
        """INSERT INTO messages (topic_id, seq, author_id, client_id, text, nodes, html, created_at, deleted)
           VALUES (?, ?, ?, ?, '', '[]', '', ?, 1)""",
        (source, place.before, author, token_urlsafe(16), at),
    )


def _carry_marks(conn: sqlite3.Connection, source: int, target: int, last: int, places: Sequence[Place]) -> None:
    """*last* is the seq after which the messages were put."""
    there = _marks(conn, source)
    for user_id, mark in _marks(conn, target).items():
        seen = there.get(user_id)
        stretches = _stretches([place.now for place in places if seen is None or seen.holds(place.before)])
        if mark.pointer >= last and stretches and stretches[0][0] == last + 1:
            _, pointer = stretches.pop(0)
            conn.execute(
                "UPDATE readings SET read_seq = ? WHERE user_id = ? AND topic_id = ?", (pointer, user_id, target)
            )
        conn.executemany(
            "INSERT INTO read_elsewhere VALUES (?, ?, ?, ?)", [(user_id, target, *stretch) for stretch in stretches]
        )


def _marks(conn: sqlite3.Connection, topic_id: int) -> dict[int, Mark]:
    """What each member of a topic's group has read of it, once the pointers are written."""
    elsewhere = defaultdict(list)
    for row in conn.execute("SELECT user_id, first_seq, last_seq FROM read_elsewhere WHERE topic_id = ?", (topic_id,)):
        elsewhere[row[0]].append((row[1], row[2]))
    rows = conn.execute(
        """SELECT r.user_id, r.read_seq FROM topics t JOIN memberships m ON m.group_id = t.group_id
           JOIN readings r ON r.topic_id = t.id AND r.user_id = m.user_id WHERE t.id = ?""",
        (topic_id,),
    )
    return {row[0]: Mark(row[1], elsewhere[row[0]]) for row in rows}


def _stretches(seqs: Sequence[int]) -> list[Stretch]:
    """Numbers that go up, as stretches without a gap."""
    found: list[Stretch] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return found
