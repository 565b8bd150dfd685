"""What is written out after messages and topics were edited, deleted and moved, and comes in again elsewhere."""

from __future__ import annotations

from pathlib import Path

import httpx2

from convore_lite.routes.api import BASE
from convore_lite.testing import Chat, open_chat


async def written_out(console: httpx2.AsyncClient) -> list[str]:
    lines, cursor = [], ""
    while cursor is not None:
        answer = await console.get(f"{BASE}/admin/export", params={"groups": "*", "cursor": cursor})
        assert answer.status_code == 200, answer.text
        lines += answer.json()["items"]
        cursor = answer.json()["next"]
    return lines


async def test_out_and_in(chat: Chat, tmp_path: Path) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Lab")
    await bob.join(group["id"])
    first = group["default_topic_id"]
    said = [await bob.post(first, f"number {number}") for number in range(5)]
    await bob.post(first, "an answer", reply_to=said[1]["id"])
    other = await ann.open_topic(group["id"], "Other", "there")
    gone = await ann.open_topic(group["id"], "Gone", "the cellar key")
    await bob.call("PATCH", f"/messages/{said[0]['id']}", {"text": "edited"})
    await bob.call("DELETE", f"/messages/{said[2]['id']}")
    ids = [said[1]["id"], said[3]["id"]]
    await ann.call("POST", f"/topics/{first}/move", {"message_ids": ids, "to": {"topic_id": other["id"]}})
    await ann.call("DELETE", f"/topics/{gone['id']}")
    await ann.call("PATCH", f"/topics/{other['id']}", {"name": "Another", "resolved": True})
    async with chat.client(console=True) as console:
        lines = await written_out(console)
    assert not any("cellar key" in str(line) for line in lines)
    async with open_chat(tmp_path / "new") as new, new.client(console=True) as console:
        taken = await console.post(f"{BASE}/admin/import", json={"lines": lines})
        assert taken.status_code == 200, taken.text
        assert {one["outcome"] for one in taken.json()["outcomes"]} == {"taken"}
        assert await written_out(console) == lines
        assert await topics_in(new) == await topics_in(chat)
        again = await console.post(f"{BASE}/admin/import", json={"lines": lines})
        assert {one["outcome"] for one in again.json()["outcomes"]} == {"present"}


async def topics_in(chat: Chat) -> list[tuple[object, ...]]:
    def rows(conn: object) -> list[tuple[object, ...]]:
        found = conn.execute(  # type: ignore[attr-defined]
            """SELECT t.slug, t.name, t.resolved, t.last_seq, t.message_count,
               (SELECT count(*) FROM messages x WHERE x.topic_id = t.id AND NOT x.deleted)
               FROM topics t JOIN groups g ON g.id = t.group_id WHERE g.deleted_at IS NULL ORDER BY t.slug"""
        )
        return [tuple(row) for row in found]

    return await chat.appliance.app.store.read(rows)
