"""Somebody who visits the pages as a browser without script does: a cookie, an Origin, forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convore_lite.testing import Chat, Member

Visit = Callable[[Member | None], Coroutine[Any, Any, "Visitor"]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The in-memory client leaves the body of a form to the collector where the server answers without reading it.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:.*ByteStream.__aiter__.*"))


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}.items()
        return [given for name, given in self.found if name == tag and wanted <= given.items()]


class Visitor:
    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.headers.get('location')}"
        return answer.text

    async def look(self, path: str) -> Elements:
        return Elements(await self.get(path))

    async def form(self, path: str, status: int = 303, **fields: str) -> httpx2.Response:
        answer = await self.http.post(path, data=fields)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer

    async def unread_in_rail(self, topic_id: int) -> int:
        rows = (await self.look("/settings/")).of("a", **{"data-topic": str(topic_id)})
        return int(rows[0]["data-unread"])


@pytest.fixture
async def visit(chat: Chat) -> AsyncIterator[Visit]:
    """Make a visitor: one who signed in with the form, or one who did not."""
    async with AsyncExitStack() as stack:

        async def make(member: Member | None = None) -> Visitor:
            http = chat.client(headers={"origin": chat.url})
            visitor = Visitor(await stack.enter_async_context(http))
            if member:
                await visitor.form("/sign-in/", username=member.username, password=member.password)
            return visitor

        yield make
