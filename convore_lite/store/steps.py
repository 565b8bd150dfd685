"""The tables, as they came to be: one step for each change of the schema.

Times are milliseconds since 1970. Messages are never renumbered: ``seq`` runs 1, 2, 3 … in each topic without a gap.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from .people import LOOKS

if TYPE_CHECKING:
    from sqlite_utils import Database

FIRST = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'bot')),
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    email TEXT,
    password_hash TEXT,
    settings TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    deactivated_at INTEGER
) STRICT;

CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX tokens_of_user ON tokens (user_id);

-- One-time links. Without a user: whoever opens it first becomes the owner.
CREATE TABLE links (
    hash BLOB PRIMARY KEY,
    user_id INTEGER REFERENCES users ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL CHECK (kind IN ('public', 'private', 'direct')),
    creator_id INTEGER NOT NULL REFERENCES users,
    created_at INTEGER NOT NULL,
    default_topic_id INTEGER REFERENCES topics ON DELETE SET NULL
) STRICT;

-- read_up_to: messages of the group up to this id count as read in every topic its member has no reading row for.
CREATE TABLE memberships (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('admin', 'member')),
    level TEXT NOT NULL DEFAULT 'normal' CHECK (level IN ('follow', 'normal', 'mute')),
    read_up_to INTEGER NOT NULL DEFAULT 0,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_group ON memberships (group_id, user_id);

CREATE TABLE topics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    creator_id INTEGER NOT NULL REFERENCES users,
    created_at INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    message_count INTEGER NOT NULL DEFAULT 0,
    last_message_id INTEGER NOT NULL DEFAULT 0,
    last_message_at INTEGER,
    resolved INTEGER NOT NULL DEFAULT 0,
    locked INTEGER NOT NULL DEFAULT 0,
    pinned INTEGER NOT NULL DEFAULT 0,
    UNIQUE (group_id, slug)
) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users,
    client_id TEXT NOT NULL,
    text TEXT NOT NULL,
    nodes TEXT NOT NULL,
    html TEXT NOT NULL,
    reply_to INTEGER REFERENCES messages ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic_id, seq),
    UNIQUE (author_id, client_id)
) STRICT;
CREATE INDEX replies ON messages (reply_to) WHERE reply_to IS NOT NULL;

CREATE TABLE mentions (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (user_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_in_message ON mentions (message_id);

-- How far somebody has read a topic. A row exists only once they have touched it.
CREATE TABLE readings (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    read_seq INTEGER NOT NULL,
    PRIMARY KEY (user_id, topic_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX readings_of_topic ON readings (topic_id);

CREATE TABLE ignores (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    ignored_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (user_id, ignored_id)
) STRICT, WITHOUT ROWID;

-- The event log: written in the transaction of the change it tells of.
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    group_id INTEGER,
    user_id INTEGER,
    topic_id INTEGER,
    actor_id INTEGER,
    payload BLOB NOT NULL
) STRICT;

-- Where each follower of the log is.
CREATE TABLE cursors (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


def _run(db: Database, statements: str) -> None:
    # executescript would commit the transaction that the migration runs in.
    for statement in statements.split(";\n"):
        if statement.strip():
            db.execute(statement)


def first(db: Database) -> None:
    _run(db, FIRST)
    db.execute("INSERT INTO facts VALUES ('epoch', ?)", [secrets.token_hex(4)])


def deleted_groups(db: Database) -> None:
    """When a group was deleted of which something is left to be taken away."""
    db.execute("ALTER TABLE groups ADD COLUMN deleted_at INTEGER")
    db.execute("CREATE INDEX deleted_groups ON groups (id) WHERE deleted_at IS NOT NULL")


PEOPLE_AND_GROUPS = """
ALTER TABLE users ADD COLUMN avatar TEXT;
ALTER TABLE users ADD COLUMN gone TEXT CHECK (gone IN ('keep', 'delete', 'done'));
ALTER TABLE groups ADD COLUMN direct_key TEXT;
ALTER TABLE sessions ADD COLUMN last_seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mentions ADD COLUMN keyword TEXT;
ALTER TABLE events ADD COLUMN message_id INTEGER;
-- gone: the account is erased; what becomes of its messages, and 'done' once that has come about.
-- direct_key: the ids of a conversation's people, sorted, with commas between them; who they are never changes.
CREATE UNIQUE INDEX direct_groups ON groups (direct_key) WHERE direct_key IS NOT NULL;
CREATE INDEX events_of_message ON events (message_id) WHERE message_id IS NOT NULL;

