"""What the API speaks of: users, groups, topics, messages. Frozen, and the same types make the OpenAPI document.

Ids are integers below 2**53, times are RFC 3339 strings in UTC with milliseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

UserKind = Literal["person", "bot"]
ServerRole = Literal["owner", "admin", "member", "guest"]
GroupKind = Literal["public", "private", "direct"]
GroupRole = Literal["admin", "member"]
Level = Literal["follow", "normal", "mute"]
# Whom the words @group and @here name; and who may write them: members as long as they are few, all members, or admins alone.
Everyone = Literal["group", "here"]
MentionEveryone = Literal["auto", "members", "admins"]
Scope = Literal["read", "write"]
InvitedRole = Literal["member", "guest"]

# At most 16 KiB of text in a message, in UTF-8: measured as the size up to which rendering stays quick.
MAX_TEXT_BYTES = 16 * 1024
# More would be an album, and of one message nobody looks at so many.
MOST_FILES = 10
# Counts of unread messages stop here and are shown as "999+".
MAX_COUNT = 1000

Id = Annotated[int, Meta(ge=1, lt=2**53)]
Count = Annotated[int, Meta(ge=0)]
Time = Annotated[str, Meta(description="RFC 3339, UTC, milliseconds", examples=["2026-11-23T15:04:05.123Z"])]


def time_text(milliseconds: int) -> str:
    """Write milliseconds since 1970 as the API's time: ``2026-11-23T15:04:05.123Z``."""
    seconds, rest = divmod(milliseconds, 1000)
    # Not `strftime`, which takes ten times as long: a page of messages has hundreds of times.
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


def time_value(text: str) -> int:
    """Read an API time back into milliseconds since 1970. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the time has no zone")
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


class User(Struct, frozen=True):
    id: Id
    username: str
    name: str
    kind: UserKind = "person"
    avatar_url: str | None = None
    deactivated: bool = False


class Me(Struct, frozen=True):
    id: Id
    username: str
    name: str
    kind: UserKind
    avatar_url: str | None
    deactivated: bool
    email: str | None
    role: ServerRole
    settings: dict[str, Any]


class Session(Struct, frozen=True):
    """Where one is signed in. *current* is the session that asks."""

    id: str
    agent: str
    created_at: Time
    last_seen_at: Time
    current: bool


class MyGroup(Struct, frozen=True):
    role: GroupRole | None
    unread: Count
    mentions: Count
    level: Level


class Group(Struct, frozen=True):
    id: Id
    slug: str
    name: str
    description: str
    kind: GroupKind
    creator: User
    created_at: Time
    members_count: Count
    topics_count: Count
    default_topic_id: Id | None
    mention_everyone: Annotated[
        MentionEveryone,
        Meta(
            description="who may write @group and @here: members as long as they are few (auto), all members, or admins"
        ),
    ] = "auto"
    people: Annotated[list[User] | UnsetType, Meta(description="of a direct group, everybody in it")] = UNSET
    my: MyGroup | UnsetType = UNSET


class MyTopic(Struct, frozen=True):
    unread: Count
    mentions: Count
    read_seq: Count
    level: Level


class Topic(Struct, frozen=True):
    id: Id
    group_id: Id
    slug: str
    name: str
    creator: User
    created_at: Time
    last_message_at: Time | None
    message_count: Count
    last_seq: Count
    resolved: bool
    locked: bool
    pinned: bool
    my: MyTopic | UnsetType = UNSET


class File(Struct, frozen=True):
    """*media_type* is what its bytes say it is. Only a picture that can be shown has a *thumb_url*, and width and height."""

    id: Id
    name: str
    media_type: str
    size: Count
    width: int | None
    height: int | None
    url: str
    thumb_url: str | None


class Reaction(Struct, frozen=True):
    emoji: str
    user_ids: list[Id]


class Quoted(Struct, frozen=True):
    """What a reply answers, as it is now: its first words on one line, and nothing of a *deleted* one."""

    id: Id
    author: User
    text: str
    deleted: bool


class PreviewImage(Struct, frozen=True):
    """A picture that this server keeps and serves. Its size is in pixels."""

    url: str
    width: Count
    height: Count


class Preview(Struct, frozen=True):
    """What is behind a link of a message. *title* is empty where the link leads to a picture and nothing else."""

    id: Id
    url: str
    title: str
    description: str
    site: str
    image: PreviewImage | None


class Reacted(Struct, frozen=True):
    """Somebody's reaction to a message."""

    emoji: str
    user: User


class Mentionable(Struct, frozen=True):
    """Whom one can mention in a topic: *people*, those in its group before others, and *everyone* where one may call them."""

    people: list[User]
    everyone: list[Everyone]


class MyMessage(Struct, frozen=True):
    starred: bool


