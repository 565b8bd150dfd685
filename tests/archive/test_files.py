"""Files in an archive: their bytes go out in lines and come back, each once, or what is wrong is said."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import trio
from accounts import images
from files.test_sending import kept

from convore_lite.testing import Chat, open_chat
from convore_lite.words.archive import PART, AnyLine, ArchivedFile, FileLine

from .files import LAB, export, file, kinds, message, refused, take, taken_whole


def lines_of(data: bytes) -> list[AnyLine]:
    name = hashlib.sha256(data).hexdigest()
    last = (len(data) - 1) // PART
    return [FileLine(name, n, n == last, data[n * PART : (n + 1) * PART]) for n in range(last + 1)]


def named(data: bytes, name: str = "a.txt") -> ArchivedFile:
    return ArchivedFile(name, hashlib.sha256(data).hexdigest())


async def test_files_go_out_and_come_back(chat: Chat, tmp_path: Path) -> None:
    ann = await chat.member("ann", role="owner")
    topic = (await ann.create_group("Lab"))["default_topic_id"]
    long = bytes(range(256)) * 1600  # in four parts
    sent = {}
    for data, name in (
        (images.photograph(), "a.jpg"),
        (long, "long.bin"),
        (b"x" * PART, "just one part"),
        (b"gone", "g"),
    ):
        sent[name] = await ann.send_file(data, name)
    await ann.post(topic, "Look", file_ids=[sent["a.jpg"]["id"], sent["long.bin"]["id"]])
    again = await ann.send_file(long, "the same, by another name.bin")
    await ann.post(topic, "", file_ids=[again["id"], sent["just one part"]["id"]])
    gone = await ann.post(topic, "", file_ids=[sent["g"]["id"]])
    await ann.call("DELETE", f"/messages/{gone['id']}")
    await ann.send_file(b"not posted")
    content = await export(chat, tmp_path)
    assert kinds(content) == ["user", "group", "topic"] + ["file"] * 6 + ["message"] * 3 + ["member"]
    async with open_chat(tmp_path / "elsewhere") as elsewhere:
        tally = await taken_whole(elsewhere, content)
        assert (tally.taken["file"], tally.taken["message"]) == (3, 3)
        assert await export(elsewhere, tmp_path) == content
        again = await taken_whole(elsewhere, content)
        assert (sum(again.taken.values()), again.present["message"], again.present["file"]) == (0, 3, 3)
        dee = await elsewhere.member("dee", role="owner")
        there = await dee.call("GET", "/groups/lab")
        first, second, _ = await dee.messages(there["default_topic_id"])
        assert [one["name"] for one in first["files"] + second["files"]] == [
            "a.jpg",
            "long.bin",
            "the same, by another name.bin",
            "just one part",
        ]
        shown = first["files"][0]
        assert (shown["width"], shown["media_type"]) == (300, "image/jpeg")
        assert (await dee.http.get(shown["thumb_url"])).status_code == 200
        assert (await dee.http.get(second["files"][0]["url"])).content == long


async def test_what_is_wrong_with_files_is_said(chat: Chat, chat_folder: Path) -> None:
    data, other = b"letter" * 30_000, b"another"
    first, *_ = lines_of(data)
    assert isinstance(first, FileLine)
    lying = FileLine(named(other).sha256, 0, True, b"not that")
    whole = b"".join(line.data for line in lines_of(data) if isinstance(line, FileLine))
    assert whole == data
    content = file(
        *LAB,
        first,
        lying,
        message(1, "", files=[named(data)]),
        message(2, "", files=[named(other)]),
        message(3, "", files=[]),
        message(4, "stays"),
    )
    tally = await take(chat, content)
    assert [number for number, _ in refused(tally)] == [8, 9, 10, 11]
    assert "hash" in refused(tally)[0][1]
    assert tally.taken["message"] == 1
    assert [name for name in kept(chat_folder) if len(name) == 64] == []


async def test_what_hides_in_a_foreign_archive_goes(chat: Chat, chat_folder: Path) -> None:
    hiding = images.photograph()
    tally = await taken_whole(
        chat, file(*LAB, *lines_of(hiding), message(1, "", files=[named(hiding, "../a\u202eb.jpg")]))
    )
    assert tally.taken["message"] == 1
    owner = await chat.member("owner", role="owner")
    (said,) = await owner.messages((await owner.call("GET", "/groups/lab"))["default_topic_id"])
    assert said["files"][0]["name"] == "ab.jpg"
    assert images.CAMERA not in (await owner.http.get(said["files"][0]["url"])).content


async def test_a_name_of_bytes_is_a_hash_and_no_path(chat: Chat, tmp_path: Path) -> None:
    line = json.dumps({"kind": "file", "sha256": "../../evil", "part": 0, "last": True, "data": "aGVsbG8="})
    tally = await take(chat, file(*LAB) + line.encode() + b"\n")
    assert [number for number, _ in refused(tally)] == [7]
    assert await trio.to_thread.run_sync(lambda: list(tmp_path.rglob("*evil*"))) == []
