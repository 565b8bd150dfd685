"""A small world with something hidden in every corner of it, and canaries: words by which every single thing is recognised.

It is made once, through the API, and copied for each test that changes something.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import trio
from PIL import Image

from convore_lite.actions.previews import keep
from convore_lite.appliance import wall_clock
from convore_lite.routes.api import BASE
from convore_lite.routes.live import PATH as LIVE
from convore_lite.store import Writer, inline, messages, previews
from convore_lite.store.previews import Found
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.words.models import time_text

from .oracle import Role, Thing, may_read
from .recorder import Answer, Recorder, settle

SETTINGS: dict[str, Any] = {
    "rate_limits": False,
    "registration": "open",
    "max_streams_per_user": 1000,
    "max_streams_per_address": 10_000,
}


def picture(colour: str | int = "teal") -> bytes:
    """A PNG of a few pixels."""
    data = BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, "png")
    return data.getvalue()


DAY = 24 * 3600 * 1000
# When everything in the world was said: not a moment ago.
BUILT = wall_clock() - 3600 * 1000
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
    Role("stranger", "member"),
    Role("deactivated", "member", active=False),
    Role("anon"),
)
ROLES = {role.name: replace(role, person=role.person or role.name) for role in ALL_OF_THEM}
# A bot has no password, and reader is a token of insider's.
WITHOUT_BROWSER = ("bot", "reader")
PICTURE = picture()
BOUNDARY = "between"
FORM_WITH_FILE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--{BOUNDARY}--\r\n'
).encode()
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

    def copied(self) -> Facts:
        """For a world of one's own, where more is made and learnt."""
        return Facts(**{name: dict(values) for name, values in vars(self).items()})

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

    async def poll(self, role: str, query: str, **credentials: str) -> Answer | None:
        """The long poll; None where it would go on waiting."""
        found: list[Answer] = []

        async def wait() -> None:
            headers = {"accept": "application/json", **(credentials or self.credentials(role))}
            found.append(await self.recorder.ask(role, "GET", f"{LIVE}?wait=60&{query}", headers=headers))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await settle()
            nursery.cancel_scope.cancel()
        return found[0] if found else None

    def credentials(self, role: str, by: str = "token") -> dict[str, str]:
        same_origin = {"sec-fetch-site": "same-origin"} if by == "session" else {}
        if role in ("anon", "console"):
            return same_origin
        if by == "session" and role not in WITHOUT_BROWSER:
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
    facts.tokens.update({name: member.token for name, member in people.items()})
    await _places(facts, people)
    await _ago(chat, facts, people)
    await _direct(facts, people)
    for group in KINDS.keys() - {"ruins"}:
        facts.ids[f"{group}.preview"] = await _preview(chat, facts, group, facts.ids[f"{group}.message"])
    await _doors(chat, facts, people)
    await _unposted(facts, people)
    for name in people:
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
    if role.name == "former":  # has left, and that was told
        met.add("visitor")
    named = met | ({"visitor"} if role.name == "outsider" else set())  # … in a text that visitor reads
    word = facts.canary(f"person {role.name}", Thing(people=frozenset(named)))
    member = await chat.member(
        f"{role.name[:11]}-{word}",
        role=role.rank or "member",
        kind="bot" if role.name == "bot" else "person",
        name=word,
    )
    if role.name != "bot":
        await _in_a_browser(chat, facts, member, role, frozenset(met))
    return member


