"""Messages in the API: what was said comes back as it was said, once, and in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import trio

from convore_lite.routes.api import BASE
from convore_lite.store import Writer, people
from convore_lite.testing import Chat, Member, open_chat

from . import corpora
from .answers import check_problem, count_rows
from .conftest import Place

JSON = {"content-type": "application/json"}
FIELDS = [
    *("id", "group_id", "topic_id", "seq", "author", "text", "nodes", "html", "created_at", "edited_at", "deleted"),
    *("reply_to", "files", "reactions", "previews", "stars", "client_id", "undone", "quoted", "my"),
]
# The message of Convore's article, and what it became (api.md, "The node list of a message").
ARTICLE = "@ericflo @simonw Here's how we connect/disconnect from Redis in production: http://dpaste.com/406797/"
ARTICLE_NODES = """[
  {"type": "username", "user_id": 1, "username": "ericflo", "markup": "<a href=\\"/users/ericflo/\\">@ericflo</a>"},
  {"type": "username", "user_id": 56, "username": "simonw", "markup": " <a href=\\"/users/simonw/\\">@simonw</a>"},
  {"type": "text", "markup": " Here's how we connect/disconnect from Redis in production: "},
  {"type": "url", "url": "http://dpaste.com/406797/", "markup": "<a href=\\"http://dpaste.com/406797/\\" target=\\"_blank\\">http://dpaste.com/406797/</a>"}
]"""
NAUGHTY = [
    "undefined",
    "NULL",
    "1E+02",
    "￿￾",
    "\0",
    "\t\u000b\u000c\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff",
    " ",
    "\r\n\r\n",
    "ثم نفس سقطت",
    "\u202e\u202dtest\u2066\u2069",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "👩🏽‍🚀🏴‍☠️",
    "<script>alert(0)</script>",
    "'; DROP TABLE users; --",
    "%s%s%n{0}{{7*7}}${7*7}",
    "../../../etc/passwd%00",
    "\\x00\\u0000&#0;&amp;",
]


def messages_path(topic: int) -> str:
    return f"{BASE}/topics/{topic}/messages"


async def test_a_message(place: Place) -> None:
    answer = await place.bob.http.post(messages_path(place.topic), json={"text": "hello @ann", "client_id": "c1"})
    assert answer.status_code == 201
    message = answer.json()
    assert list(message) == FIELDS
    assert list(message["author"]) == ["id", "username", "name", "kind", "avatar_url", "deactivated"]
    expected = {
        **{"group_id": place.group["id"], "topic_id": place.topic, "seq": 1, "text": "hello @ann", "client_id": "c1"},
        **{
            "edited_at": None,
            "deleted": False,
            "reply_to": None,
            "files": [],
            "reactions": [],
            "previews": [],
            "stars": 0,
        },
        "my": {"starred": False},
    }
    assert {name: message[name] for name in expected} == expected
    assert message["html"] == "".join(node["markup"] for node in message["nodes"])
    for member in (place.ann, place.bob, place.cleo):  # the group is public
        assert await member.call("GET", f"/messages/{message['id']}") == message
        assert await member.messages(place.topic) == [message]
    [mention] = (await place.ann.call("GET", "/me/mentions"))["items"]
    assert mention == {"message": message, "unread": True, "keyword": None}
    reply = await place.ann.post(place.topic, "hello yourself", reply_to=message["id"])
    assert (reply["reply_to"], reply["seq"]) == (message["id"], 2)
    assert reply["client_id"]  # made here where the client gave none


async def test_the_article_s_example(chat_folder: Path) -> None:
    """Users ericflo with id 1 and simonw with id 56, as on convore.com."""
    async with open_chat(chat_folder) as chat:
        ericflo = await chat.member("ericflo")
        await chat.appliance.app.store.write(fill_up, upto=55)
        simonw = await chat.member("simonw")
        assert (ericflo.id, simonw.id) == (1, 56)
        topic = (await ericflo.create_group("Redis"))["default_topic_id"]
        await simonw.join("redis")
        posted = await simonw.post(topic, ARTICLE)
        assert posted["nodes"] == json.loads(ARTICLE_NODES)
        again = await ericflo.http.get(f"{BASE}/messages/{posted['id']}")
        assert again.json()["nodes"] == json.loads(ARTICLE_NODES)
        assert again.json()["html"] == "".join(node["markup"] for node in json.loads(ARTICLE_NODES))
        # Field for field in the same order, too.
        assert json.dumps(again.json()["nodes"]) == json.dumps(json.loads(ARTICLE_NODES))


def fill_up(conn: Writer, *, upto: int) -> None:
    for number in range(2, upto + 1):
        people.insert(conn, f"somebody.{number}x", "Somebody", at=0)


async def check_texts(place: Place, texts: list[str]) -> None:
    """Each comes back as it was sent: in the answer, in the topic, alone, and in the stream."""
    async with place.bob.live() as stream:
        for text in texts:
            posted = await place.ann.post(place.topic, text)
            assert posted["text"] == text
            assert (await stream.next("message_posted"))["message"]["text"] == text
            assert (await place.bob.call("GET", f"/messages/{posted['id']}"))["text"] == text
    listed: list[str] = []
    query: dict[str, int] = {}
    while len(listed) < len(texts):
        page = await place.bob.messages(place.topic, limit=200, **query)
        listed = [message["text"] for message in page] + listed
        query = {"before": page[0]["id"]}
    assert listed == texts


async def test_naughty_strings(place: Place) -> None:
    await check_texts(place, NAUGHTY)


async def test_the_corpus_of_naughty_strings(place: Place) -> None:
    texts = [text for text in corpora.naughty_strings() if text]
    assert len(texts) > 400
    await check_texts(place, texts)


async def test_how_long_a_text_may_be(place: Place) -> None:
    """16 KiB of UTF-8, whatever its characters take."""
    for character in ("x", "é", "€", "😀"):
        size = len(character.encode())
        longest = character * (16384 // size) + "x" * (16384 % size)
        assert len(longest.encode()) == 16384
        assert (await place.ann.post(place.topic, longest))["text"] == longest
        escaped = json.dumps({"text": longest}).encode()
        assert (await place.ann.http.post(messages_path(place.topic), content=escaped, headers=JSON)).status_code == 201
        before = await count_rows(place.chat)
        answer = await place.ann.http.post(messages_path(place.topic), json={"text": longest + "x"})
        check_problem(answer, 413)
        assert await count_rows(place.chat) == before


async def test_what_is_refused(place: Place) -> None:
    other = await place.ann.open_topic("home-lab", "Other", "elsewhere")
    [elsewhere] = await place.ann.messages(other["id"])
    before = await count_rows(place.chat)
    for body, status, field in (
        ({"text": ""}, 422, "text"),
        ({"text": "x", "client_id": ""}, 422, "client_id"),
        ({"text": "x", "client_id": "x" * 101}, 422, "client_id"),
        ({"text": "x", "reply_to": elsewhere["id"]}, 422, "reply_to"),
        ({"text": "x", "reply_to": 99999}, 422, "reply_to"),
        ({"text": "x", "file_ids": [1]}, 422, "file_ids.0"),
        ({"text": "x", "file_ids": ["1"]}, 422, "file_ids.0"),
        ({"text": "x", "my": {}}, 422, "my"),
    ):
        check_problem(await place.ann.http.post(messages_path(place.topic), json=body), status, field)
    check_problem(await place.cleo.http.post(messages_path(place.topic), json={"text": "x"}), 403)
    check_problem(await place.cleo.http.post(messages_path(99999), json={"text": "x"}), 404)
    assert await count_rows(place.chat) == before


async def test_a_locked_topic_is_for_admins(place: Place) -> None:
    await place.bob.post(place.topic, "before")
    await place.chat.appliance.app.store.write(lambda conn: conn.execute("UPDATE topics SET locked = 1"))
    check_problem(await place.bob.http.post(messages_path(place.topic), json={"text": "x"}), 403)
    assert (await place.ann.post(place.topic, "I may"))["seq"] == 2
    assert (await place.bob.call("GET", f"/topics/{place.topic}"))["locked"] is True


async def post_as(member: Member, topic: int, body: dict[str, Any]) -> httpx2.Response:
    return await member.http.post(messages_path(topic), json=body)


async def test_a_retry_is_the_first_message(place: Place) -> None:
    body = {"text": "once", "client_id": "c-1"}
    answers: list[httpx2.Response] = []

    async def send() -> None:
        answers.append(await post_as(place.ann, place.topic, body))

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(send)
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.content for answer in answers}) == 1
    assert [message["text"] for message in await place.bob.messages(place.topic)] == ["once"]
    assert (await post_as(place.bob, place.topic, body)).status_code == 201  # everybody's ids are their own


async def test_the_same_id_for_something_else_is_a_conflict(place: Place) -> None:
    other = (await place.ann.open_topic("home-lab", "Other"))["id"]
    first = await place.ann.post(place.topic, "first")
    assert (await post_as(place.ann, place.topic, {"text": "x", "client_id": "c"})).status_code == 201
    before = await count_rows(place.chat)
    for topic, body in (
        (place.topic, {"text": "y", "client_id": "c"}),
        (other, {"text": "x", "client_id": "c"}),
        (place.topic, {"text": "x", "client_id": "c", "reply_to": first["id"]}),
    ):
        check_problem(await post_as(place.ann, topic, body), 409)
    assert (await post_as(place.ann, place.topic, {"text": "x", "client_id": "c"})).status_code == 200
    assert await count_rows(place.chat) == before


async def test_a_retry_after_a_restart(chat_folder: Path) -> None:
    body = {"text": "once", "client_id": "c"}
    async with open_chat(chat_folder) as chat:
        ann = await chat.member("ann")
        topic = (await ann.create_group("Home lab"))["default_topic_id"]
        first = await post_as(ann, topic, body)
    async with open_chat(chat_folder) as chat:
        again = await post_as(chat.member_with(ann.user, ann.token), topic, body)
    assert (first.status_code, again.status_code, again.content) == (201, 200, first.content)


async def test_a_retry_of_somebody_who_was_taken_out(chat: Chat) -> None:
    """It tells nothing of a group that is not theirs any more."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Secret", "private")
    path = f"/groups/{group['id']}/members/bob"
    await ann.call("PUT", path, {"role": "member"})
    topic, body = group["default_topic_id"], {"text": "once", "client_id": "c"}
    assert (await post_as(bob, topic, body)).status_code == 201
    await ann.call("DELETE", path)
    check_problem(await post_as(bob, topic, body), 404)


