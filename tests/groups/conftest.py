"""Fixtures of the tests of groups: who looks after one, who is in it, and who is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from convore_lite.store import audit
from convore_lite.testing import Chat, LiveStream, Member
from convore_lite.words.models import AuditEntry

API = "/api/v1"


@dataclass(frozen=True)
class Place:
    """A private group that ann looks after and bob is in; cleo is not, nor is gus, who is a guest here."""

    chat: Chat
    ann: Member
    bob: Member
    cleo: Member
    gus: Member
    group: int
    topic: int

    async def audit(self) -> list[AuditEntry]:
        """The audit log, newest first."""
        return await self.chat.appliance.app.store.read(audit.entries, limit=100)

    async def count(self, table: str) -> int:
        query = f"SELECT count(*) FROM {table}"
        return int(await self.chat.appliance.app.store.read(lambda conn: conn.execute(query).fetchone()[0]))


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"rate_limits": False}


@pytest.fixture
async def place(chat: Chat) -> Place:
    return await make_place(chat)


async def make_place(chat: Chat) -> Place:
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    gus = await chat.member("gus", role="guest")
    group = await ann.create_group("Home lab", "private")
    await ann.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "member"})
    return Place(chat, ann, bob, cleo, gus, group["id"], group["default_topic_id"])


async def send(member: Member, method: str, path: str, body: Any = None) -> httpx2.Response:
    """Call an operation, whatever it answers."""
    return await member.http.request(method, API + path, json=body)


async def status(member: Member, method: str, path: str, body: Any = None) -> int:
    return (await send(member, method, path, body)).status_code


async def heard(member: Member, stream: LiveStream) -> list[dict[str, Any]]:
    """What a stream of theirs has told since the last time, up to a mark that is made now."""
    heard.marks += 1  # type: ignore[attr-defined]
    mark = {"mark": heard.marks}  # type: ignore[attr-defined]
    await member.call("PATCH", "/me", {"settings": mark})
    return (await stream.until("settings_changed", settings=mark))[:-1]


heard.marks = 0  # type: ignore[attr-defined]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]