async def _in_a_browser(chat: Chat, facts: Facts, member: Member, role: Role, met: frozenset[str]) -> None:
    """Somebody signs in, and fills in all there is to fill in about them."""
    browser = await chat.signed_in(member)
    cookie = browser.http.headers["cookie"]
    facts.cookies[role.name] = cookie
    facts.secret(f"session of {role.name}", cookie.partition("=")[2])
    email = facts.canary(f"e-mail of {role.name}", Thing(whose=role.name, administered=True))
    secret = facts.canary(f"setting of {role.name}", Thing(whose=role.name))
    await browser.call("PATCH", "/me", {"email": f"{email}@example.org", "settings": {"note": secret}})
    answer = await browser.http.put(f"{BASE}/me/avatar", content=PICTURE, headers={"content-type": "image/png"})
    name = answer.json()["avatar_url"].removeprefix("/avatars/")
    facts.canaries[name.lower()] = (f"picture of {role.name}", Thing(people=met))
    facts.ids[f"{role.name}.avatar"] = name
    if role.name == "insider":
        token = facts.canary("token", Thing(whose="insider"))
        made = await browser.call("POST", "/me/tokens", {"name": token, "scope": "read"})
        facts.tokens["reader"], facts.ids["token"] = made["token"], made["id"]
        other = await chat.signed_in(member)
        sessions = (await other.call("GET", "/me/sessions"))["items"]
        facts.ids["session"] = next(one["id"] for one in sessions if not one["current"])
        facts.ids["elsewhere"] = facts.secret("another session", other.http.headers["cookie"].partition("=")[2])


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
    # Its name stays in the audit log.
    about = facts.canary("ruins: name", Thing(administered=True)) if gone else facts.inside(group, "name", about=True)
    said = facts.inside(group, "description", gone=gone, about=KINDS[group] == "public")
    facts.ids[f"{group}.name"] = f"{group} {about}"
    body = {"name": f"{group} {about}", "kind": KINDS[group], "description": said}
    made = await maker.call("POST", "/groups", body)
    facts.ids.update({group: made["id"], f"{group}.slug": made["slug"], f"{group}.topic": made["default_topic_id"]})


async def _topic(facts: Facts, people: dict[str, Member], group: str) -> None:
    author, insider = people["author"], people["insider"]
    name = facts.inside(group, "topic")
    topic = await author.open_topic(facts.ids[group], f"plans {name}")
    named = " ".join(f"@{people[name].username}" for name in ("insider", "outsider"))
    text = f"{facts.inside(group, 'text')} {named}"
    message = await author.post(topic["id"], text)
    reply = await insider.post(topic["id"], facts.inside(group, "reply"), reply_to=message["id"])
    await _files(facts, author, group, topic["id"])
    facts.ids.update(
        {
            f"{group}.plans": topic["id"],
            f"{group}.plans.slug": topic["slug"],
            f"{group}.message": message["id"],
            f"{group}.reply": reply["id"],
        }
    )
    await _unsent(facts, author, group)


async def _unsent(facts: Facts, author: Member, group: str) -> None:
    """What the author is writing, and looks for, for themselves alone."""
    topic, whose = (
        facts.ids[f"{group}.plans"],
        next(name for name, user in facts.users.items() if user["id"] == author.id),
    )
    draft = facts.canary(f"{group}: draft", Thing(whose=whose))
    await author.call("PUT", f"/topics/{topic}/draft", {"text": draft})
    later = {"text": facts.canary(f"{group}: scheduled", Thing(whose=whose)), "send_at": time_text(wall_clock() + DAY)}
    sought = {"query": facts.canary(f"{group}: saved search", Thing(whose=whose))}
    facts.ids[f"{group}.search"] = (await author.call("POST", "/me/searches", sought))["id"]
    facts.ids[f"{group}.scheduled"] = (await author.call("POST", f"/topics/{topic}/scheduled", later))["id"]


async def _files(facts: Facts, author: Member, group: str, topic_id: int) -> None:
    """A file and a picture in a message; and one that its author has not posted."""
    file = await send_file(facts, author, group, "file")
    shown = await author.send_file(picture(len(facts.canaries)), f"{facts.inside(group, 'picture')}.png")
    said = await author.post(topic_id, facts.inside(group, "text beside files"), file_ids=[file["id"], shown["id"]])
    facts.ids.update({f"{group}.file": file["id"], f"{group}.picture": shown["id"], f"{group}.with files": said["id"]})


async def _preview(chat: Chat, facts: Facts, group: str, message_id: int, label: str = "preview", **more: Any) -> int:
    """A canary in its words, and one that is its picture."""
    words = facts.inside(group, label, **more)
    picture = facts.inside(group, f"picture of {label}", **more)
    return await show_preview(chat, message_id, words, picture.encode())


