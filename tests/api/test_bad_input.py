"""Whatever is sent, the answer says what is wrong with it, and nothing is half done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from convore_lite.routes.api import BASE, OPERATIONS
from convore_lite.routes.api.door import Operation

from .answers import check_problem, count_rows
from .conftest import Place
from .corpora import json_cases

JSON = {"content-type": "application/json"}
WITH_BODY = [operation for operation in OPERATIONS if operation.body is not None]
VALUES: list[Any] = [None, True, 0, -1, 1.5, 2**53, 2**64, 10**400, "", "x", [], ["x"], {}, {"x": "x"}]
# Bodies that are no JSON, with the reasons of those who send them.
MALFORMED = {
    "not JSON": b"hello",
    "cut off": b'{"text": "hel',
    "a comma too many": b'{"text": "x",}',
    "single quotes": b"{'text': 'x'}",
    "two values": b'{"text": "x"} {"text": "y"}',
    "a byte order mark": b'\xef\xbb\xbf{"text": "x"}',
    "UTF-16": '{"text": "x"}'.encode("utf-16"),
    "Latin-1": b'{"text": "\xe9"}',
    "an overlong form": b'{"text": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "a lone high surrogate": rb'{"text": "\ud83d"}',
    "a lone low surrogate": rb'{"text": "\ude00"}',
    "surrogates the wrong way round": rb'{"text": "\ude00\ud83d"}',
    "a raw control character": b'{"text": "a\x00b"}',
    "NaN": b'{"text": NaN}',
    "white space alone": b"  \n",
}


def sample(kind: Any) -> Any:
    """Some value of a field's type."""
    for value in (
        "x",
        1,
        False,
        [],
        {},
        "write",
        "public",
        "member",
        "person",
        "follow",
        "a password long enough",
        "keep",
        None,
    ):
        if fits(value, kind):
            return value
    raise AssertionError(f"no sample of {kind}")


def fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def body_of(operation: Operation) -> dict[str, Any]:
    """A body whose fields have the right types, whatever else is wrong with them."""
    assert operation.body is not None
    return {field.name: sample(field.type) for field in msgspec.structs.fields(operation.body) if field.required}


def path_of(operation: Operation, place: Place) -> str:
    named = {"<which>": str(place.group["id"]), "<who>": "bob", "<id:topic_id>": str(place.topic)}
    return BASE + re.sub(r"<[^>]+>", lambda found: named.get(found[0], "1"), operation.path)


def wrong_bodies(operation: Operation) -> Iterator[tuple[dict[str, Any], str]]:
    """(body, the field that is wrong with it): a value of another type, a field missing, a field too many."""
    assert operation.body is not None
    good = body_of(operation)
    for field in msgspec.structs.fields(operation.body):
        for value in VALUES:
            if not fits(value, field.type):
                yield {**good, field.name: value}, field.name
        if field.required:
            yield {name: value for name, value in good.items() if name != field.name}, field.name
    yield {**good, "nonsense": 1}, "nonsense"


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"rate_limits": False}


async def test_wrong_types_name_their_field(place: Place) -> None:
    before = await count_rows(place.chat)
    for operation in WITH_BODY:
        await check_wrong_types(place, operation)
    assert await count_rows(place.chat) == before


async def check_wrong_types(place: Place, operation: Operation) -> None:
    path = path_of(operation, place)
    for body, field in wrong_bodies(operation):
        answer = await place.ann.http.request(operation.method, path, content=json.dumps(body), headers=JSON)
        problem = check_problem(answer, 422)
        assert problem["errors"][0]["field"].partition(".")[0] == field, (body, problem)
    for whole in (b"[]", b"null", b"5", b'"text"', b"true"):
        answer = await place.ann.http.request(operation.method, path, content=whole, headers=JSON)
        check_problem(answer, 422, "")


async def test_bodies_that_are_no_json(place: Place) -> None:
    before = await count_rows(place.chat)
    for operation in WITH_BODY:
        await check_malformed(place, operation)
    assert await count_rows(place.chat) == before


