"""Who looks after a server, and who does not: runa owns it, ada is an admin, mia a member, gus a guest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from convore_lite.testing import Chat, Member

CELLAR = "What is in the cellar"


@dataclass(frozen=True)
class Server:
    """*cellar* is a private group of mia's, in which a topic's name and a message are not for admins."""

    chat: Chat
    runa: Member
    ada: Member
    mia: Member
    gus: Member
    cellar: dict[str, Any]


@pytest.fixture
async def server(chat: Chat) -> Server:
    runa, ada = await chat.member("runa", role="owner"), await chat.member("ada", role="admin")
    mia, gus = await chat.member("mia"), await chat.member("gus", role="guest")
    cellar = await mia.create_group("Cellar", "private")
    await mia.open_topic("cellar", CELLAR, "the key is under the pot")
    return Server(chat, runa, ada, mia, gus, cellar)