async def test_everybody_sees_one_order(place: Place) -> None:
    """Sixteen write at once; seq runs 1, 2, 3 … in each topic, and is the order of ids, of pages and of the stream."""
    writers = [await place.chat.member(f"writer{number}") for number in range(16)]
    for writer in writers:
        await writer.join("home-lab")
    other = (await place.ann.open_topic("home-lab", "Other"))["id"]

    async def write(member: Member) -> None:
        for number in range(6):
            await member.post(place.topic if number % 3 else other, f"{member.username} {number}")

    async with place.bob.live() as stream:
        async with trio.open_nursery() as nursery:
            for writer in writers:
                nursery.start_soon(write, writer)
        streamed = [(await stream.next("message_posted"))["message"] for _ in range(96)]
    for topic, count in ((place.topic, 64), (other, 32)):
        listed = await place.bob.messages(topic, limit=200)
        assert [message["seq"] for message in listed] == list(range(1, count + 1))
        assert [message["id"] for message in listed] == sorted(message["id"] for message in listed)
        assert [message["id"] for message in streamed if message["topic_id"] == topic] == [one["id"] for one in listed]
        alone = await place.bob.call("GET", f"/topics/{topic}")
        assert (alone["message_count"], alone["last_seq"]) == (count, count)


async def test_paging(place: Place) -> None:
    ids = [(await place.ann.post(place.topic, f"m{number}"))["id"] for number in range(10)]
    other = (await place.ann.open_topic("home-lab", "Other", "x"))["id"]

    async def page(**query: Any) -> tuple[list[int], int | None]:
        found = await place.bob.call("GET", f"/topics/{place.topic}/messages", **query)
        return [ids.index(message["id"]) for message in found["items"]], found["next"]

    assert await page() == (list(range(10)), None)
    assert await page(limit=4) == ([6, 7, 8, 9], ids[6])
    assert await page(limit=4, before=ids[6]) == ([2, 3, 4, 5], ids[2])
    assert await page(limit=4, before=ids[2]) == ([0, 1], None)
    assert await page(limit=2, before=ids[2]) == ([0, 1], None)
    assert await page(before=ids[0]) == ([], None)
    assert await page(limit=4, after=ids[1]) == ([2, 3, 4, 5], ids[5])
    assert await page(limit=4, after=ids[5]) == ([6, 7, 8, 9], None)
    assert await page(after=ids[9]) == ([], None)
    assert await page(limit=5, around=ids[5]) == ([3, 4, 5, 6, 7], None)
    assert await page(limit=4, around=ids[5]) == ([3, 4, 5, 6], None)
    assert await page(limit=1, around=ids[5]) == ([5], None)
    assert (await page(limit=5, around=ids[0]))[0][0] == 0
    assert (await page(limit=5, around=ids[9]))[0][-1] == 9
    [elsewhere] = await place.ann.messages(other)
    for name in ("before", "after", "around"):
        for wrong in (99999, elsewhere["id"]):
            check_problem(await place.bob.http.get(messages_path(place.topic), params={name: wrong}), 404)


