"""A kept file as an answer: as what, under which name, which stretch, and not again where one has it."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from accounts import images
from api import corpora

from convore_lite.routes.downloads import disposition
from convore_lite.testing import Chat
from convore_lite.testing.chat import API
from convore_lite.words.file_names import LONGEST, file_name

FILM = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(range(256)) * 20


async def test_what_a_browser_is_given_it_as(chat: Chat) -> None:
    ann = await chat.member("ann")
    for data, name, media_type, shown in (
        (images.plain("PNG"), "a.png", "image/png", True),
        (images.plain("AVIF"), "a", "image/avif", True),
        (FILM, "a.mp4", "video/mp4", True),
        (b"ID3\x04\0\0\0\0\x10\0" + bytes(300), "a.mp3", "audio/mpeg", True),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(200), "a.mov", "video/quicktime", False),
        (images.SVG, "a.svg", "image/svg+xml", False),
        (images.PAGE, "a.png", "text/html", False),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf", False),
        (b"some words", "a.jpg", "text/plain", False),
        (bytes(range(256)), "a.html", "application/octet-stream", False),
    ):
        file = await ann.send_file(data, name)
        answer = await ann.http.get(file["url"])
        assert file["media_type"] == media_type, name
        assert answer.headers["content-type"] == (media_type if shown else "application/octet-stream")
        assert answer.headers["content-disposition"].startswith("inline;" if shown else "attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert {"sandbox", "default-src 'none'"} <= set(answer.headers["content-security-policy"].split("; "))
        assert answer.headers["cache-control"] == "private, no-cache"


async def test_one_stretch_of_it(chat: Chat) -> None:
    ann = await chat.member("ann")
    url, size = (await ann.send_file(FILM, "a.mp4"))["url"], len(FILM)
    for asked, begin, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=5-{size + 5000}", 5, size),
        ("bytes=-99999999", 0, size),
    ):
        answer = await ann.http.get(url, headers={"range": asked})
        whole = (begin, end) == (0, size)
        assert answer.status_code == (200 if whole else 206), asked
        assert answer.content == FILM[begin:end], asked
        assert answer.headers.get("content-range") == (None if whole else f"bytes {begin}-{end - 1}/{size}")
    for unheeded in (
        "bytes=0-1,5-6",
        "bytes=" + "0-0," * 5000 + "0-0",
        "items=0-1",
        "bytes=5-2",
        "bytes=-",
        "bytes=x-1",
    ):
        answer = await ann.http.get(url, headers={"range": unheeded})
        assert (answer.status_code, len(answer.content)) == (200, size), unheeded[:40]
    for impossible in (f"bytes={size}-", "bytes=999999-", "bytes=-0"):
        answer = await ann.http.get(url, headers={"range": impossible})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}"), impossible


async def test_not_again_what_one_has_and_may_still_read(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Secret garden", "private")
    await ann.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "member"})
    file = await ann.send_file(images.plain(), "a.png")
    await ann.post(group["default_topic_id"], "", file_ids=[file["id"]])
    for url in (file["url"], file["thumb_url"]):
        first = await bob.http.get(url)
        known = {"if-none-match": first.headers["etag"]}
        again = await bob.http.get(url, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert (await bob.http.get(url, headers={"if-none-match": '"other"'})).status_code == 200
        stretch = {"range": "bytes=0-1", "if-range": first.headers["etag"]}
        assert (await bob.http.get(url, headers=stretch)).status_code == 206
        assert (await bob.http.get(url, headers={**stretch, "if-range": '"other"'})).status_code == 200
        head = await bob.http.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(first.content))
    await ann.call("DELETE", f"/groups/{group['id']}/members/bob")
    for url in (file["url"], file["thumb_url"]):
        assert (await bob.http.get(url, headers=known)).status_code == 404
        assert (await bob.http.head(url, headers={"range": "bytes=0-1"})).status_code == 404


async def test_nobody_learns_that_somebody_else_has_the_same_file(chat: Chat) -> None:
    """Neither the answer nor the time of it: what is here already is written once more, and then let go."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    hers, his = await ann.send_file(FILM, "a.mp4"), await bob.send_file(FILM, "a.mp4")
    assert {**hers, "id": 0, "url": ""} == {**his, "id": 0, "url": ""}
    assert hers["id"] != his["id"]
    assert (await bob.http.get(hers["url"])).status_code == 404


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\plan.txt", "plan.txt"),
        ("..", "file"),
        ("", "file"),
        ("\u200d \u202e", "file"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("one\r\ntwo: 3.txt", "one two: 3.txt"),
        ("tab\there\x00\x1b[31m.txt", "tab here[31m.txt"),
        ('quoted "it"; filename=x.txt', 'quoted "it"; filename=x.txt'),
        ("зачем.txt", "зачем.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("\U0001f469\u200d\U0001f52c.png", "\U0001f469\u200d\U0001f52c.png"),
        ("раypal.txt", "раypal.txt"),  # with two letters that are not Latin: a name of a file is nobody's
        ("\ufeffplan\u2066.txt", "plan.txt"),
        ("\ue000\uffff\ud800.txt", ".txt"),
        ("x" * 500 + ".tar", "x" * 196 + ".tar"),
        ("ü" * 150, "ü" * 100),
        (".gitignore", ".gitignore"),
        ("ends with dots. . .", "ends with dots"),
    ],
)
def test_names(sent: str, kept: str) -> None:
    name = file_name(sent)
    assert name == unicodedata.normalize("NFC", kept)
    assert file_name(name) == name
    header = disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_names_of_the_corpora() -> None:
    found = corpora.names()
    sent = [*itertools.chain(*found["impersonation"]), *found["layout"], *corpora.naughty_strings()]
    assert len(sent) > 500
    for one in (start + end for start in sent for end in ("", ".txt", "x" * 190 + ".png")):
        name = file_name(one)
        assert name == file_name(name)
        assert 1 <= len(name.encode()) <= LONGEST
        assert not {name} & {".", ".."}
        assert not set(name) & {"/", "\\", "\r", "\n", "\u202e"}
        header = disposition("attachment", name)
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2


@pytest.mark.parametrize("name", ["thumb", "a/b?c#d%20é.txt", 'with "quotes"; and=more.txt', "%00.txt", "100%.txt"])
async def test_a_file_of_any_name_is_found(chat: Chat, name: str) -> None:
    ann = await chat.member("ann")
    file = await ann.send_file(b"words", name)
    assert file["name"] == file_name(name)
    answer = await ann.http.get(file["url"])
    assert (answer.status_code, answer.content) == (200, b"words")
    assert (await ann.http.get(f"{API}/files/{file['id']}/thumb")).status_code == 404