class Message(Struct, frozen=True):
    """A message. *nodes* is the stored node list as JSON, *html* the concatenation of the nodes' markup.

    *quoted* is the message it replies to, where its reader may read that one and does not ignore its author. That differs from
    reader to reader, so it is not in events, and neither is *my*.
    """

    id: Id
    group_id: Id
    topic_id: Id
    seq: Annotated[int, Meta(ge=1, description="1, 2, 3 … in each topic, without a gap")]
    author: User
    text: str
    nodes: Annotated[Raw, Meta(extra_json_schema={"type": "array", "items": {"type": "object"}})]
    html: str
    created_at: Time
    edited_at: Time | None
    deleted: bool
    reply_to: Id | None
    files: list[File]
    reactions: list[Reaction]
    previews: list[Preview]
    stars: Count
    client_id: str
    undone: Annotated[bool, Meta(description="deleted, and taken back so soon that pages do not show its place")] = (
        False
    )
    quoted: Quoted | UnsetType | None = UNSET
    my: MyMessage | UnsetType = UNSET


class Draft(Struct, frozen=True):
    """What one is writing in a topic. *revision* counts its changes; 0 with no *updated_at* where nothing was ever written."""

    topic_id: Id
    text: str
    reply_to: Id | None
    files: list[File]
    revision: Count
    updated_at: Time | None

    @property
    def file_ids(self) -> list[int]:
        return [file.id for file in self.files]

    @property
    def holds(self) -> bool:
        """Is there something in it that would be a loss?"""
        return bool(self.text or self.files)


class SavedSearch(Struct, frozen=True):
    """A search that one follows. *new* is how many messages by others meet it that were posted after the message *seen*.

    They are counted up to the message *newest*. Null where the search index does not answer.
    """

    id: Id
    query: str
    zone: str
    created_at: Time
    seen: Count
    newest: Count
    new: Count | None


class Scheduled(Struct, frozen=True):
    """A message that waits for its time. *problem* is why it could not be sent then; *topic_id* is null where one cannot see it."""

    id: Id
    topic_id: Id | None
    text: str
    reply_to: Id | None
    files: list[File]
    client_id: str
    send_at: Time
    created_at: Time
    problem: str | None

    @property
    def file_ids(self) -> list[int]:
        return [file.id for file in self.files]


class Member(Struct, frozen=True):
    user: User
    role: GroupRole
    joined_at: Time


class Version(Struct, frozen=True):
    """What a message said from *written_at* on, until it was edited."""

    written_at: Time
    text: str
    html: str


class JoinRequest(Struct, frozen=True):
    user: User
    created_at: Time


class Invitation(Struct, frozen=True):
    """A link for many. *code* is shown once, when it is made.

    It *works* as long as it is neither revoked, expired nor used up, and its creator may still invite.
    """

    id: Id
    creator: User
    group_id: Id | None
    role: InvitedRole
    created_at: Time
    expires_at: Time | None
    max_uses: Id | None
    uses: Count
    works: bool
    code: str | UnsetType = UNSET


class AuditEntry(Struct, frozen=True):
    """Something that was done with a privilege. Without *actor*: by whoever owns the data folder."""

    id: Id
    at: Time
    actor: User | None
    via: Literal["session", "token", "console"]
    act: str
    user: User | None
    group_id: Id | None
    topic_id: Id | None
    detail: dict[str, Any]


class Mention(Struct, frozen=True):
    message: Message
    unread: bool
    keyword: str | None = None


class Token(Struct, frozen=True):
    """An API token. The secret itself is shown once, when it is made."""

    id: Id
    name: str
    scope: Scope
    created_at: Time
    last_used_at: Time | None
    token: str | UnsetType = UNSET


class TopicCounts(Struct, frozen=True):
    id: Id
    unread: Count
    mentions: Count
    read_seq: Count


class GroupCounts(Struct, frozen=True):
    id: Id
    unread: Count
    mentions: Count
    topics: list[TopicCounts]


class Unread(Struct, frozen=True):
    """What waits for somebody: per group, per topic (only topics with something unread), and in all.

    *at_id* is the place in the log up to which everything is counted: who counts on from here passes over events up to it.
    """

    groups: list[GroupCounts]
    total: Count
    at_id: str


class Account(Struct, frozen=True):
    """Somebody, as admins of the server see them. *last_seen_at* is when a session or token that they still have was last used."""

    user: User
    role: ServerRole
    email: str | None
    created_at: Time
    last_seen_at: Time | None
    has_password: bool


class GroupSummary(Struct, frozen=True):
    """A group from outside, as admins of the server see it: how much there is, and nothing of what."""

    id: Id
    slug: str
    name: str
    kind: Literal["public", "private"]
    creator: User
    created_at: Time
    members_count: Count
    topics_count: Count
    message_count: Count


class Sizes(Struct, frozen=True):
    """Bytes on the disk. *files* are in messages, *pictures* of people in the database; *copies* are from before upgrades."""

    database: Count
    write_ahead_log: Count
    copies: Count
    files: Count
    pictures: Count
    free: Count


class Totals(Struct, frozen=True):
    """How many there are. Conversations of a few people count among the messages alone, as *direct_messages*."""

    people: Count
    bots: Count
    groups: Count
    topics: Count
    messages: Count
    direct_messages: Count
    files: Count
    events: Count


class Storage(Struct, frozen=True):
    sizes: Sizes
    totals: Totals
    largest: Annotated[list[GroupSummary], Meta(description="the groups with most messages, most first")]


class Setting(Struct, frozen=True):
    """*source* is the option, environment variable or file that sets it, or "default". A secret's value is not shown."""

    name: str
    value: str
    source: str
    meaning: str
