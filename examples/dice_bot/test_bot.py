"""The dice bot in a chat in memory, with the testing kit of convore-lite: see docs/testing.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio.testing
from bot import DiceBot

from convore_lite.testing import Chat, Member


@dataclass
class Table:
    """Ann and the bot in one group. The bot has listened once, so it knows where it begins."""

    ann: Member
    bot: DiceBot
    topic: int

    async def says(self, text: str) -> int:
        message = await self.ann.post(self.topic, text)
        return int(message["id"])

    async def answers(self) -> list[tuple[int, str]]:
        """What the bot has said so far: the message it answers, and its words."""
        said = await self.ann.messages(self.topic)
        return [(message["reply_to"], message["text"]) for message in said if message["author"]["kind"] == "bot"]


# By this clock the bot's waiting takes no time. A test names it too.
@pytest.fixture
async def table(patient_chat: Chat, patient_clock: trio.testing.MockClock, tmp_path: Path) -> Table:
    ann = await patient_chat.member("ann")
    dice = await patient_chat.member("dice", kind="bot")
    group = await ann.create_group("Games")
    await dice.join("games")
    bot = DiceBot(dice.http, tmp_path / "place")
    await bot.listen()
    return Table(ann, bot, group["default_topic_id"])


async def test_it_answers_a_throw_and_nothing_else(table: Table, patient_clock: trio.testing.MockClock) -> None:
    await table.says("Who has the dice?")
    asked = await table.says("@dice 3d1")
    await table.bot.listen()
    assert await table.answers() == [(asked, "1 + 1 + 1 = **3**")]


async def test_it_does_not_answer_itself(table: Table, patient_clock: trio.testing.MockClock) -> None:
    asked = await table.says("@dice 1d1")
    for _ in range(3):
        await table.bot.listen()
    assert await table.answers() == [(asked, "1 = **1**")]


async def test_it_answers_what_was_asked_while_it_was_away(table: Table, patient_clock: trio.testing.MockClock) -> None:
    asked = await table.says("@dice 2d1")
    await DiceBot(table.bot.http, table.bot.place).listen()
    assert await table.answers() == [(asked, "1 + 1 = **2**")]


async def test_it_answers_once_though_it_hears_twice(table: Table, patient_clock: trio.testing.MockClock) -> None:
    before = table.bot.place.read_text()
    await table.says("@dice 9d999")
    await table.bot.listen()
    first = await table.answers()
    table.bot.place.write_text(before)
    await table.bot.listen()
    assert len(first) == 1
    assert await table.answers() == first


async def test_it_does_not_mind_a_topic_that_is_gone(table: Table, patient_clock: trio.testing.MockClock) -> None:
    gone = {"id": 1, "topic_id": 999, "text": "@dice 1d1", "author": {"kind": "person"}}
    await table.bot.answer(gone)
    assert await table.answers() == []


class TestManyThrows:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"rate_limits": True}

    async def test_it_waits_when_it_is_told_to(self, table: Table, patient_clock: trio.testing.MockClock) -> None:
        asked = [await table.says("@dice 1d1") for _ in range(5)]
        await trio.sleep(60)
        asked += [await table.says("@dice 1d1") for _ in range(5)]
        await table.bot.listen()
        assert await table.answers() == [(message, "1 = **1**") for message in asked]
