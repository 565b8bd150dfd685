"""What somebody may find: the groups they read, the people, groups and topics they can name, and the messages that were found.

Rule: permission is part of every question. What an index says is looked up here once more, in the moment it is shown.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ..words.models import Message, User
from ..words.search import Query
from ..words.search.documents import Scope
from ..words.search.query import Among, Clause, Either, Mistake, Named, Not
from . import documents, messages
from .people import USER_COLUMNS, VISIBLE, user_from
from .permission import READABLE
from .reading import COUNTED, ONLY, WAITING

# The newest so many of what one starred, was alerted to by a keyword or has not read: more are no help to whoever narrows a search.
MOST_OWN = 10_000
# Topics that one word may mean.
MOST_TOPICS = 1_000
# The newest messages that are looked through one by one where there is no index: some tenths of a second.
MOST_SCANNED = 20_000

HERE = "FROM groups g LEFT JOIN memberships m ON m.group_id = g.id AND m.user_id = :me"
# A group by its address, or by one that it had before: no two have the same.
ADDRESSED = "(g.slug = :group OR g.id = (SELECT group_id FROM group_addresses WHERE slug = :group))"
IGNORED = "SELECT ignored_id FROM ignores WHERE user_id = :me"


@dataclass(frozen=True)
class Asked:
    """A search with ids for names, and whose messages it may find. *mistakes* are of the database's own: names that nobody has."""

    clauses: list[Clause]
    scope: Scope
    mistakes: list[Mistake]


def ask(conn: sqlite3.Connection, user_id: int, query: Query, *, index_at: int) -> Asked:
    """Make a question of a search by *user_id*, for an index that stands at an event."""
    naming = Naming(conn, user_id)
    clauses = [naming.resolved(clause) for clause in query.clauses]
    return Asked(clauses, scope(conn, user_id, index_at), naming.mistakes)


def scope(conn: sqlite3.Connection, user_id: int, index_at: int) -> Scope:
    """Whose messages somebody may find now, in an index that stands at an event."""
    gone, moved = documents.outdated(conn, index_at)
    ignored = [row[0] for row in conn.execute(IGNORED, {"me": user_id})]
    return Scope(readable(conn, user_id), ignored, gone, moved)


def readable(conn: sqlite3.Connection, user_id: int) -> list[int]:
    """The ids of all groups that somebody may read."""
    return [row[0] for row in conn.execute(f"SELECT g.id {HERE} WHERE {READABLE} ORDER BY g.id", {"me": user_id})]


def newest(conn: sqlite3.Connection, user_id: int) -> int:
    """The newest message that somebody may read, or 0: that others speak elsewhere is not theirs to know."""
    query = f"SELECT max(t.last_message_id) {HERE} JOIN topics t ON t.group_id = g.id WHERE {READABLE}"
    return int(conn.execute(query, {"me": user_id}).fetchone()[0] or 0)


def load(conn: sqlite3.Connection, user_id: int, message_ids: Sequence[int]) -> list[Message]:
    """Those of some messages that *user_id* may see at this moment, in the same order."""
    rows = conn.execute(
        f"""{messages.SELECT} WHERE x.id IN (SELECT value FROM json_each(:ids)) AND {READABLE} AND x.deleted = 0
            AND x.author_id NOT IN ({IGNORED})""",
        {"me": user_id, "ids": json.dumps(list(message_ids))},
    )
    found = {row["id"]: messages.message_from(row, mine=True) for row in rows}
    return [found[one] for one in message_ids if one in found]


def scan(conn: sqlite3.Connection, asked: Asked, *, most: int = MOST_SCANNED) -> list[int]:
    """The ids of what meets a search among the newest messages, newest first: slow, and by words as they are."""
    from ..words.search.matching import meets  # rarely needed, and slow to import

    rows = conn.execute(
        f"""{documents.DOC} AND t.group_id IN (SELECT value FROM json_each(:groups))
            AND x.author_id NOT IN (SELECT value FROM json_each(:ignored)) ORDER BY x.id DESC LIMIT :most""",
        {"groups": json.dumps(asked.scope.groups), "ignored": json.dumps(asked.scope.ignored), "most": most},
    )
    return [doc.id for doc in documents.read(rows) if meets(asked.clauses, doc)]


def people_like(conn: sqlite3.Connection, user_id: int, words: str, *, limit: int) -> list[User]:
    """People whom *user_id* may know of and whose name, or a part of it, begins so."""
    rows = conn.execute(
        f"""SELECT {USER_COLUMNS} FROM users u WHERE u.deactivated_at IS NULL AND {VISIBLE}
            AND (u.username LIKE :start ESCAPE '\\' OR u.name LIKE :start ESCAPE '\\' OR u.name LIKE :inside ESCAPE '\\')
            ORDER BY u.username = :words DESC, u.username LIKE :start ESCAPE '\\' DESC, u.username LIMIT :limit""",
        {"me": user_id, "words": words.lower(), "limit": limit, **_patterns(words)},
    )
    return [user_from(row) for row in rows]


def groups_like(conn: sqlite3.Connection, user_id: int, words: str, *, limit: int) -> list[int]:
    """Groups that *user_id* may read and whose name, or a word of it, begins so; one's own first. Conversations have no name."""
    rows = conn.execute(
        f"""SELECT g.id {HERE} WHERE {READABLE} AND g.kind != 'direct'
            AND (g.slug LIKE :start ESCAPE '\\' OR g.name LIKE :start ESCAPE '\\' OR g.name LIKE :inside ESCAPE '\\')
            ORDER BY m.user_id IS NULL, g.slug = :words DESC, g.name LIKE :start ESCAPE '\\' DESC, g.name COLLATE NOCASE, g.id
            LIMIT :limit""",
        {"me": user_id, "words": words.lower(), "limit": limit, **_patterns(words)},
    )
    return [row[0] for row in rows]