async def check_malformed(place: Place, operation: Operation) -> None:
    path = path_of(operation, place)
    for reason, body in MALFORMED.items():
        answer = await place.ann.http.request(operation.method, path, content=body, headers=JSON)
        # A body may be refused for a field that is not ours before its end was read.
        status = 400 if operation.name == "post_message" else answer.status_code
        assert status in (400, 422), reason
        check_problem(answer, status)
    good = json.dumps(body_of(operation) or {"x": 1})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""):
        headers = {"content-type": kind} if kind else {}
        check_problem(await place.ann.http.request(operation.method, path, content=good, headers=headers), 415)


async def test_json_is_json_by_whatever_parameters(place: Place) -> None:
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/json;x=y"):
        path = f"{BASE}/topics/{place.topic}/messages"
        answer = await place.ann.http.post(path, content=b'{"text": "x"}', headers={"content-type": kind})
        assert answer.status_code == 201


async def test_the_json_test_suite(place: Place) -> None:
    """What is no JSON is refused everywhere, and what is JSON never breaks anything."""
    paths = [("POST", f"/topics/{place.topic}/messages"), ("PATCH", "/me"), ("POST", "/read"), ("POST", "/session")]
    before = await count_rows(place.chat)
    cases = json_cases()
    assert sum(name.startswith("n_") for name, _ in cases) > 150
    for method, path in paths:
        for name, body in cases:
            answer = await place.ann.http.request(method, BASE + path, content=body, headers=JSON)
            said = (name, method, path, answer.status_code)
            assert answer.status_code < 500, said
            # No body at all is an empty object: nothing to change, nothing to say about what to read.
            if body not in (b"", b"{}") or path not in ("/me", "/read"):
                assert answer.is_client_error, said
    assert await count_rows(place.chat) == before


async def test_deep_nesting_is_refused_and_brackets_are_text(place: Place) -> None:
    path = f"{BASE}/me"
    for depth in (65, 100, 500, 900, 990, 1000, 1500, 5000, 100_000):
        for opening, closing in ((b'{"a":', b"}"), (b"[", b"]")):
            deep = b'{"settings":{"a":' + opening * depth + b"1" + closing * depth + b"}}"
            answer = await place.ann.http.patch(path, content=deep, headers=JSON)
            check_problem(answer, 400)
            answer = await place.ann.http.patch(path, content=opening * depth, headers=JSON)
            check_problem(answer, 400 if answer.status_code == 400 else 422)
    for text in ("[" * 5000, "{" * 70, '"[{' * 100, "\\[" * 100, '\\"' + "[ " * 100):
        assert (await place.ann.post(place.topic, text))["text"] == text
    deepest: Any = 1
    for _ in range(61):
        deepest = [deepest]
    assert (await place.ann.call("PATCH", "/me", {"settings": {"a": [deepest]}}))["settings"] == {"a": [deepest]}
    check_problem(await place.ann.http.patch(path, json={"settings": {"a": [[deepest]]}}), 400)
    shallow = {"a": {"b": [1, {"c": [[[]]]}]}}
    assert (await place.ann.call("PATCH", "/me", {"settings": shallow}))["settings"] == shallow


async def test_large_bodies_of_quotes_and_brackets_are_refused_quickly(place: Place) -> None:
    """A pattern that tried every quote anew would take minutes for these."""
    for body in (
        b'\\"' * 400_000,
        b'"' * 400_001 + b"[" * 100,
        b'{"text": "' + b"[\\" * 200_000,
        b'{"text": "' + b'\\"[' * 200_000 + b'"}',
    ):
        answer = await place.ann.http.post(f"{BASE}/topics/{place.topic}/messages", content=body, headers=JSON)
        assert answer.is_client_error


