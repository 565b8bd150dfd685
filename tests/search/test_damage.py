"""Whatever happens to the index, people go on posting and searching, and soon it finds again what a new one would."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.lowlevel

from convore_lite.actions import App, indexing
from convore_lite.index import handle
from convore_lite.index.handle import IndexAway
from convore_lite.testing import Chat, Member

from . import oracle

Damage = Callable[[Path], None]


def delete(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zero(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    with path.open("r+b") as file:
        file.write(content)


def make_unreadable(path: Path) -> None:
    """Also for whoever is root, to whom no mode forbids anything."""
    path.unlink()
    path.mkdir()


DAMAGES: list[Damage] = [delete, truncate, zero, flip, make_unreadable]


@dataclass
class Scene:
    chat: Chat
    ann: Member
    topic: int
    rnd: random.Random

    @property
    def app(self) -> App:
        return self.chat.appliance.app

    @property
    def folder(self) -> Path:
        """Where the index is that answers now."""
        return max(self.app.settings.search_index.iterdir(), key=lambda path: int(path.name))

    async def say(self, count: int = 1) -> None:
        for _ in range(count):
            await self.ann.post(self.topic, oracle.text(self.rnd))

    async def finds_all(self, questions: int) -> None:
        await self.chat.searchable()
        asked = oracle.questions(self.rnd, questions, (self.ann.username, self.ann.id))
        await oracle.check(self.app, self.ann.id, asked)

    async def answers(self) -> dict[str, Any]:
        """A search is answered now, in whatever state the index is."""
        answer: dict[str, Any] = await self.ann.call("GET", "/search", q=self.rnd.choice(oracle.WORDS))
        return answer


@pytest.fixture
async def scene(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(handle, "PAUSES", (0.0,))
    monkeypatch.setattr(indexing, "PAUSES", (0.05,))
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    scene = Scene(chat, ann, group["default_topic_id"], random.Random(7))
    await scene.say(30)
    await scene.finds_all(20)
    # A second commit, which takes something out of the first: so there is a file of what is deleted, too.
    first = (await ann.messages(scene.topic))[0]
    await ann.call("DELETE", f"/messages/{first['id']}")
    await scene.finds_all(20)
    return scene


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damage_is_found_by_looking_and_mended(scene: Scene, damage: Damage) -> None:
    """As it is done every night. Each file in turn; what is not needed may be damaged as it likes."""
    kinds = sorted({path.suffix for path in scene.folder.iterdir() if path.suffix not in (".lock", ".json")})
    assert {".del", ".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term"} <= set(kinds)
    for kind in kinds:
        damaged = next(path for path in sorted(scene.folder.iterdir()) if path.suffix == kind and path.stat().st_size)
        damage(damaged)
        with suppress(IndexAway):  # it came to its end by that file before it could look
            assert not await scene.app.index.verify(), damaged.name
        await scene.say()
        await scene.answers()
        await scene.finds_all(10)
        await _delete_one(scene)
    await scene.finds_all(500)


async def _delete_one(scene: Scene) -> None:
    """So that the new index has a file of what is deleted, too."""
    last = (await scene.ann.messages(scene.topic))[-1]
    await scene.ann.call("DELETE", f"/messages/{last['id']}")
    await scene.chat.searchable()


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damage_is_found_at_the_start_and_mended(scene: Scene, damage: Damage) -> None:
    for name in ("meta.json", "manifest.json", ".managed.json", "*.idx"):
        before = scene.folder
        damage(next(before.glob(name)))
        await _kill(scene.app)
        await scene.say()
        await scene.finds_all(10)
    await scene.finds_all(500)


async def _kill(app: App) -> None:
    process = app.index.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    while app.index.process_id in (process, None):
        await app.index.wait_changed()


async def test_a_file_cut_off_under_the_reader_ends_that_process_alone(scene: Scene) -> None:
    """A memory map beyond the end of its file: SIGBUS, which nothing can catch."""
    before = scene.app.index.process_id
    for path in scene.folder.iterdir():
        if path.suffix in (".idx", ".term", ".fast", ".pos"):
            os.truncate(path, 0)
    for _ in range(20):
        answer = await scene.answers()
        assert "items" in answer
    await scene.say()
    await scene.finds_all(500)
    assert scene.app.index.process_id != before


async def test_killed_in_the_middle_of_writing(scene: Scene) -> None:
    for number in range(5):
        await scene.say(3)
        await trio.lowlevel.checkpoint()
        process = scene.app.index.process_id
        if process is not None:
            os.kill(process, signal.SIGKILL)
        await scene.say(number)
        assert (await scene.answers())["items"] is not None
    await scene.finds_all(500)


async def test_whoever_goes_away_while_asking_ends_nothing(scene: Scene) -> None:
    """As pages do that search while one types."""
    process = scene.app.index.process_id
    for _ in range(3):
        with trio.CancelScope() as gone:
            gone.cancel()
            await scene.app.index.holds([1], newest=1)
        assert gone.cancelled_caught
    await scene.finds_all(20)
    assert scene.app.index.process_id == process


async def test_locks_left_behind_hold_nobody_up(scene: Scene) -> None:
    """Whoever is killed leaves the files of its locks, and nobody holds them any more."""
    await _kill(scene.app)
    assert {path.name for path in scene.folder.glob("*.lock")} >= {".tantivy-writer.lock"}
    await scene.say()
    await scene.finds_all(20)


async def test_a_full_disk(scene: Scene) -> None:
    """Not one byte more may be written to a file. What was found before is found meanwhile, and posting knows nothing of it."""
    process = scene.app.index.process_id
    assert process is not None
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    event = scene.app.index.standing.event
    await scene.say(3)
    await trio.sleep(0.3)
    assert scene.app.index.standing.event == event
    assert scene.app.index.process_id == process
    assert (await scene.answers())["items"] is not None
    resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await scene.finds_all(500)


async def test_the_folder_is_deleted_while_the_server_runs(scene: Scene) -> None:
    shutil.rmtree(scene.app.settings.search_index)
    await scene.say(3)
    assert (await scene.answers())["items"] is not None
    await scene.finds_all(500)


async def test_a_new_index_is_made_while_the_old_one_answers(scene: Scene) -> None:
    old = scene.folder
    scene.app.index.make_anew()
    assert (await scene.answers())["complete"]
    await scene.finds_all(500)
    assert scene.folder != old
    assert not old.exists()
