"""What is behind the links of messages: pages that were fetched, and which message shows which.

Rule: a page is kept as it was found, for as long as a message shows it; triggers of the schema take it away with its last preview.
Within a day the next message with the same link in the same group shows the same page. Not one elsewhere: how soon it comes, and
what it was called at what time, would tell that somebody has posted it where one may not look.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from ..words.errors import NotFound
from ..words.models import Preview, PreviewImage
from .connections import Writer
from .permission import READABLE

# Milliseconds for which a page is not fetched again; and one of which nothing could be shown, as that may have been for a moment.
FRESH = 24 * 3600 * 1000
FRESH_NOTHING = 10 * 60 * 1000

# What a preview is made of, as JSON, in the select list of messages x.
SHOWN = """(SELECT json_group_array(json_array(s.id, s.url, s.title, s.description, s.site, s.width, s.height)) FROM (
    SELECT p.id, p.url, a.title, a.description, a.site, a.width, a.height FROM previews p JOIN pages a ON a.id = p.page_id
    WHERE p.message_id = x.id AND p.removed = 0 AND (a.title != '' OR a.width IS NOT NULL) ORDER BY p.place) s)"""

# Whether one of the pages is shown, or would be, below a message in the group of :message.
SHOWN_HERE = """EXISTS (SELECT 1 FROM previews p JOIN messages o ON o.id = p.message_id JOIN topics t ON t.id = o.topic_id
    JOIN topics h ON h.group_id = t.group_id JOIN messages x ON x.topic_id = h.id
    WHERE p.page_id = pages.id AND x.id = :message)"""


@dataclass(frozen=True)
class Found:
    """What was found at an address. Without a title and a picture, a WebP of *width* by *height* pixels, it is not shown."""

    title: str = ""
    description: str = ""
    site: str = ""
    image: bytes | None = None
    width: int | None = None
    height: int | None = None

    def __bool__(self) -> bool:
        return bool(self.title) or self.image is not None


@dataclass(frozen=True)
class Linking:
    """A message that is there: who wrote it, its nodes, and the links of it that are known already."""

    message_id: int
    author_id: int
    nodes: bytes
    known: frozenset[str]


def previews_from(shown: str) -> list[Preview]:
    return [
        Preview(number, url, title, description, site, _image(number, width, height))
        for number, url, title, description, site, width, height in msgspec.json.decode(shown)
    ]


def linking(conn: sqlite3.Connection, message_ids: Collection[int]) -> list[Linking]:
    """Those of these messages that can be read by somebody."""
    rows = conn.execute(
        """SELECT x.id, x.author_id, x.nodes, (SELECT json_group_array(url) FROM previews WHERE message_id = x.id) AS known
           FROM messages x JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
           WHERE x.id IN (SELECT value FROM json_each(?)) AND x.deleted = 0 AND g.deleted_at IS NULL ORDER BY x.id""",
        (msgspec.json.encode(list(message_ids)).decode(),),
    )
    return [Linking(row[0], row[1], row[2].encode(), frozenset(msgspec.json.decode(row[3]))) for row in rows]


def want(conn: Writer, message_id: int, url: str, place: int, *, at: int) -> bool:
    """Let a message show what is behind a link of it, if it is still there; whether there is something to show at once."""
    page = conn.execute(
        f"""SELECT id, title != '' OR width IS NOT NULL AS found FROM pages
            WHERE url = :url AND fetched_at > :at - CASE WHEN title != '' OR width IS NOT NULL THEN :fresh ELSE :nothing END
            AND {SHOWN_HERE} ORDER BY fetched_at DESC LIMIT 1""",
        {"url": url, "at": at, "fresh": FRESH, "nothing": FRESH_NOTHING, "message": message_id},
    ).fetchone()
    put = conn.execute(
        """INSERT INTO previews (message_id, place, url, page_id) SELECT id, ?, ?, ? FROM messages WHERE id = ? AND deleted = 0
           ON CONFLICT (message_id, url) DO NOTHING""",
        (place, url, page and page["id"], message_id),
    )
    return bool(put.rowcount and page and page["found"])


def keep_only(conn: Writer, message_id: int, urls: Sequence[str]) -> None:
    """Let a message that was edited show nothing but these links, in this order."""
    rows = conn.execute("SELECT id, url FROM previews WHERE message_id = ?", (message_id,)).fetchall()
    for number, url in rows:
        if url in urls:
            conn.execute("UPDATE previews SET place = ? WHERE id = ?", (urls.index(url), number))
        else:
            conn.execute("DELETE FROM previews WHERE id = ?", (number,))


def waiting(conn: sqlite3.Connection, *, limit: int) -> list[str]:
    """Addresses that are to be fetched, those that have waited longest first."""
    query = (
        "SELECT DISTINCT url FROM (SELECT url FROM previews WHERE page_id IS NULL AND removed = 0 ORDER BY id LIMIT ?)"
    )
    return [row[0] for row in conn.execute(query, (limit,))]


def fill(conn: Writer, url: str, found: Found, *, at: int) -> list[int]:
    """Keep what was found at an address, if a message still waits for it; the ids of those that show something new."""
    rows = conn.execute(
        """SELECT p.id, p.message_id, g.deleted_at FROM previews p JOIN messages x ON x.id = p.message_id
           JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
           WHERE p.url = ? AND p.page_id IS NULL AND p.removed = 0 ORDER BY p.id""",
        (url,),
    ).fetchall()
    if not rows:
        return []
    page_id = conn.execute(
        """INSERT INTO pages (url, fetched_at, title, description, site, image, width, height)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (url, at, found.title, found.description, found.site, found.image, found.width, found.height),
    ).lastrowid
    conn.executemany("UPDATE previews SET page_id = ? WHERE id = ?", [(page_id, row["id"]) for row in rows])
    return [row["message_id"] for row in rows if row["deleted_at"] is None] if found else []


def remove(conn: Writer, message_id: int, preview_id: int) -> bool:
    """Let a message not show one of its links any more, for good; whether it did. Raises NotFound where it is none of its links."""
    row = conn.execute(
        "SELECT removed FROM previews WHERE id = ? AND message_id = ?", (preview_id, message_id)
    ).fetchone()
    if row is None:
        raise NotFound()
    conn.execute("UPDATE previews SET removed = 1, page_id = NULL WHERE id = ?", (preview_id,))
    return not row["removed"]


def picture_for(conn: sqlite3.Connection, user_id: int, preview_id: int) -> bytes:
    """The picture of a preview below a message that *user_id* may read. Raises NotFound."""
    row = conn.execute(
        f"""SELECT a.image FROM previews p JOIN pages a ON a.id = p.page_id JOIN messages x ON x.id = p.message_id
            JOIN topics t ON t.id = x.topic_id JOIN groups g ON g.id = t.group_id
            LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = :me
            WHERE p.id = :preview AND p.removed = 0 AND a.image IS NOT NULL AND {READABLE}""",
        {"me": user_id, "preview": preview_id},
    ).fetchone()
    if row is None:
        raise NotFound()
    return bytes(row[0])


def _image(number: int, width: int | None, height: int | None) -> PreviewImage | None:
    return None if width is None or height is None else PreviewImage(f"/previews/{number}/picture", width, height)
