"""Leaving for good: who one was is gone everywhere, what one said stays or goes, and a kill in between changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.actions import erasing
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import API, PASSWORD
from convore_lite.testing.streams import StreamEnded

from . import images


@dataclass
class Scene:
    """Ann, who leaves, has looked after a private group with bob and cleo, said things, and chosen things."""

    chat: Chat
    ann: Member
    bob: Member
    cleo: Member
    group: dict[str, Any]

    @property
    def topic(self) -> int:
        return int(self.group["default_topic_id"])

    async def leave(self, messages: str) -> None:
        signed_in = await self.chat.signed_in(self.ann)
        await signed_in.call("DELETE", "/me", {"password": PASSWORD, "messages": messages})


async def set_up(chat: Chat) -> Scene:
    await chat.member("boss", role="owner")
    ann, bob, cleo = [await chat.member(name, name=f"{name.title()} Lee") for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab", "private")
    for who in ("bob", "cleo"):
        await ann.call("PUT", f"/groups/{group['id']}/members/{who}", {"role": "member"})
    scene = Scene(chat, ann, bob, cleo, group)
    for number in range(5):
        await ann.post(scene.topic, f"said {number}")
    hello = await bob.post(scene.topic, "@ann hello")
    for emoji in ("tada", "heart", "fire"):
        await ann.call("PUT", f"/messages/{hello['id']}/reactions/{emoji}")
    await ann.http.put(f"{API}/me/avatar", content=images.plain(), headers={"content-type": "image/png"})
    signed_in = await chat.signed_in(ann)
    await signed_in.call("PATCH", "/me", {"email": "ann@example.org", "settings": {"theme": "dark"}})
    await ann.call("PUT", "/me/keywords", {"keywords": ["kubernetes"]})
    await ann.call("PUT", "/me/ignored/cleo")
    return scene


@pytest.fixture
async def scene(chat: Chat) -> Scene:
    return await set_up(chat)


async def rows(chat: Chat, query: str) -> list[tuple[Any, ...]]:
    return await chat.appliance.app.store.read(lambda conn: [tuple(row) for row in conn.execute(query)])


async def dump(chat: Chat) -> str:
    """All that the database holds."""
    return await chat.appliance.app.store.read(lambda conn: "\n".join(conn.iterdump()))


async def test_who_they_were_is_gone_everywhere(scene: Scene) -> None:
    before = await dump(scene.chat)
    assert all(secret in before for secret in ("Ann Lee", "ann@example.org", "kubernetes", '"username":"ann"'))
    await scene.leave("keep")
    after = await dump(scene.chat)
    for secret in ("Ann Lee", "ann@example.org", "kubernetes", "'ann'"):
        assert secret not in after, secret
    events = b"".join(row[0] for row in await rows(scene.chat, "SELECT payload FROM events"))
    assert b'"id":%d,"username":"ann"' % scene.ann.id not in events
    assert b'"id":%d,"username":"gone' % scene.ann.id in events
    assert b'"username":"bob"' in events
    assert await rows(scene.chat, "SELECT count(*) FROM avatars") == [(0,)]


async def test_what_was_said_stays_under_no_name(scene: Scene) -> None:
    await scene.leave("keep")
    said = await scene.bob.messages(scene.topic)
    assert [message["text"] for message in said] == [*(f"said {number}" for number in range(5)), "@ann hello"]
    author = said[0]["author"]
    assert (author["name"], author["username"]) == ("Somebody who left", f"gone-{scene.ann.id}")
    assert (author["deactivated"], author["avatar_url"]) == (True, None)
    assert scene.ann.id not in [user["id"] for user in (await scene.bob.call("GET", "/users"))["items"]]


async def test_or_goes_and_leaves_its_places(scene: Scene) -> None:
    async with scene.bob.live() as stream:
        await scene.leave("delete")
        told = [await stream.next("message_deleted") for _ in range(5)]
    said = await scene.bob.messages(scene.topic)
    assert [(message["seq"], message["text"]) for message in said] == [
        *((n, "") for n in range(1, 6)),
        (6, "@ann hello"),
    ]
    assert [fact["message_id"] for fact in told] == [message["id"] for message in said[:5]]
    assert "said 3" not in await dump(scene.chat)


async def test_their_reactions_go_from_every_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from that of somebody who was away when they reacted, and comes back."""
    monkeypatch.setattr(erasing, "REACTIONS_STEP", 2)
    hello = (await scene.bob.messages(scene.topic))[-1]
    await scene.bob.call("PUT", f"/messages/{hello['id']}/reactions/tada")
    async with scene.bob.live() as stream:
        place = stream.hello["at_id"]
        await scene.ann.call("PUT", f"/messages/{hello['id']}/reactions/eyes")
        await scene.leave("keep")
        live = [await stream.next("reaction_removed") for _ in range(4)]
    assert {(fact["message_id"], fact["user_id"]) for fact in live} == {(hello["id"], scene.ann.id)}
    async with scene.bob.live(last_id=place) as stream:
        again = [await stream.next("reaction_removed") for _ in range(4)]
    assert (
        {fact["emoji"] for fact in live}
        == {fact["emoji"] for fact in again}
        == {*"\U0001f389\U0001f525\U0001f440", "\u2764\ufe0f"}
    )
    assert (await scene.bob.call("GET", f"/messages/{hello['id']}"))["reactions"] == [
        {"emoji": "\U0001f389", "user_ids": [scene.bob.id]}
    ]


