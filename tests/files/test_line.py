"""The line a file comes over: it breaks, dawdles, says too much; and what does not get through leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from convore_lite import files
from convore_lite.routes import form_body, uploads
from convore_lite.store import inline
from convore_lite.testing import Chat, Member, open_chat
from convore_lite.testing.chat import API

from .test_sending import kept

PLACE = f"{API}/files"
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
END = b"\r\n--x--\r\n"
FORM = {"content-type": "multipart/form-data; boundary=x"}


class Line:
    """A request of somebody whose body is given piece by piece."""

    def __init__(self, chat: Chat, member: Member, length: int | None = None) -> None:
        own = {"host": "chat.test", **FORM, "authorization": f"Bearer {member.token}"}
        if length is not None:
            own["content-length"] = str(length)
        self._doors = chat.appliance.doors
        self._scope = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "http_version": "1.1",
            "path": PLACE,
            "raw_path": PLACE.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in own.items()],
            "client": ("127.0.0.1", 1),
            "server": ("chat.test", 80),
            "extensions": {},
        }
        self._given, self._taken = trio.open_memory_channel[dict[str, Any]](0)
        self.status = 0
        self.answered = trio.Event()

    async def run(self) -> None:
        await self._doors(self._scope, self._taken.receive, self._send)

    async def give(self, body: bytes, *, more: bool = True) -> None:
        await self._given.send({"type": "http.request", "body": body, "more_body": more})

    async def hang_up(self) -> None:
        while True:
            await self._given.send({"type": "http.disconnect"})

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.answered.set()


async def test_a_broken_line_leaves_nothing_wherever_it_breaks(chat: Chat, chat_folder: Path) -> None:
    ann = await chat.member("ann")
    body = HEAD + bytes(700_000) + END
    for end in (0, 10, len(HEAD), len(HEAD) + 1, *range(65_536, len(body), 65_536), len(body) - 3):
        line = Line(chat, ann, len(body))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run)
            for place in range(0, end, 65_536):
                await line.give(body[place : min(end, place + 65_536)])
            nursery.start_soon(line.hang_up)
            await trio.testing.wait_all_tasks_blocked(0.05)
            nursery.cancel_scope.cancel()
        assert line.status == 0
        assert kept(chat_folder) == [], f"broken after {end} bytes"
    assert (
        await chat.appliance.app.store.read(lambda conn: conn.execute("SELECT count(*) FROM files").fetchone()[0]) == 0
    )
    await ann.send_file(b"and now whole")


async def test_who_dawdles_is_given_up(tmp_path: Path, autojump_clock: MockClock) -> None:
    """By a clock that jumps over waiting, in one thread."""
    async with open_chat(tmp_path, run_sync=inline) as chat:
        ann = await chat.member("ann")
        line = Line(chat, ann, 10_000_000)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run)
            await line.give(HEAD)
            begun = trio.current_time()
            for _ in range(5):
                await line.give(bytes(1000))
                await trio.sleep(3)
            await line.answered.wait()
            assert line.status == 408
            assert trio.current_time() - begun < form_body.PATIENCE + 10
            nursery.cancel_scope.cancel()
        assert kept(tmp_path) == []
        # As slow as a line may be, it gets through, however long that takes.
        line = Line(chat, ann)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run)
            begun = trio.current_time()
            await line.give(HEAD)
            for _ in range(100):
                await trio.sleep(2)
                await line.give(bytes(2 * form_body.SLOWEST))
            await line.give(END, more=False)
            await line.answered.wait()
            nursery.cancel_scope.cancel()
        assert line.status == 201
        assert trio.current_time() - begun >= 200


async def test_more_than_may_be_is_refused_while_it_comes(tmp_path: Path) -> None:
    async with open_chat(tmp_path, max_file_size=100_000) as chat:
        ann = await chat.member("ann")

        line = Line(chat, ann)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run)
            await line.give(HEAD)
            for _ in range(11):
                await line.give(bytes(10_000))
            await line.answered.wait()
            nursery.cancel_scope.cancel()
        assert line.status == 413
        assert (await ann.http.post(PLACE, files={"file": ("a", bytes(100_001))})).status_code == 413
        assert kept(tmp_path) == []
        await ann.send_file(bytes(100_000))


async def test_the_head_of_a_part_is_short(chat: Chat) -> None:
    """The decoder reads it at one go, and slowly where somebody means it to: half a second for these 190 kilobytes."""
    ann = await chat.member("ann")

    async def send(name: str) -> int:
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        content = head.encode() + b"hello\r\n--x--\r\n"
        kind = {"content-type": "multipart/form-data; boundary=x"}
        return (await ann.http.post(PLACE, content=content, headers=kind)).status_code

    assert await send("a" * 8_000) == 201
    assert await send("\\" * 40_000) == 413
    assert await send("\\" * 190_000) == 413


async def test_no_more_at_once_than_there_is_room_for(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    async with trio.open_nursery() as nursery:
        for _ in range(uploads.MOST_OF_ONE):
            line = Line(chat, ann)
            nursery.start_soon(line.run)
            await line.give(HEAD)
        refused = await ann.http.post(PLACE, files={"file": ("a", b"1")})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        await bob.send_file(b"1")
        nursery.cancel_scope.cancel()
    await ann.send_file(b"1")


async def test_bytes_are_counted(tmp_path: Path) -> None:
    """Half a gigabyte at once and then as much in an hour, told by the length before anything is read, or as it comes."""
    async with open_chat(tmp_path, rate_limits=True, max_file_size=400_000_000) as chat:
        ann, bob = await chat.member("ann"), await chat.member("bob")
        lines = [Line(chat, ann, 300_000_000), Line(chat, ann, 300_000_000), Line(chat, bob, 300_000_000)]
        async with trio.open_nursery() as nursery:
            for line in lines:
                nursery.start_soon(line.run)
                await trio.testing.wait_all_tasks_blocked(0.01)
            await lines[1].answered.wait()
            assert [line.status for line in lines] == [0, 429, 0]
            nursery.cancel_scope.cancel()


async def test_a_full_disk_keeps_room_for_words(chat: Chat, chat_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    monkeypatch.setattr(files, "RESERVE", 2**62)
    answer = await ann.http.post(PLACE, files={"file": ("a", b"hello")})
    assert (answer.status_code, answer.headers["retry-after"]) == (507, "30")
    assert kept(chat_folder) == []
    await ann.post(topic, "There is room for this")
    monkeypatch.undo()
    await ann.send_file(b"hello")


@pytest.mark.parametrize("step", ["os.fsync", "os.replace"])
async def test_a_disk_that_is_full_in_the_middle(
    chat: Chat, chat_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    ann = await chat.member("ann")
    monkeypatch.setattr(f"convore_lite.files.{step}", full)
    assert (await ann.http.post(PLACE, files={"file": ("a", b"hello")})).status_code == 507
    monkeypatch.undo()
    assert kept(chat_folder) == []
    await ann.send_file(b"hello")


async def test_who_may_not_is_refused(chat: Chat) -> None:
    ann = await chat.member("ann")
    signed_in = await chat.signed_in(ann)
    cookie = signed_in.http.headers["cookie"]

    strangers: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        ({"authorization": "Bearer nothing"}, 401),
        ({"cookie": cookie, "origin": "https://elsewhere.example"}, 403),
        ({"cookie": cookie, "sec-fetch-site": "cross-site"}, 403),
    ]
    async with chat.client() as client:
        for headers, status in strangers:
            answer = await client.post(PLACE, files={"file": ("a", b"1")}, headers=headers)
            assert answer.status_code == status, headers


async def test_a_key_that_is_taken_away_meanwhile(chat: Chat, chat_folder: Path) -> None:
    owner, ann = await chat.member("owner", role="owner"), await chat.member("ann")
    line = Line(chat, ann)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(line.run)
        await line.give(HEAD + b"hello")
        await owner.call("POST", "/users/ann/deactivate")
        await line.give(END, more=False)
        await line.answered.wait()
        nursery.cancel_scope.cancel()
    assert line.status == 401
    assert kept(chat_folder) == []
