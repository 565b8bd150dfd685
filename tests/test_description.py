"""The API describes itself, to programs and to people, without anybody signing in."""

from __future__ import annotations

from convore_lite.routes.api import OPERATIONS
from convore_lite.testing import Chat


async def test_programs_and_people_are_told_every_operation(chat: Chat) -> None:
    async with chat.client() as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        readable = await client.get("/api/")
    assert readable.status_code == 200
    assert readable.headers["content-type"].startswith("text/html")
    described = [(path, method) for path, methods in document["paths"].items() for method in methods]
    assert len(described) == len(OPERATIONS) + 1  # and the live stream
    assert all(f"<code>{path}</code>" in readable.text for path, _ in described)
    assert "/api/v1/groups/{group}/members/{user}" in document["paths"]
