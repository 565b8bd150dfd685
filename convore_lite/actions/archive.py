"""Take the lines of an archive in, a batch at a time.

Rule: a line is taken whole or not at all, and once: what is here already with the same content is left as it is. What came by
an import is history and no news: nobody is notified of it, and who was up to date stays so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import msgspec
import trio
from msgspec import Struct

from ..store import Writer, audit, groups, intake, log, memberships, people, topics
from ..store import files as file_store
from ..store.files import Described
from ..store.messages import Said
from ..words import archive, markup, slugs
from ..words.archive import (
    PART,
    AnyLine,
    ArchivedFile,
    FileLine,
    GroupLine,
    MemberLine,
    MessageLine,
    TopicLine,
    UserLine,
)
from ..words.asker import Asker, require_console
from ..words.errors import BadInput, Conflict, DiskFull, NotFound, Refusal
from ..words.events import MemberJoined, MessagesImported, TopicOpened
from ..words.models import MOST_FILES, Group, User
from . import App, files
from .groups import MAX_DESCRIPTION
from .post import PARSERS, check_text, checked_client_id

# Clocks differ; what is dated later than by a day would stay at the top of every list.
LATEST = 24 * 3600 * 1000


class Outcome(Struct, frozen=True):
    """What came of a line: taken, here already, or refused with one sentence."""

    outcome: Literal["taken", "present", "refused"]
    reason: str | None = None


@dataclass
class OpenTopic:
    """A topic that messages of this batch go into: its newest seq before the batch, and now."""

    id: int
    group_id: int
    before: int
    last: int


async def take_lines(app: App, asker: Asker, lines: Sequence[AnyLine]) -> list[Outcome]:
    """Take a batch in, in one transaction; what came of each line, in order. For the console. Raises Forbidden.

    Lines may name what earlier lines of the batch bring, but texts mention only who is here before it.
    """
    require_console(asker)
    if any(isinstance(line, FileLine) for line in lines):
        return [await _stage(app, line) for line in lines]
    texts = [line.text for line in lines if isinstance(line, MessageLine) and line.text is not None]
    drafts = await _drafts(app, [text for text in texts if _fits(text)])
    async with _unpacked(app, lines) as unpacked:
        with trio.CancelScope(shield=True):  # bytes are let go only when it is known what came of their rows
            return await app.write(asker, _take, asker, lines, drafts, unpacked, at=app.now())
    raise AssertionError("a shield swallows nothing")


async def with_bytes(app: App, lines: Sequence[AnyLine]) -> list[AnyLine]:
    """The same lines, with what is on the disk filled in. What was deleted meanwhile has none any more."""
    filled: list[AnyLine] = []
    for line in lines:
        if isinstance(line, FileLine):
            try:
                line = msgspec.structs.replace(line, data=await app.files.read(line.sha256, line.part * PART, PART))
            except FileNotFoundError:
                continue
        filled.append(line)
    return filled


async def note_export(app: App, asker: Asker, *, groups: str, topics: str) -> None:
    """Write down that an export begins, and of what."""
    note = partial(audit.note, asker=asker, act="export", at=app.now(), groups=groups, topics=topics)
    with suppress(DiskFull):  # an export is what one wants to make of a chat that can no longer be written
        await app.store.write(note)


async def _stage(app: App, line: AnyLine) -> Outcome:
    """The bytes of files come in batches of their own."""
    if not isinstance(line, FileLine):
        return Outcome("refused", "Lines of files and others come in separate batches.")
    try:
        new = await app.files.stage(line.sha256, line.part, line.data, last=line.last)
    except BadInput as refusal:
        return Outcome("refused", refusal.sentence)
    return Outcome("taken" if new else "present")


@asynccontextmanager
async def _unpacked(app: App, lines: Sequence[AnyLine]) -> AsyncIterator[dict[ArchivedFile, Described]]:
    """The files of messages that are not here yet, as far as their bytes are; theirs stay for as long as the block lasts."""
    said = [line for line in lines if isinstance(line, MessageLine) and line.files]
    new = await app.store.read(intake.unknown, said) if said else []
    found: dict[ArchivedFile, Described] = {}
    async with AsyncExitStack() as stack:
        for file in dict.fromkeys(file for line in new for file in line.files):
            incoming = await stack.enter_async_context(app.files.unpacked(file.sha256))
            with suppress(BadInput):  # without it, its message is refused
                if incoming is not None:
                    found[file] = await stack.enter_async_context(files.described_bytes(app, incoming, file.name))
        yield found


async def _drafts(app: App, texts: Sequence[str]) -> Mapping[str, markup.Draft]:
    names = frozenset[str]().union(*(markup.mentioned_names(text) for text in texts))
    known = await app.store.read(people.ids_of, names) if names else {}
    origin = app.settings.base_url

    def parse() -> dict[str, markup.Draft]:
        return {text: markup.parse(text, known, origin=origin) for text in texts}

    return await trio.to_thread.run_sync(parse, limiter=PARSERS)


def _fits(text: str) -> bool:
    """A text that will be refused is not parsed before: it may be long."""
    try:
        check_text(text, may_be_empty=True)
    except Refusal:
        return False
    return True


def _take(
    conn: Writer,
    asker: Asker,
    lines: Sequence[AnyLine],
    drafts: Mapping[str, markup.Draft],
    unpacked: Mapping[ArchivedFile, Described],
    *,
    at: int,
) -> list[Outcome]:
    batch = Batch(conn, drafts, unpacked, at)
    outcomes = [batch.take(line) for line in lines]
    batch.close()
    if taken := sum(one.outcome == "taken" for one in outcomes):
        audit.note_step(conn, asker, "import", at=at, lines=taken)
    return outcomes


class Batch:
    """One batch in its transaction. It remembers what it looked up."""

    def __init__(
        self,
        conn: Writer,
        drafts: Mapping[str, markup.Draft],
        unpacked: Mapping[ArchivedFile, Described],
        at: int,
    ) -> None:
        self._conn = conn
        self._drafts = drafts
        self._unpacked = unpacked
        self._at = at
        self._users: dict[str, User] = {}
        self._groups: dict[str, Group] = {}
        self._topics: dict[tuple[str, str], OpenTopic] = {}

    def take(self, line: AnyLine) -> Outcome:
        """Everything that can be wrong with a line is found before the first thing is written."""
        try:
            taken = self._take(line)
        except Refusal as refusal:
            return Outcome("refused", refusal.sentence)
        return Outcome("taken" if taken else "present")

    def close(self) -> None:
        """Bring the topics up to date, and tell their groups."""
        for topic in self._topics.values():
            if topic.last > topic.before:
                intake.settle_topic(self._conn, topic.id, before=topic.before)
                fact = MessagesImported(topic.id, topic.group_id, topic.last - topic.before)
                log.tell(self._conn, fact, at=self._at, group_id=topic.group_id, topic_id=topic.id)

    def _take(self, line: AnyLine) -> bool:
        match line:
            case UserLine():
                return self._take_user(line)
            case GroupLine():
                return self._take_group(line)
            case TopicLine():
                return self._take_topic(line)
            case MessageLine():
                return self._take_message(line)
            case MemberLine():
                return self._take_member(line)
            case FileLine():
                raise AssertionError("these were staged")

    def _take_user(self, line: UserLine) -> bool:
        username, name = _written(slugs.username(line.username), line.username, "username"), slugs.shown_name(line.name)
        created_at = self._moment(line.created_at, "created_at")
        try:
            known = people.find(self._conn, username)
        except NotFound:
            people.insert(self._conn, username, name, at=created_at, kind=line.user_kind)
            return True
        if known.kind != line.user_kind:
            raise Conflict(f"“{username}” is here already, as a {known.kind}.")
        return False

    def _take_group(self, line: GroupLine) -> bool:
        slug, name = slugs.checked_slug(line.slug, slugs.RESERVED_GROUPS), slugs.shown_name(line.name)
        if len(line.description) > MAX_DESCRIPTION:
            raise BadInput("description", f"at most {MAX_DESCRIPTION} characters")
        creator, created_at = self._user(line.creator, "creator"), self._moment(line.created_at, "created_at")
        try:
            known = groups.find(self._conn, slug)
        except NotFound:
            groups.insert(
                self._conn,
                slug,
                name,
                kind=line.group_kind,
                description=line.description,
                creator_id=creator.id,
                at=created_at,
            )
            return True
        if (known.kind, known.name) != (line.group_kind, name):
            raise Conflict(f"“{slug}” is here already: a {known.kind} group, “{known.name}”.")
        return False

    def _take_topic(self, line: TopicLine) -> bool:
        group = self._group(line.group)
        slug, name = slugs.checked_slug(line.slug, slugs.RESERVED_TOPICS), slugs.shown_name(line.name)
        creator, created_at = self._user(line.creator, "creator"), self._moment(line.created_at, "created_at")
        if (known := intake.find_topic(self._conn, group.id, slug)) is not None:
            if known["name"] != name:
                raise Conflict(f"“{slug}” is here already: a topic “{known['name']}”.")
            return False
        topic_id = topics.insert(self._conn, group.id, slug, name, creator_id=creator.id, at=created_at)
        intake.set_flags(self._conn, topic_id, resolved=line.resolved, locked=line.locked, pinned=line.pinned)
        if line.default:
            intake.set_first_default_topic(self._conn, group.id, topic_id)
        fact = TopicOpened(topics.bare(self._conn, topic_id))
        log.tell(self._conn, fact, at=self._at, group_id=group.id, topic_id=topic_id, actor_id=creator.id)
        return True

    def _take_message(self, line: MessageLine) -> bool:
        said, created_at = self._said(line), self._moment(line.created_at, "created_at")
        edited_at = self._moment(line.edited_at, "edited_at") if line.edited_at is not None else None
        topic, author = self._topic(line.group, line.topic), self._user(line.author, "author")
        if (known := intake.find_message(self._conn, author.id, line.client_id)) is not None:
            _require_same(known.line, line)
            return False
        reply_to = self._replied_to(line, topic) if line.reply_to else None
        described = self._files(line)
        message_id = intake.insert_message(
            self._conn,
            topic.id,
            topic.last + 1,
            replace(said, reply_to=reply_to),
            author_id=author.id,
            at=created_at,
            edited_at=edited_at,
            deleted=line.text is None,
        )
        topic.last += 1
        for place, one in enumerate(described):
            file_store.insert_posted(self._conn, message_id, place, one, uploader_id=author.id, at=self._at)
        return True

    def _take_member(self, line: MemberLine) -> bool:
        group, user = self._group(line.group), self._user(line.username, "username")
        joined_at = self._moment(line.joined_at, "joined_at")
        if not memberships.add(self._conn, group.id, user.id, role=line.role, at=joined_at):
            return False
        log.tell(self._conn, MemberJoined(group.id, user), at=self._at, group_id=group.id, user_id=user.id)
        return True

    def _said(self, line: MessageLine) -> Said:
        client_id = checked_client_id(line.client_id)
        if line.text is None:
            return Said(client_id, "", b"[]", "")
        check_text(line.text, may_be_empty=bool(line.files))
        draft = self._drafts[line.text]
        return Said(client_id, line.text, draft.nodes, draft.html)

    def _files(self, line: MessageLine) -> list[Described]:
        if len(line.files) > MOST_FILES or (line.files and line.text is None):
            raise BadInput("files", f"at most {MOST_FILES}, and none in a deleted message")
        for place, file in enumerate(line.files):
            if file not in self._unpacked:
                raise BadInput(f"files.{place}", "has no bytes in lines before this one")
        return [self._unpacked[file] for file in line.files]

    def _replied_to(self, line: MessageLine, topic: OpenTopic) -> int:
        assert line.reply_to is not None
        author = self._user(line.reply_to.author, "reply_to.author")
        known = intake.find_message(self._conn, author.id, line.reply_to.client_id)
        if known is None or known.topic_id != topic.id:
            raise BadInput("reply_to", "is no earlier message of this topic")
        return known.id

    def _user(self, username: str, field: str) -> User:
        if username not in self._users:
            try:
                self._users[username] = people.find(self._conn, username)
            except NotFound:
                raise BadInput(field, f"there is no user “{username[:40]}” here") from None
        return self._users[username]

    def _group(self, slug: str) -> Group:
        if slug not in self._groups:
            try:
                self._groups[slug] = groups.find(self._conn, slug)
            except NotFound:
                raise BadInput("group", f"there is no group “{slug[:40]}” here") from None
        return self._groups[slug]

    def _topic(self, group: str, slug: str) -> OpenTopic:
        place = (group, slug)
        if place not in self._topics:
            group_id = self._group(group).id
            found = intake.find_topic(self._conn, group_id, slug)
            if found is None:
                raise BadInput("topic", f"there is no topic “{slug[:40]}” in the group “{group[:40]}” here")
            self._topics[place] = OpenTopic(found["id"], group_id, found["last_seq"], found["last_seq"])
        return self._topics[place]

    def _moment(self, text: str, field: str) -> int:
        value = archive.moment(text, field)
        if value > self._at + LATEST:
            raise BadInput(field, "lies in the future")
        return value


def _written(one_spelling: str, as_written: str, field: str) -> str:
    """Names that others refer to are taken in one spelling only. Raises BadInput."""
    if one_spelling != as_written:
        raise BadInput(field, f"is written “{one_spelling}”")
    return one_spelling


def _require_same(known: MessageLine, line: MessageLine) -> None:
    """The same message as that which has its identity here; its seq is given by each server. Raises Conflict."""
    for field in MessageLine.__struct_fields__:
        if field != "seq" and getattr(known, field) != getattr(line, field):
            raise Conflict(f"{field}: this message of “{line.author}” is here already, with another {field}.")
