"""The ways on which somebody hears of what is said in a topic: the columns of the revocation matrix.

Each is opened before anything is said. `hear` gives what has come since it was asked last.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from convore_lite.routes.api import BASE
from convore_lite.routes.live import PATH as LIVE
from convore_lite.store import log

from .recorder import Tap, settle
from .revocations import Key, Scene

DEFAULT_TOPIC = "general"


class Channel:
    """*refused* are the statuses of the latest answers about the topic itself."""

    def __init__(self, scene: Scene, key: Key) -> None:
        self.scene, self.world, self.key = scene, scene.world, key
        self.refused: set[int] = set()
        # As one who looks on at a public group has it open, too.
        self.visiting = f"groups={self.world.ids[scene.group]},{self.world.ids['commons']}"

    async def hear(self) -> bytes:
        raise NotImplementedError

    def shut(self) -> None:
        """Read no more, where that means anything."""

    def reopen(self) -> None:
        """Read on."""

    async def _ask(self, paths: list[str], more: list[str]) -> bytes:
        """What *paths* answer, about the topic, and *more*, about what is beside it."""
        answers = [await self.key.ask(self.world, "GET", path) for path in paths]
        self.refused = {answer.status for answer in answers}
        beside = [await self.key.ask(self.world, "GET", path) for path in more]
        return b"".join(answer.body for answer in [*answers, *beside])


class Page(Channel):
    async def hear(self) -> bytes:
        ids, group = self.world.ids, self.scene.group
        message = f"/messages/{self.scene.said}/" if self.scene.said else f"/{ids[f'{group}.slug']}/"
        paths = [f"/{ids[f'{group}.slug']}/{ids[f'{group}.plans.slug']}/", message]
        return await self._ask(paths, [f"/{ids['commons.slug']}/{DEFAULT_TOPIC}/", "/mentions/", "/unread/"])


class Api(Channel):
    async def hear(self) -> bytes:
        topic = f"{BASE}/topics/{self.scene.topic}"
        message = [f"{BASE}/messages/{self.scene.said}"] if self.scene.said else []
        beside = f"{BASE}/topics/{self.world.ids['commons.topic']}/messages"
        return await self._ask(
            [topic, f"{topic}/messages", f"{topic}/unread", *message], [beside, f"{BASE}/me/mentions"]
        )


SEARCH = f"{BASE}/search?limit=200&sort=newest&q=word"


class Search(Channel):
    """What is found, looked up in the database alone: here no index is made unless somebody wants it."""

    async def hear(self) -> bytes:
        return await self._ask([SEARCH], [f"{SEARCH}%20from%3Ame"])


class Searching(Search):
    """What is found by the index: at once, before it can have heard of anything, and once it has."""

    async def hear(self) -> bytes:
        at_once = await super().hear()
        await self.world.chat.searchable()
        return at_once + await super().hear()


class Stream(Channel):
    """A live stream that stays open."""

    tap: Tap
    _taken = 0

    async def hear(self) -> bytes:
        await settle()
        self.refused = {401} if self.tap.ended else set()
        heard = bytes(self.tap.heard[self._taken :])
        self._taken = len(self.tap.heard)
        return heard


class Blocked(Stream):
    """A live stream whose reader takes nothing for a while."""

    def shut(self) -> None:
        self.tap.shut()

    def reopen(self) -> None:
        self.tap.reopen()


class Again(Channel):
    """A live stream opened anew from where one was before, each time."""

    place = ""

    async def hear(self) -> bytes:
        headers = self.key.headers(self.world)
        async with self.world.recorder.listening(self.key.role, headers, self.place, self.visiting) as tap:
            await settle()
        self.refused = {tap.status}
        return bytes(tap.heard)


class PollAgain(Again):
    """A long poll from where one was before, each time."""

    async def hear(self) -> bytes:
        answer = await self.world.poll(
            self.key.role, f"after={self.place}&{self.visiting}", **self.key.headers(self.world)
        )
        self.refused = {answer.status} if answer else set()
        return answer.body if answer else b""


class Poll(Again):
    """A long poll that waits; answered, it asks on from there."""

    def __init__(self, scene: Scene, key: Key) -> None:
        super().__init__(scene, key)
        self._heard = bytearray()

    async def run(self) -> None:
        while True:
            path = f"{LIVE}?wait=60&after={self.place}&{self.visiting}"
            headers = {**self.key.headers(self.world), "accept": "application/json"}
            answer = await self.world.recorder.ask(self.key.role, "GET", path, headers=headers)
            self._heard += answer.body
            if answer.status != 200:
                self.refused = {answer.status}
                return
            self.place = json.loads(answer.body)["next"]

    async def hear(self) -> bytes:
        await settle()
        heard = bytes(self._heard)
        self._heard.clear()
        return heard


@asynccontextmanager
async def asked(kind: type[Channel], scene: Scene, key: Key) -> AsyncIterator[Channel]:
    yield kind(scene, key)


@asynccontextmanager
async def opened(kind: type[Stream], scene: Scene, key: Key) -> AsyncIterator[Stream]:
    channel = kind(scene, key)
    headers = key.headers(scene.world)
    async with scene.world.recorder.listening(key.role, headers, query=channel.visiting) as channel.tap:
        assert channel.tap.status == 200
        yield channel


@asynccontextmanager
async def resumed(kind: type[Again], scene: Scene, key: Key) -> AsyncIterator[Again]:
    store = scene.world.chat.appliance.app.store
    channel = kind(scene, key)
    channel.place = f"{store.epoch}-{await store.read(log.last_number)}"
    async with trio.open_nursery() as nursery:
        if isinstance(channel, Poll):
            nursery.start_soon(channel.run)
            await settle()
        yield channel
        nursery.cancel_scope.cancel()


Open = Callable[[Scene, Key], AbstractAsyncContextManager[Channel]]
CHANNELS: dict[str, Open] = {
    "page": lambda scene, key: asked(Page, scene, key),
    "API": lambda scene, key: asked(Api, scene, key),
    "search": lambda scene, key: asked(Search, scene, key),
    "search by the index": lambda scene, key: asked(Searching, scene, key),
    "stream": lambda scene, key: opened(Stream, scene, key),
    "stream of one who does not read": lambda scene, key: opened(Blocked, scene, key),
    "stream taken up again": lambda scene, key: resumed(Again, scene, key),
    "long poll": lambda scene, key: resumed(Poll, scene, key),
    "long poll taken up again": lambda scene, key: resumed(PollAgain, scene, key),
}
