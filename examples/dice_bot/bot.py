"""A bot that rolls dice: write "@dice 2d6" where it is a member, and it answers with the throw.

    CONVORE_URL=http://127.0.0.1:8470 CONVORE_TOKEN=… python bot.py

It misses nothing and says nothing twice: it remembers up to which event it has come, goes on from there after a restart, and
names each answer after the message it answers.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import Any, Never

import httpx2
import trio

THROW = re.compile(r"@dice\s+([1-9]\d?)d([1-9]\d{0,2})\b", re.ASCII | re.IGNORECASE)
# How long one look at the live stream waits for something new, in seconds; 60 is the most the server allows.
WAIT = 50
# Seconds before coming back to a server that is not there: at once would only hurry one that is starting.
PAUSE = 2


class DiceBot:
    """*http* is a client with the bot's token; *place* a file in which it keeps up to which event it has come."""

    def __init__(self, http: httpx2.AsyncClient, place: Path) -> None:
        self.http = http
        self.place = place

    async def run(self) -> Never:
        """Listen for ever. Raises httpx2.HTTPStatusError where the server refuses it, such as for a token that is not valid."""
        while True:
            try:
                await self.listen()
            except httpx2.TransportError:
                await trio.sleep(PAUSE)

    async def listen(self) -> None:
        """Deal with what has come since the last time; where that is nothing, wait for something."""
        since = {"after": self.place.read_text(), "wait": str(WAIT)} if self.place.exists() else {"wait": "1"}
        accept = {"accept": "application/json"}
        response = await self.http.get("/api/v1/live", params=since, headers=accept, timeout=2 * WAIT)
        news = response.raise_for_status().json()
        for event in news["events"]:
            if event["kind"] == "message_posted":
                await self.answer(event["message"])
        self.place.write_text(news["next"])

    async def answer(self, message: dict[str, Any]) -> None:
        throw = THROW.search(message["text"])
        if throw is None or message["author"]["kind"] == "bot":
            return
        dice = [random.randint(1, int(throw[2])) for _ in range(int(throw[1]))]
        answer = {
            "text": f"{' + '.join(map(str, dice))} = **{sum(dice)}**",
            "reply_to": message["id"],
            "client_id": f"throw for {message['id']}",
        }
        response = await self.post(message["topic_id"], answer)
        # Answered before a restart, with another throw (409); the topic is locked or gone by now (403, 404).
        if response.status_code not in (403, 404, 409):
            response.raise_for_status()

    async def post(self, topic_id: int, answer: dict[str, Any]) -> httpx2.Response:
        """Post it as soon as it may be: where many throw at once, the server says how long to wait."""
        while True:
            response = await self.http.post(f"/api/v1/topics/{topic_id}/messages", json=answer)
            if response.status_code != 429:
                return response
            await trio.sleep(int(response.headers["retry-after"]))


async def main() -> None:
    token = {"authorization": f"Bearer {os.environ['CONVORE_TOKEN']}"}
    async with httpx2.AsyncClient(base_url=os.environ["CONVORE_URL"], headers=token) as http:
        await DiceBot(http, Path("dice-bot.place")).run()


if __name__ == "__main__":
    trio.run(main)