async def test_nothing_opens_anything_any_more(scene: Scene) -> None:
    here = await scene.chat.signed_in(scene.ann)
    async with here.live() as stream, scene.bob.live() as bobs:
        await scene.bob.post(scene.topic, "she hears this")
        for heard in (stream, bobs):
            assert (await heard.next("message_posted"))["message"]["text"] == "she hears this"
        await scene.leave("keep")
        await scene.bob.post(scene.topic, "but not this")
        assert (await bobs.next("member_left"))["user"]["name"] == "Somebody who left"
        with pytest.raises(StreamEnded):
            await stream.next("message_posted")
    for member in (here, scene.ann):
        assert (await member.refused("GET", "/me"))["status"] == 401
    async with scene.chat.client() as door:
        account = {"username": "ann", "password": PASSWORD}
        assert (await door.post(f"{API}/session", json=account)).status_code == 401
    async with scene.chat.client(console=True) as console:
        assert (await console.post(f"{API}/users/{scene.ann.id}/reactivate")).status_code == 409
        assert (await console.post(f"{API}/users/{scene.ann.id}/link")).status_code == 409


async def test_a_group_goes_to_whoever_was_in_it_longest(scene: Scene) -> None:
    await scene.leave("keep")
    members = (await scene.bob.call("GET", f"/groups/{scene.group['id']}/members"))["items"]
    assert {member["user"]["username"]: member["role"] for member in members} == {"bob": "admin", "cleo": "member"}


async def test_a_conversation_keeps_its_people(scene: Scene) -> None:
    talk = await scene.bob.call("POST", "/direct", {"usernames": ["ann"]})
    await scene.ann.post(talk["default_topic_id"], "between us")
    await scene.leave("keep")
    [found] = [group for group in (await scene.bob.call("GET", "/groups"))["items"] if group["kind"] == "direct"]
    assert found["name"] == "Somebody who left"
    assert [message["text"] for message in await scene.bob.messages(talk["default_topic_id"])] == ["between us"]


async def test_somebody_else_may_take_the_name(scene: Scene) -> None:
    await scene.leave("keep")
    other = await scene.chat.member("ann")
    assert other.id != scene.ann.id
    assert (await other.refused("GET", f"/groups/{scene.group['id']}"))["status"] == 404
    assert (await other.call("GET", "/me/mentions"))["items"] == []
    assert (await other.call("GET", "/me/unread"))["total"] == 0


