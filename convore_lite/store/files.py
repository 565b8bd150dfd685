"""Files: what they are and whose. Until it is posted a file is its uploader's alone; then it is read with its message.

Rule: this is where a file is; its bytes are kept beside the database under their hash (`files.py`). What a row that goes pointed
to is noted in loose_bytes, by a trigger, so that the bytes follow it whatever it went with.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from ..words.errors import BadInput, NotFound
from ..words.models import File
from .connections import Writer
from .permission import READABLE

# What a File is made of, as the elements of a JSON array.
COLUMNS = "f.id, f.name, f.media_type, f.size, f.width, f.height, f.thumb IS NOT NULL"
# Of the message x, in their order.
OF_MESSAGE = f"""(SELECT json_group_array(json_array({COLUMNS})) FROM (
    SELECT * FROM files WHERE message_id = x.id ORDER BY place) f)"""
# Of what is not sent yet, in the row r: those that still wait to be posted.
UNSENT = f"""(SELECT json_group_array(json_array({COLUMNS})) FROM (
    SELECT f.* FROM json_each(r.file_ids) j JOIN files f ON f.id = j.value AND f.uploader_id = r.user_id AND f.message_id IS NULL
    ORDER BY j.key) f)"""
# In this place of an address stands the small picture.
THUMB = "thumb"
NAMELESS = "file"
LISTED = msgspec.json.Decoder(list[tuple[int, str, str, int, int | None, int | None, int]])


@dataclass(frozen=True)
class Described:
    """What goes into the row of a file. *bytes* and *thumb* are the hashes of what is kept."""

    name: str
    media_type: str
    size: int
    bytes: str
    thumb: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Found:
    """A file that somebody may read, and where its bytes are."""

    file: File
    bytes: str
    thumb: str | None


def files_from(listed: str) -> list[File]:
    """The files in what OF_MESSAGE gives."""
    return [file_from(*values) for values in LISTED.decode(listed)]


def file_from(
    number: int, name: str, media_type: str, size: int, width: int | None, height: int | None, has_thumb: int
) -> File:
    """The File in COLUMNS."""
    address = f"/api/v1/files/{number}/"
    return File(
        id=number,
        name=name,
        media_type=media_type,
        size=size,
        width=width,
        height=height,
        # A file may be called as the small picture is: what it is found by is its number.
        url=address + (quote(name, safe="") if name != THUMB else NAMELESS),
        thumb_url=address + THUMB if has_thumb else None,
    )


def insert(conn: Writer, uploader_id: int, described: Described, *, at: int) -> File:
    """Somebody's new file, which is not posted yet."""
    number = conn.execute(
        """INSERT INTO files (uploader_id, name, media_type, size, width, height, bytes, thumb, uploaded_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            uploader_id,
            described.name,
            described.media_type,
            described.size,
            described.width,
            described.height,
            described.bytes,
            described.thumb,
            at,
        ),
    ).lastrowid
    row = conn.execute(f"SELECT {COLUMNS} FROM files f WHERE f.id = ?", (number,)).fetchone()
    return file_from(*row)


def insert_posted(
    conn: Writer, message_id: int, place: int, described: Described, *, uploader_id: int, at: int
) -> None:
    """A file of a message that comes from an archive."""
    file = insert(conn, uploader_id, described, at=at)
    conn.execute("UPDATE files SET message_id = ?, place = ? WHERE id = ?", (message_id, place, file.id))


def find_for(conn: sqlite3.Connection, user_id: int, file_id: int) -> Found:
    """A file in a message that *user_id* may read, or one of their own that is not posted. Raises NotFound."""
    row = conn.execute(
        f"""SELECT {COLUMNS}, f.bytes, f.thumb FROM files f
            LEFT JOIN messages x ON x.id = f.message_id LEFT JOIN topics t ON t.id = x.topic_id
            LEFT JOIN groups g ON g.id = t.group_id LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = :me
            WHERE f.id = :id AND ({READABLE} OR (f.message_id IS NULL AND f.uploader_id = :me))""",
        {"me": user_id, "id": file_id},
    ).fetchone()
    if row is None:
        raise NotFound()
    return Found(file_from(*tuple(row)[:-2]), row["bytes"], row["thumb"])


def unposted(conn: sqlite3.Connection, user_id: int, file_ids: Sequence[int]) -> list[File]:
    """Those of these files that are somebody's own and wait to be posted, in this order."""
    query = f"SELECT {COLUMNS} FROM files f WHERE f.id = ? AND f.uploader_id = ? AND f.message_id IS NULL"
    found = [conn.execute(query, (file_id, user_id)).fetchone() for file_id in file_ids]
    return [file_from(*row) for row in found if row]


def check_unposted(conn: sqlite3.Connection, user_id: int, file_ids: Sequence[int]) -> None:
    """Raises BadInput for a file that is not this user's, or was posted before."""
    waiting = {file.id for file in unposted(conn, user_id, file_ids)}
    for place, file_id in enumerate(file_ids):
        if file_id not in waiting:
            raise BadInput(f"file_ids.{place}", "is no file of yours that waits to be posted")


def attach(conn: Writer, message_id: int, file_ids: Sequence[int], *, uploader_id: int) -> None:
    """Post files with a message, in this order. Raises BadInput for one that is not the author's, or was posted before."""
    for place, file_id in enumerate(file_ids):
        posted = conn.execute(
            "UPDATE files SET message_id = ?, place = ? WHERE id = ? AND uploader_id = ? AND message_id IS NULL",
            (message_id, place, file_id, uploader_id),
        )
        if not posted.rowcount:
            raise BadInput(f"file_ids.{place}", "is no file of yours that waits to be posted")


def detach(conn: Writer, message_id: int) -> None:
    """Let the files of a message wait to be posted again."""
    conn.execute("UPDATE files SET message_id = NULL, place = 0 WHERE message_id = ?", (message_id,))


def ids_of(conn: sqlite3.Connection, message_id: int) -> list[int]:
    rows = conn.execute("SELECT id FROM files WHERE message_id = ? ORDER BY place", (message_id,))
    return [row[0] for row in rows]


def of_topic(conn: sqlite3.Connection, user_id: int, topic_id: int, *, limit: int) -> list[tuple[int, File]]:
    """The latest files of a readable topic with their messages' ids, the newest first, but for those of people one ignores."""
    rows = conn.execute(
        f"""SELECT x.id AS message, {COLUMNS} FROM messages x JOIN files f ON f.message_id = x.id
            JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
            LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = :me
            WHERE x.topic_id = :topic AND {READABLE}
              AND x.author_id NOT IN (SELECT ignored_id FROM ignores WHERE user_id = :me)
            ORDER BY x.seq DESC, f.place LIMIT :limit""",
        {"me": user_id, "topic": topic_id, "limit": limit},
    )
    return [(row[0], file_from(*tuple(row)[1:])) for row in rows]


def remove_of_message(conn: Writer, message_id: int) -> None:
    conn.execute("DELETE FROM files WHERE message_id = ?", (message_id,))


def remove_unposted_of(conn: Writer, user_id: int) -> None:
    conn.execute("DELETE FROM files WHERE uploader_id = ? AND message_id IS NULL", (user_id,))


def remove_unposted(conn: Writer, *, before: int, limit: int) -> int:
    """Forget files that nobody posted, at most *limit* of those from before a time (milliseconds); how many.

    Not those of a draft, or of a message that waits for its time.
    """
    query = """DELETE FROM files WHERE id IN (
        SELECT id FROM files WHERE message_id IS NULL AND uploaded_at < ? AND id NOT IN (
            SELECT j.value FROM drafts d, json_each(d.file_ids) j UNION SELECT j.value FROM scheduled s, json_each(s.file_ids) j)
        ORDER BY uploaded_at LIMIT ?)"""
    return conn.execute(query, (before, limit)).rowcount


def loose(conn: sqlite3.Connection, *, limit: int) -> list[str]:
    """Hashes of bytes that lost a row, and maybe their last one."""
    return [row[0] for row in conn.execute("SELECT bytes FROM loose_bytes LIMIT ?", (limit,))]


def tied_up(conn: Writer, names: Sequence[str]) -> None:
    """These have been looked at: what no row speaks of is gone."""
    conn.executemany("DELETE FROM loose_bytes WHERE bytes = ?", [(name,) for name in names])


def used(conn: sqlite3.Connection, names: Sequence[str]) -> set[str]:
    """Those of these hashes that a row speaks of."""
    wanted = json.dumps(list(names))
    rows = conn.execute(
        """SELECT bytes FROM files WHERE bytes IN (SELECT value FROM json_each(:names))
           UNION SELECT thumb FROM files WHERE thumb IN (SELECT value FROM json_each(:names))""",
        {"names": wanted},
    )
    return {row[0] for row in rows}
