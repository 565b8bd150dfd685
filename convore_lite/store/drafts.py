"""Drafts: what somebody is writing in a topic, the same on all their devices.

Rule: a revision counts the changes of a draft and never goes back, so that whoever comes late with an old one is found out.
A draft that was sent or emptied keeps its row for that reason. It is found only where its writer is a member.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from ..words.models import Draft, time_text
from . import files

# A reply that was deleted or stands elsewhere now is none any more.
SELECT = f"""
SELECT r.*, (SELECT x.id FROM messages x WHERE x.id = r.reply_to AND x.topic_id = r.topic_id AND x.deleted = 0) AS answers,
{files.UNSENT} AS attached
FROM drafts r JOIN topics t ON t.id = r.topic_id JOIN memberships m ON m.group_id = t.group_id AND m.user_id = r.user_id
WHERE r.user_id = :me
"""
HOLDS = """(r.text != '' OR EXISTS (
    SELECT 1 FROM json_each(r.file_ids) j JOIN files f ON f.id = j.value AND f.message_id IS NULL))"""


@dataclass(frozen=True)
class Written:
    """What goes into a draft."""

    text: str = ""
    reply_to: int | None = None
    file_ids: tuple[int, ...] = ()

    def is_in(self, draft: Draft) -> bool:
        return (self.text, self.reply_to, [*self.file_ids]) == (draft.text, draft.reply_to, draft.file_ids)


NOTHING = Written()


def draft_from(row: sqlite3.Row) -> Draft:
    return Draft(
        topic_id=row["topic_id"],
        text=row["text"],
        reply_to=row["answers"],
        files=files.files_from(row["attached"]),
        revision=row["revision"],
        updated_at=time_text(row["updated_at"]),
    )


def find(conn: sqlite3.Connection, user_id: int, topic_id: int) -> Draft:
    """What somebody is writing in a topic. Where they are no member of its group, or never wrote, that is an empty draft."""
    row = conn.execute(f"{SELECT} AND r.topic_id = :topic", {"me": user_id, "topic": topic_id}).fetchone()
    return draft_from(row) if row else Draft(topic_id, "", None, [], 0, None)


def put(conn: sqlite3.Connection, user_id: int, topic_id: int, written: Written, *, at: int) -> Draft:
    """Let this be what somebody is writing, as the next revision."""
    conn.execute(
        """INSERT INTO drafts (user_id, topic_id, revision, text, reply_to, file_ids, updated_at) VALUES (?, ?, 1, ?, ?, ?, ?)
           ON CONFLICT (user_id, topic_id) DO UPDATE SET revision = revision + 1, text = excluded.text,
           reply_to = excluded.reply_to, file_ids = excluded.file_ids, updated_at = excluded.updated_at""",
        (user_id, topic_id, written.text, written.reply_to, json.dumps(written.file_ids), at),
    )
    return find(conn, user_id, topic_id)


def of_user(conn: sqlite3.Connection, user_id: int, *, offset: int = 0, limit: int) -> list[Draft]:
    """The drafts with something in them, in topics where somebody may write now, the latest first."""
    rows = conn.execute(
        f"{SELECT} AND {HOLDS} ORDER BY r.updated_at DESC, r.topic_id DESC LIMIT :limit OFFSET :offset",
        {"me": user_id, "limit": limit, "offset": offset},
    )
    return [draft_from(row) for row in rows]


def topic_ids(conn: sqlite3.Connection, user_id: int) -> frozenset[int]:
    """The topics in which somebody has a draft."""
    query = f"""SELECT r.topic_id FROM drafts r JOIN topics t ON t.id = r.topic_id
                JOIN memberships m ON m.group_id = t.group_id AND m.user_id = r.user_id WHERE r.user_id = ? AND {HOLDS}"""
    return frozenset(row[0] for row in conn.execute(query, (user_id,)))