def topics_like(conn: sqlite3.Connection, user_id: int, words: str, *, limit: int) -> list[int]:
    """Topics that *user_id* may read and whose name, or a word of it, begins so; the latest spoken in first."""
    rows = conn.execute(
        f"""SELECT t.id {HERE} JOIN topics t ON t.group_id = g.id WHERE {READABLE} AND g.kind != 'direct'
            AND (t.slug LIKE :start ESCAPE '\\' OR t.name LIKE :start ESCAPE '\\' OR t.name LIKE :inside ESCAPE '\\')
            ORDER BY m.user_id IS NULL, t.name LIKE :start ESCAPE '\\' DESC, t.last_message_id DESC, t.id DESC LIMIT :limit""",
        {"me": user_id, "limit": limit, **_patterns(words)},
    )
    return [row[0] for row in rows]


class Naming:
    """Puts ids in the place of the names in a search. What one may not see has no name here."""

    def __init__(self, conn: sqlite3.Connection, user_id: int) -> None:
        self._conn, self._me = conn, user_id
        self.mistakes: list[Mistake] = []

    def resolved(self, clause: Clause) -> Clause:
        match clause:
            case Not():
                return Not(self.resolved(clause.clause))
            case Either():
                return Either([self.resolved(one) for one in clause.clauses])
            case Named():
                return self._named(clause)
            case _:
                return clause

    def _named(self, named: Named) -> Clause:
        match named.operator:
            case "from":
                return Among("author", self._person(named))
            case "mentions" | "to":
                return self._mentioning(named)
            case "in":
                return Among("group", self._groups(named))
            case "topic":
                return Among("topic", self._topics(named))
            case _:
                return {"starred": self._starred, "unread": self._unread, "resolved": self._resolved}[named.value]()

    def _person(self, named: Named) -> list[int]:
        if named.value.lower() == "me":
            return [self._me]
        visible = f"SELECT u.id FROM users u WHERE {VISIBLE}"
        # A username is one person, whoever else calls themselves so.
        found = self._ids(f"{visible} AND u.username = :name", name=named.value.lower())
        found = found or self._ids(f"{visible} AND u.name = :name COLLATE NOCASE", name=named.value)
        return found or self._nobody(named, f"There is nobody here called “{named.value}”.")

    def _groups(self, named: Named) -> list[int]:
        readable = f"SELECT g.id {HERE} WHERE {READABLE}"
        found = self._ids(f"{readable} AND {ADDRESSED}", group=named.value.lower())
        found = found or self._ids(f"{readable} AND g.name = :name COLLATE NOCASE", name=named.value)
        return found or self._nobody(named, f"There is no group here called “{named.value}”.")

    def _topics(self, named: Named) -> list[int]:
        readable = f"SELECT t.id {HERE} JOIN topics t ON t.group_id = g.id WHERE {READABLE}"
        group, _, topic = named.value.lower().partition("/")
        found = self._ids(f"{readable} AND {ADDRESSED} AND t.slug = :topic", group=group, topic=topic)
        # Where it stood before: known to whoever reads both that group and the one where it stands now.
        found = found or self._ids(
            f"""SELECT a.topic_id {HERE} JOIN topic_addresses a ON a.group_id = g.id
                WHERE {READABLE} AND {ADDRESSED} AND a.slug = :topic AND a.topic_id IN ({readable})""",
            group=group,
            topic=topic,
        )
        found = found or self._ids(
            f"""{readable} AND (t.slug = :slug OR t.name LIKE :pattern ESCAPE '\\')
                ORDER BY t.last_message_id DESC LIMIT :most""",
            slug=named.value.lower(),
            pattern=f"%{_escaped(named.value)}%",
            most=MOST_TOPICS,
        )
        return found or self._nobody(named, f"There is no topic here called “{named.value}”.")

    def _mentioning(self, named: Named) -> Clause:
        people = self._person(named)
        by_name = Among("mention", people)
        if people != [self._me]:
            return by_name
        # Somebody's keywords are nobody else's business, and not in the index.
        words = "SELECT message_id FROM mentions WHERE user_id = :me AND keyword IS NOT NULL ORDER BY message_id DESC LIMIT :most"
        return Either([by_name, Among("id", self._ids(words, most=MOST_OWN))])

    def _starred(self) -> Clause:
        query = "SELECT message_id FROM stars WHERE user_id = :me ORDER BY message_id DESC LIMIT :most"
        return Among("id", self._ids(query, most=MOST_OWN))

    def _unread(self) -> Clause:
        waiting = WAITING.format(only=ONLY[None])
        query = f"""{waiting} SELECT x.id FROM waiting w JOIN messages x ON x.topic_id = w.topic_id
                    WHERE x.seq > w.read_seq AND {COUNTED}
                    AND (NOT w.muted OR EXISTS (SELECT 1 FROM mentions n WHERE n.user_id = :me AND n.message_id = x.id))
                    ORDER BY x.id DESC LIMIT :most"""
        return Among("id", self._ids(query, most=MOST_OWN))

    def _resolved(self) -> Clause:
        query = f"SELECT t.id {HERE} JOIN topics t ON t.group_id = g.id WHERE {READABLE} AND t.resolved"
        return Among("topic", self._ids(query))

    def _ids(self, query: str, **values: str | int) -> list[int]:
        return [row[0] for row in self._conn.execute(query, {"me": self._me, **values})]

    def _nobody(self, named: Named, sentence: str) -> list[int]:
        self.mistakes.append(Mistake(sentence, named.start, named.end))
        return []


def _patterns(words: str) -> dict[str, str]:
    return {"start": f"{_escaped(words)}%", "inside": f"% {_escaped(words)}%"}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
