"""The access log: off unless switched on, and it keeps secrets."""

from __future__ import annotations

from pathlib import Path

import structlog

from convore_lite.testing import open_chat


async def test_requests_are_written_down_only_when_switched_on(chat_folder: Path) -> None:
    for switched_on in (True, False):
        async with open_chat(chat_folder, access_log=switched_on) as chat, chat.client() as client:
            with structlog.testing.capture_logs() as lines:
                await client.get("/healthz?secret=1")
                await client.get("/welcome/very-secret/")
        requests = [line for line in lines if line["event"] == "request"]
        assert [line["path"] for line in requests] == (["/healthz", "/welcome/…"] if switched_on else [])
        assert "secret" not in str(requests)