async def show_preview(chat: Chat, message_id: int, words: str, image: bytes = b"behind the link") -> int:
    """Let something be found behind a link of a message; the id of the preview."""
    app, url, found = chat.appliance.app, f"http://{words}.example/", Found(words, words, words, image, 8, 8)

    def find(conn: Writer) -> int:
        previews.want(conn, message_id, url, 0, at=app.now())
        keep(conn, url, found, at=app.now())
        return messages.bare(conn, message_id).previews[-1].id

    return await app.store.write(find)


async def send_file(facts: Facts, author: Member, group: str, label: str, **more: Any) -> dict[str, Any]:
    """A file with a canary in its name, and one in what it says."""
    name = facts.inside(group, f"name of {label}", **more)
    return await author.send_file(facts.inside(group, label, **more).encode(), f"{name}.txt")


async def _unposted(facts: Facts, people: dict[str, Member]) -> None:
    insider = Thing(whose="insider")
    name = facts.canary("name of an unposted file", insider)
    data = facts.canary("unposted file", insider).encode()
    facts.ids["unposted"] = (await people["insider"].send_file(data, f"{name}.txt"))["id"]


async def _doors(chat: Chat, facts: Facts, people: dict[str, Member]) -> None:
    """Ways in that wait for somebody: a link, invitations, a request."""
    keeper, admin, former = people["keeper"], people["admin"], people["former"]
    browser = await chat.signed_in(admin)
    link = await browser.call("POST", f"/users/{former.id}/link")
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
    await _files(facts, people["author"], "direct", made["default_topic_id"])
    await _unsent(facts, people["author"], "direct")


async def _ago(chat: Chat, facts: Facts, people: dict[str, Member]) -> None:
    """What was, and left traces: things that are deleted, edited, moved, renamed; somebody who was taken out."""
    keeper, author, ids = people["keeper"], people["author"], facts.ids
    file = await send_file(facts, author, "ruins", "file", gone=True)
    said = await author.post(ids["ruins.topic"], facts.inside("ruins", "text", gone=True), file_ids=[file["id"]])
    ids.update({"ruins.message": said["id"], "ruins.file": file["id"]})
    await keeper.call("DELETE", f"/groups/{ids['ruins']}")
    for group in sorted(INSIDE):
        await _deleted(chat, facts, people, group)
        for what in ("star", "reactions/tada"):
            await people["former"].call("PUT", f"/messages/{ids[f'{group}.message']}/{what}")
        await keeper.call("DELETE", f"/groups/{ids[group]}/members/{people['former'].id}")
    await _moved(chat, facts, people)
    # The addresses that these had before are still asked for.
    ids["vault.old"] = ids["vault.slug"]
    changes = {
        "name": f"vault {facts.inside('vault', 'new name', about=True)}",
        "slug": facts.inside("vault", "new address", about=True),
    }
    changed = await keeper.call("PATCH", f"/groups/{ids['vault']}", changes)
    ids["vault.slug"], ids["vault.name"] = changed["slug"], changed["name"]
    ids["vault.plans.old"] = ids["vault.plans.slug"]
    renamed = await author.call("PATCH", f"/topics/{ids['vault.plans']}", {"name": facts.inside("vault", "new topic")})
    ids["vault.plans.slug"] = renamed["slug"]


