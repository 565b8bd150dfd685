"""Look-up is permission: what is in a private group is not there for anybody else, on no way at all."""

from __future__ import annotations

from typing import Any

import httpx2

from convore_lite.appliance import wall_clock
from convore_lite.routes.api import OPERATIONS
from convore_lite.routes.api.door import BASE, Operation
from convore_lite.testing import Member
from convore_lite.words.models import time_text

from .answers import check_problem
from .conftest import Place
from .test_bad_input import body_of

UNKNOWN = 99_999
SECRET = "the cellar key is under the pot"
# Operations on a thing in a group: those with its id, or with that of something in it, in their path.
INSIDE = [
    operation
    for operation in OPERATIONS
    if any(name in operation.path for name in ("<which>", "topic_id", "message_id"))
]


# Bodies of those operations that look at more than the types of theirs before they look for the thing.
BODIES = {
    "move_messages": {"message_ids": [1], "to": {"topic_id": 1}},
    "schedule_message": {"text": "later", "send_at": time_text(wall_clock() + 3600 * 1000)},
}


def path_of(operation: Operation, which: Any, topic: int, message: int) -> str:
    words = {
        **{"<which>": which, "<id:topic_id>": topic, "<id:message_id>": message, "<who>": "bob", "<emoji>": "tada"},
        **{"<id:invitation_id>": 1, "<id:preview_id>": 1, "<id:file_id>": 1, "<name>": "any.txt"},
    }
    path = operation.path
    for word, value in words.items():
        path = path.replace(word, str(value))
    return BASE + path


def takes_apart(operation: Operation) -> int:
    """How much less there is to ask for afterwards. (While others are in it, its only admin may not leave.)"""
    if operation.method == "DELETE":
        return 3 if operation.path == "/groups/<which>" else 2
    return int("leave" in operation.path)


async def ask(member: Member, operation: Operation, path: str) -> httpx2.Response:
    body = BODIES.get(operation.name) or (body_of(operation) if operation.body is not None else None)
    return await member.http.request(operation.method, path, json=body)


