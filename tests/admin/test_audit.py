"""Every act with a privilege is one line of the audit log, there if and only if the act was done."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

import pytest

from convore_lite.routes.api import BASE, OPERATIONS
from convore_lite.store import audit
from convore_lite.testing import Chat, Member
from convore_lite.words.errors import Conflict

# Besides what is changed, these hold when somebody was last here.
NOT_COMPARED = ("audit", "sessions", "tokens", "sqlite_sequence")


@dataclass(frozen=True)
class Deed:
    """An operation, by somebody with the privilege for it, and whom or what its line names."""

    act: str
    by: str
    method: str
    path: str
    body: Any = None
    names: tuple[str, ...] = ("user",)
    detail: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.act.replace(" ", "-")


MEMBER = "/groups/{group}/members/bob"
TOPIC = ("group", "topic")
DEEDS = [
    Deed("add user", "runa", "POST", "/users", {"username": "newt"}, detail={"role": "member"}),
    Deed("set role", "runa", "PUT", "/users/bob/role", {"role": "guest"}, detail={"role": "guest", "before": "member"}),
    Deed("set password", "runa", "PUT", "/users/bob/password", {"password": "some other words"}),
    Deed("make link", "runa", "POST", "/users/bob/link"),
    Deed("deactivate user", "runa", "POST", "/users/bob/deactivate"),
    Deed("reactivate user", "runa", "POST", "/users/off/reactivate"),
    Deed("erase user", "runa", "DELETE", "/users/bob", {"messages": "keep"}, detail={"messages": "keep"}),
    Deed("make token", "console", "POST", "/users/bob/tokens", {"name": "ci", "scope": "read"}),
    Deed("revoke token", "console", "DELETE", "/tokens/{token}"),
    Deed("create group", "console", "POST", "/groups", {"name": "Barn", "kind": "public"}, ("user", "group")),
    Deed("make index", "runa", "POST", "/admin/search/reindex", None, ()),
    Deed("make invitation", "runa", "POST", "/invitations", {}, ()),
    Deed("revoke invitation", "runa", "DELETE", "/invitations/{invitation}", None, ()),
    Deed("make invitation", "mia", "POST", "/groups/{group}/invitations", {}, ("group",)),
    Deed("change group", "mia", "PATCH", "/groups/{group}", {"name": "Vault"}, ("group",), {"changed": "name"}),
    Deed("delete group", "mia", "DELETE", "/groups/{group}", None, ("group",), {"slug": "cellar"}),
    Deed("delete group", "runa", "DELETE", "/groups/{group}", None, ("group",), {"slug": "cellar"}),
    Deed("put member", "mia", "PUT", "/groups/{group}/members/carl", {"role": "member"}, ("user", "group")),
    Deed("change role", "mia", "PUT", MEMBER, {"role": "admin"}, ("user", "group"), {"role": "admin"}),
    Deed("remove member", "mia", "DELETE", MEMBER, None, ("user", "group")),
    Deed("accept request", "mia", "POST", "/groups/{group}/requests/gus/accept", None, ("user", "group")),
    Deed("decline request", "mia", "POST", "/groups/{group}/requests/gus/decline", None, ("user", "group")),
    Deed("rename topic", "mia", "PATCH", "/topics/{topic}", {"name": "Keys"}, TOPIC),
    Deed("resolve topic", "mia", "PATCH", "/topics/{topic}", {"resolved": True}, TOPIC),
    Deed("lock topic", "mia", "PATCH", "/topics/{topic}", {"locked": True}, TOPIC),
    Deed("pin topic", "mia", "PATCH", "/topics/{topic}", {"pinned": True}, TOPIC),
    Deed("move topic", "mia", "PATCH", "/topics/{topic}", {"group_id": "{other}"}, TOPIC),
    Deed("delete topic", "mia", "DELETE", "/topics/{topic}", None, TOPIC),
    Deed("delete message", "mia", "DELETE", "/messages/{message}", None, ("user", *TOPIC)),
    Deed(
        "move messages",
        "mia",
        "POST",
        "/topics/{topic}/move",
        {"message_ids": ["{message}"], "to": {"group_id": "{group}", "name": "Pots"}},
        TOPIC,
    ),
]


@dataclass
class Scene:
    """runa owns the server, mia looks after the group, bob is in it and said something, gus asks to be let in."""

    chat: Chat
    people: dict[str, Member]
    ids: dict[str, int]

    async def ask(self, deed: Deed, by: str) -> int:
        """Do it; the status of the answer."""
        body, path = self._filled(deed.body), deed.path.format(**self.ids)
        if by == "console":
            async with self.chat.client(console=True) as console:
                return (await console.request(deed.method, BASE + path, json=body)).status_code
        return (await self.people[by].http.request(deed.method, BASE + path, json=body)).status_code

    async def lines(self) -> list[dict[str, Any]]:
        async with self.chat.client(console=True) as console:
            page = (await console.get(f"{BASE}/admin/audit", params={"limit": 200})).json()
        assert page["next"] is None
        return list(page["items"])

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        return await self.chat.appliance.app.store.read(rows_of_all_tables)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        return self.ids[value.strip("{}")] if isinstance(value, str) and value.startswith("{") else value


def rows_of_all_tables(conn: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: [tuple(row) for row in conn.execute(f"SELECT * FROM {name}")]
        for name in tables
        if name not in NOT_COMPARED
    }


@pytest.fixture
async def scene(chat: Chat) -> Scene:
    people = {name: await chat.member(name) for name in ("mia", "bob", "carl", "off")}
    people["runa"] = await chat.signed_in(await chat.member("runa", role="owner"))
    people["gus"] = await chat.member("gus", role="guest")
    mia, bob, runa = people["mia"], people["bob"], people["runa"]
    group, other = await mia.create_group("Cellar", "private"), await mia.create_group("Attic")
    await mia.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "member"})
    await people["gus"].call("POST", "/groups/cellar/join")
    topic = await bob.open_topic("cellar", "Where is the key?")
    message = await bob.post(topic["id"], "under the pot")
    await runa.call("POST", "/users/off/deactivate")
    invitation = await runa.call("POST", "/invitations", {})
    token = (await (await chat.signed_in(bob)).call("POST", "/me/tokens", {"name": "mine", "scope": "read"}))["id"]
    ids = {"group": group["id"], "other": other["id"], "topic": topic["id"], "message": message["id"]}
    return Scene(chat, people, {**ids, "invitation": invitation["id"], "token": token})


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_an_act_is_one_line(scene: Scene, deed: Deed) -> None:
    before = await scene.lines()
    assert await scene.ask(deed, deed.by) < 300
    line, *others = await scene.lines()
    assert [one["id"] for one in others] == [one["id"] for one in before]
    assert line["act"] == deed.act
    assert (line["actor"] or {"username": "console"})["username"] == deed.by
    named = {"user": line["user"], "group": line["group_id"], "topic": line["topic_id"]}
    assert tuple(name for name, value in named.items() if value is not None) == deed.names
    assert deed.detail.items() <= line["detail"].items()
    told = str(line)
    assert "under the pot" not in told
    assert "Where is the key" not in told


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_a_refused_act_is_none(scene: Scene, deed: Deed) -> None:
    """carl, who is in no group and has no role, is refused each of them."""
    before = await scene.lines()
    assert await scene.ask(deed, "carl") in (403, 404) or deed.act == "create group"
    assert await scene.lines() == before


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_what_cannot_be_written_down_is_not_done(
    scene: Scene, deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is in the transaction of the act: where it fails, nothing of the act is left."""

    def refuse(*args: Any, **options: Any) -> None:
        raise Conflict("The audit log is full.")

    before = await scene.everything()
    monkeypatch.setattr(audit, "note", refuse)
    assert await scene.ask(deed, deed.by) == 409
    assert await scene.everything() == before
    monkeypatch.undo()
    assert await scene.ask(deed, deed.by) < 300
    assert deed.act in ("make index", "make token", "revoke token") or await scene.everything() != before


def test_every_operation_for_admins_is_among_them() -> None:
    """By its summary: what the API says is for admins or the console, and changes something."""
    tried = {(deed.method, deed.path.split("{")[0].split("bob")[0].split("off")[0]) for deed in DEEDS}
    missing = [
        (one.method, one.path)
        for one in OPERATIONS
        if one.method != "GET" and ("admins" in one.summary or "console" in one.summary)
        if (one.method, one.path.split("<")[0]) not in tried and one.path != "/admin/import"
    ]
    assert missing == []