async def test_ignored_people_are_left_out_of_pages(place: Place) -> None:
    said = [await (place.ann if number % 2 else place.bob).post(place.topic, f"m{number}") for number in range(10)]
    await place.bob.call("PUT", "/me/ignored/ann")
    seen = [message["text"] for message in await place.bob.messages(place.topic)]
    assert seen == ["m0", "m2", "m4", "m6", "m8"]
    page = await place.bob.call("GET", f"/topics/{place.topic}/messages", limit=2)
    assert [message["text"] for message in page["items"]] == ["m6", "m8"]
    page = await place.bob.call("GET", f"/topics/{place.topic}/messages", limit=9, before=page["next"])
    assert ([message["text"] for message in page["items"]], page["next"]) == (["m0", "m2", "m4"], None)
    assert len(await place.ann.messages(place.topic, after=said[0]["id"])) == 9


async def test_mentions(place: Place) -> None:
    for text in ("@ann one", "nobody", "@ann @bob @cleo two", "@ANN three", "x@ann.example", "@nobody"):
        await place.bob.post(place.topic, text)
    found = (await place.ann.call("GET", "/me/mentions"))["items"]
    assert [mention["message"]["text"] for mention in found] == ["@ANN three", "@ann @bob @cleo two", "@ann one"]
    assert [mention["unread"] for mention in found] == [True] * 3
    assert (await place.bob.call("GET", "/me/mentions"))["items"] == []  # not of oneself
    await place.ann.call("POST", f"/topics/{place.topic}/read", {"seq": 1})
    found = (await place.ann.call("GET", "/me/mentions"))["items"]
    assert [mention["unread"] for mention in found] == [True, True, False]
    await place.ann.call("PUT", "/me/ignored/bob")
    assert (await place.ann.call("GET", "/me/mentions"))["items"] == []
    [looking_on] = (await place.cleo.call("GET", "/me/mentions"))["items"]
    assert looking_on["unread"]
    await place.cleo.call("POST", f"/topics/{place.topic}/read")
    assert not (await place.cleo.call("GET", "/me/mentions"))["items"][0]["unread"]


async def test_mentioning_somebody_many_times(place: Place) -> None:
    """One message is one mention."""
    await place.bob.post(place.topic, "@ann " * 100)
    [counts] = (await place.ann.call("GET", "/me/unread"))["groups"]
    assert (counts["unread"], counts["mentions"]) == (1, 1)


async def test_times_are_utc_with_milliseconds(chat_folder: Path) -> None:
    async with open_chat(chat_folder, now=lambda: 1_795_446_245_123) as chat:
        ann = await chat.member("ann")
        group = await ann.create_group("Home lab")
        message = await ann.post(group["default_topic_id"], "x")
        topic = await ann.call("GET", f"/topics/{group['default_topic_id']}")
        [member] = (await ann.call("GET", f"/groups/{group['id']}/members"))["items"]
        [token] = (await (await chat.signed_in(ann)).call("GET", "/me/tokens"))["items"]
        times = [group["created_at"], message["created_at"], topic["created_at"], topic["last_message_at"]]
        assert [*times, member["joined_at"], token["created_at"]] == ["2026-11-23T15:04:05.123Z"] * 6