async def test_a_body_too_large(place: Place) -> None:
    before = await count_rows(place.chat)
    path = f"{BASE}/topics/{place.topic}/messages"
    body = b'{"text": "' + b"x" * 1024 * 1024 + b'"}'
    check_problem(await place.ann.http.post(path, content=body, headers=JSON), 413)

    assert await count_rows(place.chat) == before


BAD_QUERIES = [
    ("/users?limit=0", "limit"),
    ("/users?limit=201", "limit"),
    ("/users?limit=x", "limit"),
    ("/users?limit=", "limit"),
    ("/users?limit=1.5", "limit"),
    ("/groups?discover=best", "discover"),
    ("/groups?discover=popular&cursor=x", "cursor"),
    ("/groups?discover=popular&cursor=99999999999999999999", "cursor"),
    ("/groups/{group}/topics?cursor=-1", "cursor"),
    ("/groups/{group}/topics?cursor=１", "cursor"),
    ("/me/mentions?cursor=x", "cursor"),
    ("/topics/{topic}/messages?before=x", "before"),
    ("/topics/{topic}/messages?before=0", "before"),
    ("/topics/{topic}/messages?after=-1", "after"),
    ("/topics/{topic}/messages?around=9007199254740992", "around"),
    ("/topics/{topic}/messages?before=1&after=1", "before"),
    ("/live?wait=0", "wait"),
    ("/live?wait=61", "wait"),
    ("/live?wait=x", "wait"),
    ("/live?groups=1,x", "groups"),
    ("/live?groups=-1", "groups"),
    ("/live?read_topic=0", "read_topic"),
    ("/live?read_topic=x", "read_topic"),
]
NOT_THERE = [
    "/nothing",
    "/topics/x",
    "/topics/0",
    "/topics/-1",
    "/topics/1.5",
    "/topics/99999999",
    "/topics/9007199254740992",
    "/topics/99999999999999999999999999",
    "/topics/１",
    "/topics/1%00",
    "/topics/%FF",
    "/topics/99999999/messages",
    "/messages/99999999",
    "/groups/nothing",
    "/groups/99999999",
    "/groups/99999999999999999999999999",
    "/groups/%ED%A0%80",
    "/groups/%00",
    "/groups/..%2f..%2fetc",
    "/groups/" + "x" * 5000,
    "/users/nobody",
    "/users/0",
    "/users/99999999999999999999999999",
    "/users/%F0%9F",
    "/users/'%20OR%201=1",
]


async def test_a_bad_query_names_its_parameter(place: Place) -> None:
    for path, field in BAD_QUERIES:
        here = path.format(group=place.group["id"], topic=place.topic)
        check_problem(await place.ann.http.get(BASE + here), 422, field)


async def test_what_is_not_there(place: Place) -> None:
    for path in NOT_THERE:
        check_problem(await place.ann.http.get(BASE + path), 404)


async def test_methods_that_are_not_there(place: Place) -> None:
    for method, path in (("PUT", "/groups"), ("POST", "/me"), ("DELETE", "/read"), ("POST", "/live"), ("TRACE", "/me")):
        answer = await place.ann.http.request(method, BASE + path)
        check_problem(answer, 405)
        assert answer.headers["allow"]


async def test_odd_queries_do_no_harm(place: Place) -> None:
    for query in (
        "q=%00",
        "q=%FF",
        "q=%25_%5C",
        "q=" + "x" * 5000,
        "cursor=%F0%9F",
        "limit=1&limit=2",
        "&&=&",
        "q[]=1",
    ):
        for path in ("/users", "/groups", f"/groups/{place.group['id']}/members"):
            answer = await place.ann.http.get(f"{BASE}{path}?{query}")
            assert answer.status_code in (200, 422), (path, query)


@pytest.mark.parametrize("number", ["0", "00", "-1", str(2**63), "9" * 40, "\u0663", "1e3"])
async def test_what_is_no_id_is_nothing_whatever_one_does(place: Place, number: str) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/messages"), ("POST", "/move")):
        check_problem(await place.bob.http.request(method, f"{BASE}/topics/{number}{path}"), 404)