def comparable(answer: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status_code, answer.content, sorted(answer.headers.multi_items())


async def test_no_access_and_no_such_thing_are_the_same(private: Place) -> None:
    message = (await private.ann.post(private.topic, SECRET))["id"]
    group, slug = private.group["id"], private.group["slug"]
    assert len(INSIDE) > 12
    for operation in INSIDE:
        by_slug = "<which>" in operation.path
        unknown = await ask(private.cleo, operation, path_of(operation, UNKNOWN, UNKNOWN, UNKNOWN))
        if operation.name == "join_group":  # its admins may let one in
            assert (unknown.status_code, unknown.content) == (202, b"")
        else:
            check_problem(unknown, 404)
        foreign = [await ask(private.cleo, operation, path_of(operation, group, private.topic, message))]
        if by_slug:
            foreign.append(await ask(private.cleo, operation, path_of(operation, slug, private.topic, message)))
            foreign.append(await ask(private.cleo, operation, path_of(operation, "no-such-group", 1, 1)))
        for answer in foreign:
            assert comparable(answer) == comparable(unknown), operation.path
    # The same requests of somebody who is in it find it; those that would take it apart come last. (What is asked for in
    # a group that is not there even so, a request or an invitation, is looked at in tests/groups, and previews in tests/previews.)
    there = [
        operation
        for operation in INSIDE
        if not operation.path.endswith(("accept", "decline", "invitation_id>", "preview_id>"))
    ]
    for operation in sorted(there, key=takes_apart):
        answer = await ask(private.ann, operation, path_of(operation, group, private.topic, message))
        assert answer.status_code != 404, operation.path
        assert answer.status_code < 500


async def test_it_is_in_no_list(private: Place) -> None:
    ann, bob, cleo = private.ann, private.bob, private.cleo
    message = await ann.post(private.topic, f"{SECRET} @bob @cleo")
    for path, query in (
        ("/groups", {}),
        ("/groups", {"discover": "popular"}),
        ("/groups", {"discover": "recent"}),
        ("/groups", {"q": "home"}),
        ("/me/mentions", {}),
        ("/me/unread", {}),
    ):
        of_cleo = (await cleo.http.get(f"{BASE}{path}", params=query)).json()
        assert of_cleo.get("items", of_cleo.get("groups")) == [], path
    assert [group["id"] for group in (await bob.call("GET", "/groups"))["items"]] == [private.group["id"]]
    assert [one["message"]["id"] for one in (await bob.call("GET", "/me/mentions"))["items"]] == [message["id"]]
    assert (await bob.call("GET", "/me/unread"))["total"] == 1


async def test_it_is_in_no_stream(private: Place) -> None:
    ann, bob, cleo = private.ann, private.bob, private.cleo
    async with bob.live() as bobs, cleo.live() as cleos, cleo.live(groups=private.group["id"]) as looking:
        start = cleos.hello["at_id"]
        await ann.post(private.topic, f"{SECRET} @cleo")
        await ann.open_topic(private.group["id"], SECRET)
        await cleo.call("PATCH", "/me", {"settings": {"mark": 1}})
        assert (await bobs.next("message_posted"))["message"]["text"] == f"{SECRET} @cleo"
        for stream in (cleos, looking):
            assert (await stream.next())["kind"] == "settings_changed"
    async with cleo.live(last_id=start, groups=private.group["id"]) as again:
        assert (await again.next())["kind"] == "settings_changed"


async def test_replying_does_not_tell_what_is_there(private: Place) -> None:
    message = (await private.ann.post(private.topic, SECRET))["id"]
    own = (await private.cleo.create_group("Mine"))["default_topic_id"]
    path = f"{BASE}/topics/{own}/messages"
    answers = [
        await private.cleo.http.post(path, json={"text": "x", "reply_to": reply}) for reply in (message, UNKNOWN)
    ]
    check_problem(answers[0], 422, "reply_to")
    assert answers[0].content == answers[1].content


async def test_after_being_taken_out(private: Place) -> None:
    """Nothing of it is left, but for what one has said oneself in one's own answers."""
    message = (await private.bob.post(private.topic, "my own words"))["id"]
    await private.ann.post(private.topic, f"{SECRET} @bob")
    assert (await private.bob.call("GET", "/me/unread"))["total"] == 1
    await private.ann.call("DELETE", f"/groups/{private.group['id']}/members/bob")
    for path in (
        f"/topics/{private.topic}",
        f"/topics/{private.topic}/messages",
        f"/messages/{message}",
        "/groups/home-lab",
    ):
        check_problem(await private.bob.http.get(BASE + path), 404)
    assert (await private.bob.call("GET", "/me/unread"))["groups"] == []
    assert (await private.bob.call("GET", "/me/mentions"))["items"] == []
    await private.ann.call("PUT", f"/groups/{private.group['id']}/members/bob", {"role": "member"})
    assert len(await private.bob.messages(private.topic)) == 2


async def test_onlookers_of_a_public_group(place: Place) -> None:
    """They read everything and change nothing."""
    message = (await place.ann.post(place.topic, "hello"))["id"]
    for operation in INSIDE:
        if "join" in operation.path or "leave" in operation.path:
            continue
        answer = await ask(place.cleo, operation, path_of(operation, "home-lab", place.topic, message))
        for_admins = operation.path.endswith(("/requests", "/invitations"))
        own = operation.path.endswith("/star") or (operation.method, operation.name) == ("DELETE", "remove_reaction")
        reading = own or operation.path.endswith(("/read", "/unread")) or (operation.method == "GET" and not for_admins)
        assert answer.is_success if reading else answer.status_code == 403, operation.path
    assert (await place.cleo.call("GET", "/me/unread"))["total"] == 0


async def test_nobody_signed_in_sees_nothing(place: Place) -> None:
    async with place.chat.client() as nobody:
        for operation in OPERATIONS:
            if operation.public:
                continue
            path = (
                path_of(operation, "home-lab", place.topic, 1)
                .replace("<id:token_id>", "1")
                .replace("<id:scheduled_id>", "1")
                .replace("<id:search_id>", "1")
            )
            check_problem(await nobody.request(operation.method, path, json={}), 401)
        check_problem(await nobody.get(f"{BASE}/live"), 401)
        assert (await nobody.get(f"{BASE}/openapi.json")).status_code == 200
