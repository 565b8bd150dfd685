"""What nobody speaks of goes from the disk, and never what somebody is about to speak of."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from convore_lite.actions import files as file_actions
from convore_lite.store import files as file_store
from convore_lite.testing import Chat, open_chat

from .test_sending import kept

DAY = 24 * 3600 * 1000


async def test_what_nobody_posts_is_gone_after_a_day(tmp_path: Path) -> None:
    time = [1_700_000_000_000]
    async with open_chat(tmp_path, now=lambda: time[0]) as chat:
        app, ann = chat.appliance.app, await chat.member("ann")
        topic = (await ann.create_group("Home lab"))["default_topic_id"]
        posted, given_up = await ann.send_file(b"posted"), await ann.send_file(b"given up")
        await ann.post(topic, "", file_ids=[posted["id"]])
        time[0] += DAY - 1
        late = await ann.send_file(b"just now")
        for passing, left in ((0, 3), (2, 2), (DAY, 1)):
            time[0] += passing
            await file_actions.forget_unposted(app)
            await file_actions.clear_loose(app)
            assert len(kept(tmp_path)) == left
        assert (await ann.http.get(posted["url"])).content == b"posted"
        for gone in (given_up, late):
            assert (await ann.http.get(gone["url"])).status_code == 404
            answer = await ann.http.post(
                f"/api/v1/topics/{topic}/messages", json={"text": "", "file_ids": [gone["id"]]}
            )
            assert answer.status_code == 422


async def test_what_a_crash_left_is_gone_after_the_next_start(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        ann = await chat.member("ann")
        await ann.send_file(b"kept")
        (before,) = kept(tmp_path)
    orphan = tmp_path / "files" / "ab" / ("ab" + "0" * 62)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"without a row")
    (tmp_path / "files" / "unfinished" / "half").write_bytes(b"half")
    assert len(kept(tmp_path)) == 3
    async with open_chat(tmp_path) as chat:
        await file_actions.sweep(chat.appliance.app)
        assert kept(tmp_path) == [before]


@pytest.mark.parametrize("round_", range(3))
async def test_a_sweep_never_takes_what_is_about_to_be_kept(chat: Chat, chat_folder: Path, round_: int) -> None:
    """Many send the same few files and let them go again, while everything is swept all the time: every row has its bytes."""
    app = chat.appliance.app
    people = [await chat.member(f"person{number}") for number in range(4)]
    topic = (await people[0].create_group("Home lab"))["default_topic_id"]
    for person in people[1:]:
        await person.join("home-lab")
    done = trio.Event()

    async def live(number: int) -> None:
        person = people[number]
        for turn in range(5):
            file = await person.send_file(f"content {turn % 2}".encode())
            message = await person.post(topic, "", file_ids=[file["id"]])
            assert (await person.http.get(file["url"])).status_code == 200
            await person.call("DELETE", f"/messages/{message['id']}")
        assert (await person.http.get((await person.send_file(b"content 0"))["url"])).status_code == 200

    async def keep_sweeping() -> None:
        while not done.is_set():
            await file_actions.sweep(app)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_sweeping)
        async with trio.open_nursery() as living:
            for number in range(len(people)):
                living.start_soon(live, number)
        done.set()
    await file_actions.clear_loose(app)
    await file_actions.sweep(app)
    used = await app.store.read(file_store.used, kept(chat_folder))
    assert sorted(used) == kept(chat_folder)
    assert len(used) == 1
