"""The access log: off unless switched on, and it keeps secrets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from convore_lite.testing import open_chat


async def test_requests_are_written_down_only_when_switched_on(
    chat_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for switched_on in (True, False):
        async with open_chat(chat_folder, access_log=switched_on) as chat, chat.client() as client:
            caplog.clear()
            await client.get("/healthz?secret=1")
            await client.get("/welcome/very-secret/")
        requests = [record.args for record in caplog.records if record.name == "convore_lite.access"]
        assert [request["path"] for request in requests] == (["/healthz", "/welcome/…"] if switched_on else [])
        assert "secret" not in str(requests)
