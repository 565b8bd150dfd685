"""What waits for whom, counted in the simplest way: who has read which message, and no pointers.

Every verb gives the status that the server answers with. The first group is public, the second private; ann runs both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from .conftest import NAMES

Counts = dict[int, tuple[int, int]]  # topic: (unread, mentions), where there are any
PUBLIC, PRIVATE = 0, 1


@dataclass(eq=False)
class Message:
    """*named* are those whom its text names, and *extra* what else is in it; *mentioned* those whom that is news for.

    *calls* is what it says to many: those who were in the group then are *everyone*, until they leave it; *here* are others whom it
    named so, as they were online then, or were in the group in which it stood before.
    """

    author: str
    named: frozenset[str]
    extra: str
    mentioned: frozenset[str]
    deleted: bool = False
    edited: bool = False
    calls: str = ""
    everyone: set[str] = field(default_factory=set)
    here: set[str] = field(default_factory=set)


@dataclass
class Topic:
    group: int
    first: bool = False
    said: list[Message] = field(default_factory=list)


@dataclass
class Oracle:
    members: list[set[str]] = field(default_factory=lambda: [set(NAMES), {"ann", "bob"}])
    topics: list[Topic] = field(
        default_factory=lambda: [Topic(PUBLIC, True), Topic(PUBLIC), Topic(PRIVATE, True), Topic(PRIVATE)]
    )
    seen: dict[str, set[Message]] = field(default_factory=lambda: defaultdict(set))
    ignored: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    keywords: dict[str, frozenset[str]] = field(default_factory=lambda: defaultdict(frozenset))
    topic_levels: dict[tuple[str, int], str] = field(default_factory=dict)
    group_levels: dict[tuple[str, int], str] = field(default_factory=dict)
    callers: dict[int, str] = field(default_factory=dict)

    def is_in(self, who: str, topic: int) -> bool:
        return who in self.members[self.topics[topic].group]

    def sees(self, who: str, topic: int) -> bool:
        return self.topics[topic].group == PUBLIC or self.is_in(who, topic)

    def runs(self, who: str, topic: int) -> bool:
        return who == "ann" and self.is_in(who, topic)

    def level(self, who: str, topic: int) -> str:
        chosen = self.topic_levels.get((who, topic), "normal")
        return self.group_levels.get((who, self.topics[topic].group), "normal") if chosen == "normal" else chosen

    def waiting(self, who: str, topic: int) -> dict[int, Message]:
        """What waits in a topic, by its seq."""
        if not self.is_in(who, topic):
            return {}
        muted, others = self.level(who, topic) == "mute", self.ignored[who] | {who}
        return {
            seq: one
            for seq, one in enumerate(self.topics[topic].said, 1)
            if one not in self.seen[who] and not one.deleted and one.author not in others
            if who in one.mentioned or not muted
        }

    def counts(self, who: str) -> Counts:
        found = {topic: list(self.waiting(who, topic).values()) for topic in range(len(self.topics))}
        return {
            topic: (len(new), sum(self.names(one, who, topic) for one in new)) for topic, new in found.items() if new
        }

    def names(self, message: Message, who: str, topic: int) -> bool:
        """What is muted is quiet about what names everybody."""
        others = message.everyone | message.here if self.level(who, topic) != "mute" else set()
        return who in message.mentioned | others

    def mentioned(self, topic: int, author: str, named: frozenset[str], extra: str) -> frozenset[str]:
        members = self.members[self.topics[topic].group]
        readers = frozenset(NAMES) if self.topics[topic].group == PUBLIC else named & members
        hears = {who for who in members if any(word == extra for word in self.keywords[who])}
        return ((named & readers) | hears) - {author}

    def call(self, message: Message, topic: int, who: str, extra: str) -> None:
        """@group and @here, of those who may: everybody is online all the time."""
        group = self.topics[topic].group
        may = who == "ann" or self.callers.get(group) != "admins"
        calls = extra if extra in ("@group", "@here") and may else ""
        if calls != message.calls:
            others = self.members[group] - {who}
            message.calls = calls
            message.everyone = set(others) if calls == "@group" else set()
            message.here = set(others) if calls == "@here" else set()

    def who_calls(self, who: str, group: int, rule: str) -> int:
        if who not in self.members[group] or who != "ann":
            return 403 if group == PUBLIC or who in self.members[group] else 404
        self.callers[group] = rule
        return 200

    def post(self, who: str, topic: int, named: frozenset[str], extra: str) -> int:
        if not self.is_in(who, topic):
            return 403 if self.sees(who, topic) else 404
        said = self.topics[topic].said
        said.append(Message(who, named, extra, self.mentioned(topic, who, named, extra)))
        self.call(said[-1], topic, who, extra)
        self.seen[who] |= set(said)
        return 201

    def edit(self, who: str, topic: int, seq: int, named: frozenset[str], extra: str) -> int:
        message = self.topics[topic].said[seq - 1]
        if not self.is_in(who, topic) or message.author != who:
            return 403 if self.sees(who, topic) else 404
        if message.deleted:
            return 409
        if (message.named, message.extra) != (named, extra):
            message.named, message.extra, message.edited = named, extra, True
            message.mentioned = self.mentioned(topic, who, named, extra)
            self.call(message, topic, who, extra)
        return 200

    def delete(self, who: str, topic: int, seq: int) -> int:
        message = self.topics[topic].said[seq - 1]
        if not self.sees(who, topic):
            return 404
        if message.author != who and not self.runs(who, topic):
            return 403
        message.deleted = True
        return 204

    def undo(self, who: str, topic: int, seq: int) -> int:
        """Of what was said in the last ten seconds: here, everything that was not edited."""
        message = self.topics[topic].said[seq - 1]
        if not self.sees(who, topic):
            return 404
        if message.author != who or not self.is_in(who, topic):
            return 403
        if message.deleted or message.edited:
            return 409
        message.deleted = True
        return 200

    def move(self, who: str, topic: int, seqs: frozenset[int], target: int) -> int:
        if not self.sees(who, topic):
            return 404
        if not self.runs(who, topic):
            return 403
        here, there = self.topics[topic], self.topics[target]
        if any(here.said[seq - 1].deleted for seq in seqs):
            return 422
        if not self.is_in(who, target) or topic == target:
            return 422 if topic == target else 403 if self.sees(who, target) else 404
        self._move(here, sorted(seqs), there)
        return 200

    def make(self, who: str, topic: int, seqs: frozenset[int], group: int) -> int:
        """A topic of its own."""
        if not self.sees(who, topic):
            return 404
        if not self.runs(who, topic):
            return 403
        if any(self.topics[topic].said[seq - 1].deleted for seq in seqs):
            return 422
        if who not in self.members[group]:
            return 403 if group == PUBLIC else 404
        self.topics.append(Topic(group))
        self._move(self.topics[topic], sorted(seqs), self.topics[-1])
        return 200

    def _move(self, here: Topic, seqs: Iterable[int], there: Topic) -> None:
        for seq in seqs:
            message = here.said[seq - 1]
            there.said.append(message)
            self._settle(message, here.group, there.group)
            here.said[seq - 1] = Message(message.author, frozenset(), "", frozenset(), deleted=True)
            self._history_for(self.members[there.group] - self.members[here.group], [message])

    def _settle(self, message: Message, here: int, there: int) -> None:
        """In another group it goes on naming those who are in both."""
        if here != there:
            message.here |= message.everyone & self.members[there]
            message.everyone.clear()

    def move_topic(self, who: str, topic: int, group: int) -> int:
        it = self.topics[topic]
        if not self.sees(who, topic):
            return 404
        if not self.runs(who, topic):
            return 403
        if it.group == group:
            return 200
        if who not in self.members[group]:
            return 403 if group == PUBLIC else 404
        if it.first:
            return 409
        self._history_for(self.members[group] - self.members[it.group], it.said)
        for message in it.said:
            self._settle(message, it.group, group)
        it.group = group
        return 200

    def delete_topic(self, who: str, topic: int) -> int:
        if not self.sees(who, topic):
            return 404
        if not self.runs(who, topic):
            return 403
        if self.topics[topic].first:
            return 409
        self.topics[topic] = Topic(self._nowhere())
        return 204

    def _nowhere(self) -> int:
        """A group that nobody is in."""
        if len(self.members) == PRIVATE + 1:
            self.members.append(set())
        return PRIVATE + 1

    def read(self, who: str, topic: int, seq: int | None) -> int:
        said = self.topics[topic].said
        if not self.sees(who, topic):
            return 404
        if seq is not None and seq > len(said):
            return 422
        self.seen[who] |= set(said[:seq])
        return 204

    def unread(self, who: str, topic: int, seq: int) -> int:
        said = self.topics[topic].said
        if not self.sees(who, topic):
            return 404
        if seq > len(said):
            return 422
        if self.is_in(who, topic):
            self.seen[who] |= set(said[: seq - 1])
            self.seen[who] -= set(said[seq - 1 :])
        return 204

    def read_group(self, who: str, group: int) -> int:
        if who not in self.members[group] and group == PRIVATE:
            return 404
        self._all_read(who, group)
        return 204

    def read_all(self, who: str) -> int:
        for group in (PUBLIC, PRIVATE):
            if who in self.members[group]:
                self._all_read(who, group)
        return 204

    def ignore(self, who: str, whom: str) -> int:
        if who == whom:
            return 422
        self.ignored[who].add(whom)
        return 204

    def stop_ignoring(self, who: str, whom: str) -> int:
        self.ignored[who].discard(whom)
        return 204

    def level_of_topic(self, who: str, topic: int, level: str) -> int:
        if not self.is_in(who, topic):
            return 403 if self.sees(who, topic) else 404
        self.topic_levels[who, topic] = level
        return 204

    def level_of_group(self, who: str, group: int, level: str) -> int:
        if who not in self.members[group]:
            return 403 if group == PUBLIC else 404
        self.group_levels[who, group] = level
        return 204

    def listen_for(self, who: str, words: frozenset[str]) -> int:
        self.keywords[who] = words
        return 200

    def join(self, who: str, group: int) -> int:
        if who in self.members[group]:
            return 200
        if group == PRIVATE:
            return 202
        self.members[group].add(who)
        self.group_levels.pop((who, group), None)
        self._all_read(who, group)  # what was said before one came is not waiting
        return 200

    def leave(self, who: str, group: int) -> int:
        if who not in self.members[group]:
            return 204 if group == PUBLIC else 404
        if who == "ann" and len(self.members[group]) > 1:
            return 409  # its only admin
        self.members[group].discard(who)
        for topic in self.topics:
            if topic.group == group:
                for message in topic.said:
                    message.everyone.discard(who)
        return 204

    def _all_read(self, who: str, group: int) -> None:
        for topic in self.topics:
            if topic.group == group:
                self.seen[who] |= set(topic.said)

    def _history_for(self, newcomers: Iterable[str], said: Iterable[Message]) -> None:
        for who in newcomers:
            self.seen[who] |= set(said)