async def test_only_with_the_password(scene: Scene) -> None:
    signed_in = await scene.chat.signed_in(scene.ann)
    for body in ({"password": "wrong", "messages": "keep"}, {"password": PASSWORD, "messages": "burn"}, {}):
        assert (await signed_in.refused("DELETE", "/me", body))["status"] == 422
    assert (await signed_in.call("GET", "/me"))["name"] == "Ann Lee"


async def test_the_last_owner_cannot(scene: Scene) -> None:
    boss = await scene.chat.signed_in(
        Member({"username": "boss", "id": 1}, "", PASSWORD, scene.ann.http, scene.ann.opener)
    )
    body = {"password": PASSWORD, "messages": "keep"}
    assert (await boss.refused("DELETE", "/me", body))["status"] == 409
    await scene.chat.member("second", role="owner")
    await boss.call("DELETE", "/me", body)


async def test_who_erases_whom(scene: Scene) -> None:
    chat = scene.chat
    admin = await chat.member("admin", role="admin")
    await chat.member("other", role="admin")
    for name in ("boss", "other"):
        assert (await admin.refused("DELETE", f"/users/{name}", {"messages": "keep"}))["status"] == 403
    assert (await admin.refused("DELETE", "/users/admin", {"messages": "keep"}))["status"] == 409
    assert (await scene.bob.refused("DELETE", "/users/cleo", {"messages": "keep"}))["status"] == 403
    await admin.call("DELETE", "/users/ann", {"messages": "delete"})
    assert {message["text"] for message in await scene.bob.messages(scene.topic)} == {"", "@ann hello"}
    entry = (await admin.call("GET", "/admin/audit"))["items"][0]
    assert (entry["act"], entry["user"]["id"], entry["detail"]) == ("erase user", scene.ann.id, {"messages": "delete"})
    await admin.call("DELETE", f"/users/{scene.ann.id}", {"messages": "keep"})


@asynccontextmanager
async def killed_after(commits: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    """A chat whose erasing stops for good so many commits after the one with which somebody leaves."""
    async with open_chat(folder) as chat:
        store, left = chat.appliance.app.store, commits
        real = store.write

        async def write(function: Any, *args: Any, **options: Any) -> Any:
            nonlocal left
            if function.__module__.endswith("erasing"):
                if left == 0:
                    await trio.sleep_forever()
                left -= 1
            return await real(function, *args, **options)

        monkeypatch.setattr(store, "write", write)
        yield chat


@pytest.mark.parametrize("commits", range(7))
async def test_a_kill_in_between_is_made_up_for(
    commits: int, chat_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "MESSAGES_STEP", 2)
    async with killed_after(commits, chat_folder, monkeypatch) as chat:
        scene = await set_up(chat)
        with trio.move_on_after(1) as interrupted:
            await scene.leave("delete")
        assert interrupted.cancelled_caught
        assert (await scene.bob.messages(scene.topic))[0]["author"]["name"] == "Somebody who left"
    async with open_chat(chat_folder) as chat:
        with trio.fail_after(60):
            while await rows(chat, "SELECT id FROM users WHERE gone IN ('keep', 'delete')"):
                await trio.lowlevel.checkpoint()
        assert await rows(chat, "SELECT count(*) FROM messages WHERE text LIKE 'said%'") == [(0,)]
        assert await rows(chat, "SELECT count(*) FROM messages WHERE deleted = 1") == [(5,)]
        assert await rows(chat, "SELECT count(*) FROM reactions") == [(0,)]
        assert "Ann Lee" not in await dump(chat)


async def test_a_name_that_is_taken_is_no_obstacle(scene: Scene) -> None:
    await scene.chat.member(f"gone-{scene.ann.id}")
    await scene.leave("keep")
    assert (await scene.bob.messages(scene.topic))[0]["author"]["username"].startswith(f"gone-{scene.ann.id}-")
