"""A small world with something hidden in every corner of it, and canaries: words by which every single thing is recognised.

It is made once, through the API, and copied for each test that changes something.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from convore_lite.routes.api import BASE
from convore_lite.store import inline
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import PASSWORD

from .oracle import Role, Thing, may_read
from .recorder import Answer, Recorder

SETTINGS: dict[str, Any] = {
    "rate_limits": False,
    "registration": "open",
    "max_streams_per_user": 1000,
    "max_streams_per_address": 10_000,
}

INSIDE = frozenset({"commons", "vault"})
ALL_OF_THEM = (
    Role("owner", "owner"),
    Role("admin", "admin"),
    Role("keeper", "member", INSIDE, INSIDE),
    Role("author", "member", INSIDE | {"direct"}),
    Role("insider", "member", INSIDE | {"direct"}),
    Role("reader", "member", INSIDE | {"direct"}, scope="read", person="insider"),
    Role("bot", "member", INSIDE),
    Role("visitor", "guest", INSIDE),
    Role("outsider", "member", frozenset({"yard", "porch"}), frozenset({"yard", "porch"})),
    Role("guest", "guest", frozenset({"porch"})),
    Role("former", "member"),
    Role("deactivated", "member", active=False),
    Role("anon"),
)
ROLES = {role.name: replace(role, person=role.person or role.name) for role in ALL_OF_THEM}
KINDS: dict[str, Any] = {
    "commons": "public",
    "vault": "private",
    "direct": "direct",
    "yard": "public",
    "porch": "private",
    "ruins": "private",
}


@dataclass
class Facts:
    """What was made: the canaries, the ids and names to ask for, and what everybody comes in with."""

    canaries: dict[str, tuple[str, Thing]] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def canary(self, label: str, thing: Thing) -> str:
        """A word that is nowhere else: letters that no encoding changes, in any field, address or name."""
        word = f"zq{len(self.canaries):03d}{label.encode().hex()[:6]}qz"
        self.canaries[word] = (label, thing)
        return word

    def secret(self, label: str, value: str) -> str:
        """What nobody is ever told again."""
        self.canaries[value.lower()] = (label, Thing(gone=True))
        return value

    def inside(self, group: str, label: str, **more: Any) -> str:
        return self.canary(f"{group}: {label}", Thing(group, KINDS[group], **more))


class World:
    """The world, open. `ask` does a request as somebody and keeps every byte that came back."""

    def __init__(self, chat: Chat, facts: Facts) -> None:
        self.chat = chat
        self.facts = facts
        self.ids = facts.ids
        self.recorder = Recorder(chat.appliance)

    async def ask(
        self,
        role: str,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: dict[str, str] | None = None,
        by: str = "token",
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """*by* is what they come in with: their token, or the session of their browser."""
        sent = {**self.credentials(role, by), **(headers or {})}
        return await self.recorder.ask(
            role, method, path, headers=sent, json=json, form=form, raw=raw, console=role == "console"
        )

    def credentials(self, role: str, by: str = "token") -> dict[str, str]:
        same_origin = {"sec-fetch-site": "same-origin"} if by == "session" else {}
        if role in ("anon", "console"):
            return same_origin
        if by == "session" and role != "reader":
            return {"cookie": self.facts.cookies[role], **same_origin}
        return {"authorization": f"Bearer {self.facts.tokens[role]}"}

    def member(self, role: str) -> Member:
        return self.chat.member_with(self.facts.users[ROLES[role].person], self.facts.tokens[role])

    def leaks(self, role: str, heard: bytes) -> list[str]:
        """What *heard* tells that this role may not read. Words are letters and digits: no encoding on any way hides them."""
        lower = heard.lower()
        return [
            label
            for word, (label, thing) in self.facts.canaries.items()
            if word.encode() in lower and not may_read(ROLES[role], thing)
        ]

    def told(self, heard: bytes) -> set[str]:
        lower = heard.lower()
        return {label for word, (label, _) in self.facts.canaries.items() if word.encode() in lower}


async def build(chat: Chat) -> Facts:
    """Make everything. What comes later in the story (moved, renamed, deleted) is in `ago`."""
    facts = Facts()
    people = {name: await _somebody(chat, facts, role) for name, role in ROLES.items() if role.person == name != "anon"}
    facts.users = {name: member.user for name, member in people.items()}
    facts.tokens = {name: member.token for name, member in people.items()}
    made = await people["insider"].call(
        "POST", "/me/tokens", {"name": facts.canary("token", Thing(whose="insider")), "scope": "read"}
    )
    facts.tokens["reader"], facts.ids["token"] = made["token"], made["id"]
    await _places(facts, people)
    await _ago(facts, people)
    await _direct(facts, people)
    await _doors(facts, people)
    for name in people:
        facts.cookies[name] = await _cookie(chat, people[name].username)
        facts.secret(f"session of {name}", facts.cookies[name].partition("=")[2])
        facts.secret(f"token of {name}", facts.tokens[name])
    await people["owner"].call("POST", f"/users/{facts.users['deactivated']['id']}/deactivate")
    for member in people.values():
        await member.http.aclose()
    return facts


async def _somebody(chat: Chat, facts: Facts, role: Role) -> Member:
    # Everybody meets in commons and vault, but for those who are in neither; a guest knows only whom they meet.
    met = {
        other.person
        for other in ROLES.values()
        if (_places_of(other) & _places_of(role)) or other.person == role.person
    }
    if role.name == "outsider":  # a text names them where visitor reads it
        met.add("visitor")
    word = facts.canary(f"person {role.name}", Thing(people=frozenset(met)))
    member = await chat.member(
        f"{role.name[:11]}-{word}",
        role=role.rank or "member",
        kind="bot" if role.name == "bot" else "person",
        name=word,
    )
    email = facts.canary(f"e-mail of {role.name}", Thing(whose=role.name, administered=True))
    secret = facts.canary(f"setting of {role.name}", Thing(whose=role.name))
    await member.call("PATCH", "/me", {"email": f"{email}@example.org", "settings": {"note": secret}})
    return member


def _places_of(role: Role) -> frozenset[str]:
    """Where one is met. The deactivated one still stands in the lists of both groups."""
    return INSIDE if role.name == "deactivated" else role.inside


async def _places(facts: Facts, people: dict[str, Member]) -> None:
    for group in ("commons", "vault", "ruins"):
        await _group(facts, people["keeper"], group)
    for group in ("yard", "porch"):
        await _group(facts, people["outsider"], group)
    for group in INSIDE | {"ruins"}:
        for name in ("author", "insider", "bot", "visitor", "former", "deactivated"):
            await people["keeper"].call(
                "PUT", f"/groups/{facts.ids[group]}/members/{people[name].id}", {"role": "member"}
            )
    await people["outsider"].call(
        "PUT", f"/groups/{facts.ids['porch']}/members/{people['guest'].id}", {"role": "member"}
    )
    for group in INSIDE:
        await _topic(facts, people, group)
    for group in ("yard", "porch"):
        await _topic(facts, {**people, "author": people["outsider"], "insider": people["outsider"]}, group)


async def _group(facts: Facts, maker: Member, group: str) -> None:
    gone = group == "ruins"
    about = facts.inside(group, "name", about=True, gone=gone)
    said = facts.inside(group, "description", gone=gone, about=KINDS[group] == "public")
    body = {"name": f"{group} {about}", "kind": KINDS[group], "description": said}
    made = await maker.call("POST", "/groups", body)
    facts.ids.update({group: made["id"], f"{group}.slug": made["slug"], f"{group}.topic": made["default_topic_id"]})


async def _topic(facts: Facts, people: dict[str, Member], group: str) -> None:
    author, insider = people["author"], people["insider"]
    name = facts.inside(group, "topic")
    topic = await author.open_topic(facts.ids[group], f"plans {name}")
    named = " ".join(f"@{people[name].username}" for name in ("insider", "bot", "outsider"))
    text = f"{facts.inside(group, 'text')} {named}"
    message = await author.post(topic["id"], text)
    reply = await insider.post(topic["id"], facts.inside(group, "reply"), reply_to=message["id"])
    facts.ids.update(
        {
            f"{group}.plans": topic["id"],
            f"{group}.plans.slug": topic["slug"],
            f"{group}.message": message["id"],
            f"{group}.reply": reply["id"],
        }
    )


async def _doors(facts: Facts, people: dict[str, Member]) -> None:
    """Ways in that wait for somebody: a link, invitations, a request."""
    keeper, admin, former = people["keeper"], people["admin"], people["former"]
    link = await admin.call("POST", f"/users/{former.id}/link")
    facts.ids["link"] = facts.secret("link", link["path"].split("/")[2])
    made = await admin.call("POST", "/invitations", {})
    facts.ids.update({"invitation": made["id"], "code": facts.secret("code", made["code"])})
    for group in INSIDE:
        made = await keeper.call("POST", f"/groups/{facts.ids[group]}/invitations", {})
        facts.ids.update({f"{group}.invitation": made["id"], f"{group}.code": facts.secret("code", made["code"])})
        if group == "vault":
            await former.join(facts.ids[group])


async def _direct(facts: Facts, people: dict[str, Member]) -> None:
    made = await people["author"].call("POST", "/direct", {"usernames": [people["insider"].username]})
    facts.ids.update({"direct": made["id"], "direct.slug": made["slug"], "direct.topic": made["default_topic_id"]})
    facts.ids["direct.plans"] = made["default_topic_id"]
    topic = await people["author"].call("GET", f"/topics/{made['default_topic_id']}")
    facts.ids["direct.plans.slug"] = topic["slug"]
    for name, by in (("message", "author"), ("reply", "insider")):
        said = await people[by].post(
            made["default_topic_id"], facts.inside("direct", "text" if by == "author" else "reply")
        )
        facts.ids[f"direct.{name}"] = said["id"]


async def _ago(facts: Facts, people: dict[str, Member]) -> None:
    """What was, and left traces: a group that is deleted, somebody who was taken out."""
    keeper, author = people["keeper"], people["author"]
    ruin = await author.post(facts.ids["ruins.topic"], facts.inside("ruins", "text", gone=True))
    facts.ids["ruins.message"] = ruin["id"]
    await keeper.call("DELETE", f"/groups/{facts.ids['ruins']}")
    for group in INSIDE:
        await keeper.call("DELETE", f"/groups/{facts.ids[group]}/members/{people['former'].id}")


async def _cookie(chat: Chat, username: str) -> str:
    async with chat.client(headers={"sec-fetch-site": "same-origin"}) as client:
        answer = await client.post(f"{BASE}/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return answer.headers["set-cookie"].partition(";")[0]


@dataclass(frozen=True)
class Ready:
    """The world in a folder."""

    folder: Path
    facts: Facts

    @asynccontextmanager
    async def copied(self) -> AsyncIterator[World]:
        """A world of one's own, in one deterministic thread."""
        with tempfile.TemporaryDirectory(prefix="convore-tests-") as parent:
            folder = Path(parent) / "chat"
            shutil.copytree(self.folder, folder)
            async with open_chat(folder, run_sync=inline, **SETTINGS) as chat:
                yield World(chat, replace(self.facts, ids=dict(self.facts.ids)))


async def make(folder: Path, builder: Callable[[Chat], Awaitable[Facts]] = build) -> Ready:
    async with open_chat(folder, run_sync=inline, **SETTINGS) as chat:
        facts = await builder(chat)
    return Ready(folder, facts)