async def _deleted(chat: Chat, facts: Facts, people: dict[str, Member], group: str) -> None:
    """A message that was edited, one that was edited and deleted, a topic that was deleted with what was said in it."""
    author, ids = people["author"], facts.ids
    plans = ids[f"{group}.plans"]
    edited = await author.post(plans, facts.inside(group, "before the edit"))
    await author.call("PATCH", f"/messages/{edited['id']}", {"text": facts.inside(group, "after the edit")})
    ids[f"{group}.edited"] = edited["id"]
    gone = await author.post(plans, facts.inside(group, "deleted, before its edit", gone=True))
    await author.call("PATCH", f"/messages/{gone['id']}", {"text": facts.inside(group, "deleted", gone=True)})
    ids[f"{group}.deleted.preview"] = await _preview(chat, facts, group, gone["id"], "deleted preview", gone=True)
    await author.call("DELETE", f"/messages/{gone['id']}")
    ids[f"{group}.deleted"] = gone["id"]
    file = await send_file(facts, author, group, "file of a deleted message", gone=True)
    without = await author.post(plans, facts.inside(group, "deleted, with a file", gone=True), file_ids=[file["id"]])
    await author.call("DELETE", f"/messages/{without['id']}")
    ids[f"{group}.deleted.file"] = file["id"]
    topic = await author.open_topic(ids[group], facts.inside(group, "deleted topic", gone=True))
    await author.post(topic["id"], facts.inside(group, "text in a deleted topic", gone=True))
    wanderer = await author.post(plans, facts.inside(group, "moved into a deleted topic", gone=True))
    lost = await send_file(facts, author, group, "file in a deleted topic", gone=True)
    await author.post(topic["id"], "", file_ids=[lost["id"]])
    await _move(people, plans, wanderer["id"], {"topic_id": topic["id"]})
    await people["keeper"].call("DELETE", f"/topics/{topic['id']}")
    ids[f"{group}.deleted topic"], ids[f"{group}.deleted topic.slug"] = topic["id"], topic["slug"]


async def _moved(chat: Chat, facts: Facts, people: dict[str, Member]) -> None:
    """What was once said in commons and stands in vault now: a message, a topic, and a message that came there with a topic."""
    author, ids = people["author"], facts.ids
    plans = ids["commons.plans"]
    file = await send_file(facts, author, "vault", "file of a moved message")
    moved = await author.post(plans, facts.inside("vault", "a moved message"), file_ids=[file["id"]])
    ids["moved.file"] = file["id"]
    await people["outsider"].call("PUT", f"/messages/{moved['id']}/star")
    await people["insider"].post(plans, facts.inside("commons", "reply to what moved"), reply_to=moved["id"])
    ids["moved.preview"] = await _preview(chat, facts, "vault", moved["id"], "preview of a moved message")
    await _move(people, plans, moved["id"], {"topic_id": ids["vault.plans"]})
    topic = await author.open_topic(
        ids["commons"], facts.inside("vault", "a moved topic"), facts.inside("vault", "text in it")
    )
    passenger = await author.post(plans, facts.inside("vault", "a message that came with a topic"))
    await _move(people, plans, passenger["id"], {"topic_id": topic["id"]})
    await people["keeper"].call("PATCH", f"/topics/{topic['id']}", {"group_id": ids["vault"]})
    ids.update(
        {
            "moved message": moved["id"],
            "passenger": passenger["id"],
            "moved topic": topic["id"],
            "moved topic.slug": topic["slug"],
        }
    )


async def _move(people: dict[str, Member], source: int, message_id: int, to: dict[str, Any]) -> None:
    await people["keeper"].call("POST", f"/topics/{source}/move", {"message_ids": [message_id], "to": to})


@dataclass(frozen=True)
class Ready:
    """The world in a folder."""

    folder: Path
    facts: Facts

    @asynccontextmanager
    async def copied(self, **options: Any) -> AsyncIterator[World]:
        """A world of one's own, in one deterministic thread; *options* as `open_chat` has them."""
        with tempfile.TemporaryDirectory(prefix="convore-tests-") as parent:
            folder = Path(parent) / "chat"
            shutil.copytree(self.folder, folder)
            async with open_chat(folder, run_sync=inline, **{**SETTINGS, **options}) as chat:
                yield World(chat, self.facts.copied())


async def make(folder: Path, builder: Callable[[Chat], Awaitable[Facts]] = build) -> Ready:
    async with open_chat(folder, run_sync=inline, now=lambda: BUILT, **SETTINGS) as chat:
        facts = await builder(chat)
    return Ready(folder, facts)