-- A picture's name is random, so that nobody learns from it who else has the same one.
CREATE TABLE avatars (
    name TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    image BLOB NOT NULL
) STRICT;

-- What an edited message said before; number counts its versions from 1.
CREATE TABLE edits (
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    number INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    text TEXT NOT NULL,
    nodes TEXT NOT NULL,
    html TEXT NOT NULL,
    PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;

-- A row exists only where somebody follows or mutes a topic. Otherwise it is as its group.
CREATE TABLE topic_levels (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    level TEXT NOT NULL CHECK (level IN ('follow', 'normal', 'mute')),
    PRIMARY KEY (user_id, topic_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX levels_of_topic ON topic_levels (topic_id);

-- What somebody had read where it stood before: messages above their pointer that were moved into the topic.
CREATE TABLE read_elsewhere (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (user_id, topic_id, first_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_elsewhere_of_topic ON read_elsewhere (topic_id);

-- start is the first word of what may be several: by it they are found from the words of a message.
CREATE TABLE keywords (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    word TEXT NOT NULL,
    start TEXT NOT NULL,
    PRIMARY KEY (user_id, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX keywords_by_start ON keywords (start);

-- Where a group or topic could be found before it was renamed or moved.
CREATE TABLE group_addresses (
    slug TEXT PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_of_group ON group_addresses (group_id);
CREATE TABLE topic_addresses (
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    slug TEXT NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    PRIMARY KEY (group_id, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_of_topic ON topic_addresses (topic_id);

CREATE TABLE join_requests (
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX join_requests_of_user ON join_requests (user_id);

-- Links for many. Without a group: to the server alone.
CREATE TABLE invitations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    creator_id INTEGER NOT NULL REFERENCES users,
    group_id INTEGER REFERENCES groups ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('member', 'guest')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER
) STRICT;
CREATE INDEX invitations_of_group ON invitations (group_id);

-- What was done with a privilege. Ids without REFERENCES: a line stays when what it speaks of is gone.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor_id INTEGER,
    via TEXT NOT NULL CHECK (via IN ('session', 'token', 'console')),
    act TEXT NOT NULL,
    user_id INTEGER,
    group_id INTEGER,
    topic_id INTEGER,
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT;
"""


def people_and_groups(db: Database) -> None:
    """Faces, versions, levels, alerts, old addresses, requests, invitations, conversations and the audit log."""
    _run(db, PEOPLE_AND_GROUPS)
    # So that a new name is compared with all others without reading them all.
    db.execute(f"CREATE INDEX users_by_looks ON users ({LOOKS.format('username')})")


STARS = """
-- What somebody wants to find again.
CREATE TABLE stars (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (user_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stars_of_message ON stars (message_id);
"""


def stars(db: Database) -> None:
    """Messages that people keep at hand."""
    _run(db, STARS)


REACTIONS = """
CREATE TABLE reactions (
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    emoji TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_of_user ON reactions (user_id);
"""


def reactions(db: Database) -> None:
    """What people think of a message, in one sign."""
    _run(db, REACTIONS)


FILES = """
-- Without a message: not posted yet, and its uploader's alone. bytes and thumb are SHA-256 in hex, by which the bytes are found.
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uploader_id INTEGER NOT NULL REFERENCES users,
    message_id INTEGER REFERENCES messages ON DELETE CASCADE,
    place INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    bytes TEXT NOT NULL,
    thumb TEXT,
    uploaded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX files_of_message ON files (message_id, place) WHERE message_id IS NOT NULL;
CREATE INDEX unposted_files ON files (uploaded_at) WHERE message_id IS NULL;
CREATE INDEX files_of_uploader ON files (uploader_id);
CREATE INDEX files_by_bytes ON files (bytes);
CREATE INDEX files_by_thumb ON files (thumb) WHERE thumb IS NOT NULL;

-- Bytes that lost a row, and may have lost their last one.
CREATE TABLE loose_bytes (bytes TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER loosen_bytes AFTER DELETE ON files BEGIN
    INSERT OR IGNORE INTO loose_bytes SELECT old.bytes UNION SELECT old.thumb WHERE old.thumb IS NOT NULL; END;
"""


def files(db: Database) -> None:
    """What people send beside words."""
    _run(db, FILES)


PREVIEWS = """
-- What was found at an address, at one time. It stays for as long as a message shows it.
CREATE TABLE pages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    site TEXT NOT NULL,
    image BLOB,
    width INTEGER,
    height INTEGER
) STRICT;
CREATE INDEX pages_by_url ON pages (url, fetched_at);

-- A link of a message, in its place there. Without a page it waits to be fetched; removed, it stays and does not come back.
CREATE TABLE previews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    place INTEGER NOT NULL,
    url TEXT NOT NULL,
    page_id INTEGER REFERENCES pages,
    removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (message_id, url)
) STRICT;
CREATE INDEX previews_of_page ON previews (page_id);
CREATE INDEX previews_that_wait ON previews (id) WHERE page_id IS NULL AND removed = 0;

-- Whichever way a preview goes, with its message, its topic or its group, what nothing else shows goes with it.
CREATE TRIGGER pages_without_preview AFTER DELETE ON previews WHEN old.page_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM previews WHERE page_id = old.page_id)
BEGIN DELETE FROM pages WHERE id = old.page_id; END;
CREATE TRIGGER pages_left_by_preview AFTER UPDATE OF page_id ON previews WHEN old.page_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM previews WHERE page_id = old.page_id)
BEGIN DELETE FROM pages WHERE id = old.page_id; END;
"""


def previews(db: Database) -> None:
    """What is behind the links of messages."""
    _run(db, PREVIEWS)


EVERYONE = """
-- A message that says @group or @here; number: the place in the log by which its members are told from those who came later.
-- settled: whom it named has a row in mentions, because the message went to another group.
CREATE TABLE everyone_mentions (
    message_id INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name IN ('group', 'here')),
    group_id INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
    number INTEGER NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX everyone_mentions_of_group ON everyone_mentions (group_id, message_id);
-- alone: by name or keyword; here: as one of all who were online. One or the other, or both.
ALTER TABLE mentions ADD COLUMN alone INTEGER NOT NULL DEFAULT 1;
ALTER TABLE mentions ADD COLUMN here INTEGER NOT NULL DEFAULT 0;
-- since: the place in the log at which they came in.
ALTER TABLE memberships ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN mention_everyone TEXT NOT NULL DEFAULT 'auto'
    CHECK (mention_everyone IN ('auto', 'members', 'admins'));
"""


def mentions_of_everyone(db: Database) -> None:
    """Messages that name all of a group, or all who are there."""
    _run(db, EVERYONE)


DRAFTS = """
-- What somebody is writing in a topic. An emptied one stays, with its revision. file_ids is a JSON array.
CREATE TABLE drafts (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    topic_id INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    text TEXT NOT NULL,
    reply_to INTEGER,
    file_ids TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, topic_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_of_topic ON drafts (topic_id);

-- What is to be said later. Its words stay when the topic goes; problem is why it was not sent.
CREATE TABLE scheduled (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    topic_id INTEGER REFERENCES topics ON DELETE SET NULL,
    client_id TEXT NOT NULL,
    text TEXT NOT NULL,
    reply_to INTEGER,
    file_ids TEXT NOT NULL,
    send_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    problem TEXT,
    UNIQUE (user_id, client_id)
) STRICT;
CREATE INDEX scheduled_of_topic ON scheduled (topic_id);
CREATE INDEX scheduled_by_time ON scheduled (send_at) WHERE problem IS NULL;
"""


def drafts(db: Database) -> None:
    """What people are writing, on all their devices, and what they send later."""
    _run(db, DRAFTS)


TOPICS_BY_NAME = """
-- Messages, now or before they were edited, that call topics by their names: to find when one of those goes elsewhere.
CREATE INDEX messages_with_names ON messages (topic_id) WHERE instr(nodes, '"topic_id":') > 0;
CREATE INDEX edits_with_names ON edits (message_id) WHERE instr(nodes, '"topic_id":') > 0;
"""


def topics_by_name(db: Database) -> None:
    """Links to topics are shown by name, as long as those may be read."""
    _run(db, TOPICS_BY_NAME)


SAVED_SEARCHES = """
-- Searches that somebody follows, as they typed them. What was posted after the message *seen* is new to them.
CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    query TEXT NOT NULL,
    zone TEXT NOT NULL,
    seen INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, query)
) STRICT;
"""


def saved_searches(db: Database) -> None:
    """People follow searches."""
    _run(db, SAVED_SEARCHES)


# Step n makes schema n out of schema n - 1. A step that was once released is never changed: what comes next is a new one.
STEPS: tuple[Callable[[Database], None], ...] = (
    first,
    deleted_groups,
    people_and_groups,
    stars,
    reactions,
    files,
    previews,
    mentions_of_everyone,
    drafts,
    topics_by_name,
    saved_searches,
)
