"""Files: sent, posted with a message, read by whoever may read that, and gone with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from accounts import images

from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import API
from convore_lite.words.models import MOST_FILES


def kept(folder: Path) -> list[str]:
    """The names of all bytes on the disk, those on their way too."""
    return sorted(path.name for path in (folder / "files").rglob("*") if path.is_file())


async def posts(member: Member, topic: int, status: int = 201, **fields: Any) -> Any:
    answer = await member.http.post(f"{API}/topics/{topic}/messages", json={"text": "", **fields})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_file_may_be_called_by_digits(chat: Chat) -> None:
    ann = await chat.member("ann")
    for name in ("007", "2026" * 8):
        file = await ann.send_file(b"hello there", name)
        assert (await ann.http.get(file["url"])).content == b"hello there"


async def test_a_file_is_its_senders_alone_until_it_is_posted(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    await bob.join("home-lab")
    file = await ann.send_file(b"hello there", "letter.txt")
    url = f"{API}/files/{file['id']}/letter.txt"
    assert file == {
        "id": file["id"],
        "name": "letter.txt",
        "media_type": "text/plain",
        "size": 11,
        "width": None,
        "height": None,
        "url": url,
        "thumb_url": None,
    }
    assert (await ann.http.get(url)).content == b"hello there"
    refused, missing = await bob.http.get(url), await bob.http.get(f"{API}/files/999/letter.txt")
    assert (refused.status_code, refused.content) == (missing.status_code, missing.content)
    assert refused.status_code == 404
    async with bob.live() as stream:
        message = await posts(ann, topic, file_ids=[file["id"]])
        event = await stream.next("message_posted")
    assert message["files"] == event["message"]["files"] == [file]
    assert (await bob.messages(topic))[-1]["files"] == [file]
    assert (await bob.http.get(url)).content == b"hello there"


async def test_what_cannot_be_posted(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    file, other = await ann.send_file(b"one"), await bob.send_file(b"two")
    await posts(ann, topic, file_ids=[file["id"]])
    for file_ids in ([other["id"]], [file["id"]], [999], [1, 1], list(range(1, MOST_FILES + 2))):
        problem = await posts(ann, topic, 422, file_ids=file_ids)
        assert problem["errors"][0]["field"].startswith("file_ids")
    await posts(ann, topic, 422)
    assert [message["files"] for message in await ann.messages(topic)] == [[file]]


async def test_a_retry_is_the_same_message_with_the_same_files(chat: Chat) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    one, two, third = [await ann.send_file(str(number).encode()) for number in range(3)]
    body = {"text": "Look", "client_id": "x", "file_ids": [two["id"], one["id"]]}
    first = await posts(ann, topic, 201, **body)
    assert first["files"] == [two, one]
    assert await posts(ann, topic, 200, **body) == first
    for file_ids in ([one["id"], two["id"]], [two["id"]], [], [two["id"], one["id"], third["id"]]):
        await posts(ann, topic, 409, **{**body, "file_ids": file_ids})
    await ann.call("PATCH", f"/messages/{first['id']}", {"text": ""})
    assert (await posts(ann, topic, 200, **body))["files"] == [two, one]


async def test_bytes_go_with_the_last_message_that_has_them(chat: Chat, chat_folder: Path) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    await bob.join("home-lab")
    messages = []
    for member in (ann, bob):
        file = await member.send_file(images.plain(), "same.png")
        messages.append(await member.post(topic, "Look", file_ids=[file["id"]]))
    assert len(kept(chat_folder)) == 2  # the picture and the small one, once each
    await ann.call("DELETE", f"/messages/{messages[0]['id']}")
    assert (await ann.http.get(messages[0]["files"][0]["url"])).status_code == 404
    assert (await ann.http.get(messages[1]["files"][0]["thumb_url"])).status_code == 200
    assert len(kept(chat_folder)) == 2
    await bob.call("DELETE", f"/messages/{messages[1]['id']}")
    assert kept(chat_folder) == []


@pytest.mark.parametrize("what", ["topic", "group", "account"])
async def test_bytes_go_with_everything_they_went_with(chat: Chat, chat_folder: Path, what: str) -> None:
    await chat.member("owner", role="owner")
    ann = await chat.signed_in(await chat.member("ann"))
    group = await ann.create_group("Home lab")
    topic = await ann.open_topic(group["id"], "Plans")
    file = await ann.send_file(b"hello")
    moved = await ann.post(group["default_topic_id"], "Look", file_ids=[file["id"]])
    await ann.call(
        "POST",
        f"/topics/{group['default_topic_id']}/move",
        {"message_ids": [moved["id"]], "to": {"topic_id": topic["id"]}},
    )
    assert (await ann.http.get(file["url"])).content == b"hello"
    await ann.send_file(b"unposted")
    unposted = 1 if what != "account" else 0
    assert len(kept(chat_folder)) == 2
    calls: dict[str, tuple[Any, ...]] = {
        "topic": ("DELETE", f"/topics/{topic['id']}"),
        "group": ("DELETE", f"/groups/{group['id']}"),
        "account": ("DELETE", "/me", {"password": ann.password, "messages": "delete"}),
    }
    await ann.call(*calls[what])
    assert len(kept(chat_folder)) == unposted


async def test_what_was_sent_must_be_a_form_with_a_file(chat: Chat, chat_folder: Path) -> None:
    ann = await chat.member("ann")
    place = f"{API}/files"
    form = {"content-type": "multipart/form-data; boundary=x"}
    for options, status in (
        ({"content": b"hello", "headers": {"content-type": "text/plain"}}, 415),
        ({"json": {}}, 415),
        ({"files": {"other": ("a", b"hello")}}, 422),
        ({"files": {"file": ("a", b"")}}, 422),
        ({"files": [("file", ("a", b"1")), ("file", ("b", b"2"))]}, 422),
        ({"content": b"hello", "headers": form}, 400),
        ({"content": b"--x\r\n\r\nhello\r\n--x--\r\n", "headers": form}, 400),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhel',
                "headers": form,
            },
            400,
        ),
        ({"content": b"--x--\r\n", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"content": b"--x--\r\n", "headers": {"content-type": f"multipart/form-data; boundary={'x' * 80}"}}, 400),
        ({"files": {"file": ("a", bytes(26_000_000))}}, 413),
        ({"data": {"text": "x" * 200_000}, "files": {"file": ("a", b"1")}}, 413),
    ):
        answer = await ann.http.post(place, **options)  # type: ignore[arg-type]
        assert answer.status_code == status, (options, answer.text)
        assert answer.json()["detail"]
    # Of the form with two files the first was kept, and nobody will post it.
    assert len(kept(chat_folder)) == 1
