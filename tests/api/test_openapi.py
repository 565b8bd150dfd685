"""The API's description of itself is whole, and true: what is sent fits it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convore_lite.routes import live
from convore_lite.routes.api import BASE, OPERATIONS
from convore_lite.routes.openapi import document, shown_path
from convore_lite.routes.website import the_website

from .conftest import Place
from .test_bad_input import body_of, path_of

DOCUMENT = document()
DOCS = Path(__file__).resolve().parents[2] / "docs"


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from parts(one)


def look_up(reference: str) -> Any:
    found = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def wrong(value: Any, schema: dict[str, Any]) -> str | None:
    """Why a value does not fit a schema: the part of JSON Schema 2020-12 that the document uses."""
    if "$ref" in schema:
        return wrong(value, look_up(schema["$ref"]))
    for kind, enough in (("anyOf", 1), ("oneOf", 1), ("allOf", len(schema.get("allOf", [])))):
        if kind in schema:
            reasons = [wrong(value, one) for one in schema[kind]]
            fitting = reasons.count(None)
            if fitting < enough or (kind == "oneOf" and fitting != 1):
                return f"{fitting} of {kind}: {reasons}"
    if "const" in schema and value != schema["const"]:
        return f"{value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is none of {schema['enum']}"
    types = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
        "number": float,
    }
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        return f"{value!r} is no {schema['type']}"
    if schema.get("type") == "integer" and isinstance(value, bool):
        return "a boolean is no integer"
    if isinstance(value, int) and not schema.get("minimum", value) <= value < schema.get("exclusiveMaximum", value + 1):
        return f"{value} is out of bounds"
    if isinstance(value, list) and "items" in schema:
        return next((why for one in value if (why := wrong(one, schema["items"]))), None)
    if isinstance(value, dict):
        if missing := set(schema.get("required", [])) - set(value):
            return f"{missing} missing"
        named = schema.get("properties", {})
        return next((f"{k}: {why}" for k, v in value.items() if k in named and (why := wrong(v, named[k]))), None)
    return None


def test_the_document_is_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(DOCUMENT["info"])
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) > 40
    for operation in operations:
        assert operation["summary"].endswith(".")
        assert operation["responses"]
        assert any(status.startswith("2") for status in operation["responses"])
        assert all(answer["description"] for answer in operation["responses"].values())
    for schemes in DOCUMENT["security"]:
        assert set(schemes) <= set(DOCUMENT["components"]["securitySchemes"])


def test_every_reference_leads_somewhere() -> None:
    references = {part["$ref"] for part in parts(DOCUMENT) if "$ref" in part}
    assert len(references) > 20
    for reference in references:
        assert isinstance(look_up(reference), dict)


def test_the_places_in_a_path_are_its_parameters() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
            names = [(one["in"], one["name"]) for one in operation["parameters"]]
            assert len(set(names)) == len(names)


async def test_every_route_is_described_and_the_other_way_round(place: Place) -> None:
    routes = set()
    for rule in the_website().url_map.iter_rules():
        if rule.rule.startswith(BASE):
            assert not rule.rule.endswith("/")
            routes |= {(method, rule.endpoint.removeprefix("api.")) for method in rule.methods - {"HEAD", "OPTIONS"}}
    routes |= {("GET", "live")}
    described = {
        (method.upper(), operation["operationId"])
        for methods in DOCUMENT["paths"].values()
        for method, operation in methods.items()
    }
    assert routes - described == {("GET", "description.document")}
    assert described - routes == set()
    assert live.PATH in DOCUMENT["paths"]


async def test_what_is_answered_is_described(place: Place) -> None:
    """The status of every answer is among those of its operation, and its body fits the schema that stands there."""
    await place.bob.post(place.topic, "hello **@ann** http://example.org")
    await place.ann.call("PUT", "/me/ignored/cleo")
    seen = set()
    async with place.chat.client() as nobody, place.chat.client(console=True) as console:
        for operation in sorted(OPERATIONS, key=lambda one: "leave" in one.path or one.method == "DELETE"):
            here = path_of(operation, place)
            there = re.sub(r"/\d+", "/99999", here)
            body = body_of(operation) if operation.body else None
            described = DOCUMENT["paths"][BASE + shown_path(operation)][operation.method.lower()]["responses"]
            for answer in (
                await nobody.request(operation.method, here, json=body),
                await place.ann.http.request(operation.method, here, json={"nonsense": 1} if operation.body else None),
                await place.ann.http.request(operation.method, there, json=body),
                await console.request(operation.method, here, json=body),
                await place.ann.http.request(operation.method, here, json=body),
            ):
                about = f"{operation.name}: {answer.status_code} {answer.text}"
                assert str(answer.status_code) in described, about
                content = described[str(answer.status_code)].get("content", {})
                assert bool(content) == bool(answer.content), about
                if content:
                    kind = answer.headers["content-type"]
                    assert wrong(answer.json(), content[kind]["schema"]) is None, about
                    seen.add((operation.name, answer.status_code))
    assert len(seen) > 100
    assert {("list_messages", 200), ("get_me", 200), ("list_members", 200), ("post_message", 201)} <= seen


async def test_events_are_described(place: Place) -> None:
    schema = {"$ref": "#/components/schemas/Event"}
    async with place.bob.live() as stream:
        events = [stream.hello]
        await place.ann.open_topic("home-lab", "Backups", "hello @bob")
        await place.cleo.join("home-lab")
        await place.cleo.call("POST", "/groups/home-lab/leave")
        await place.bob.call("POST", "/read")
        await place.bob.call("PUT", "/me/ignored/ann")
        await place.bob.call("PATCH", "/me", {"settings": {"theme": "dark"}})
        events += await stream.until("settings_changed")
    async with place.bob.live(last_id="nonsense") as stream:
        events.append(await stream.next())
    assert len({event["kind"] for event in events}) == 10
    for event in events:
        assert wrong(event, schema) is None, event
        assert wrong({**event, "kind": "nonsense"}, schema) is not None
    async with place.chat.client(headers={"authorization": f"Bearer {place.bob.token}"}) as client:
        answer = await client.get(f"{BASE}/live?after=x", headers={"accept": "application/json"})
    answers = DOCUMENT["paths"][f"{BASE}/live"]["get"]["responses"]["200"]["content"]
    assert wrong(answer.json(), answers["application/json"]["schema"]) is None


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, {"type": "string"}),
        (True, {"type": "integer"}),
        ({}, {"type": "object", "required": ["id"]}),
        ({"id": "x"}, {"$ref": "#/components/schemas/User"}),
        (["x"], {"type": "array", "items": {"type": "integer"}}),
        (0, {"type": "integer", "minimum": 1}),
        ("x", {"enum": ["y"]}),
        (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    ],
)
def test_the_check_can_fail(value: Any, schema: dict[str, Any]) -> None:
    assert wrong(value, schema)


def test_every_operation_is_documented() -> None:
    """As a row of the table in docs/api.md: method, path, and what it does in the words of the description."""
    table = (DOCS / "api.md").read_text("utf-8")
    rows = [line for line in table.splitlines() if re.match(r"\| `(GET|POST|PUT|PATCH|DELETE) ", line)]
    expected = [f"| `{one.method} {written(shown_path(one))}` | {one.summary} |" for one in OPERATIONS]
    expected.append(f"| `GET {live.PATH.removeprefix(BASE)}` | {DOCUMENT['paths'][live.PATH]['get']['summary']} |")
    assert sorted(rows) == sorted(expected)


def written(path: str) -> str:
    """The path with the names of its places in capitals: ``/topics/ID/messages``."""
    return re.sub(r"{(\w+)}", lambda place: "ID" if place[1].endswith("_id") else place[1].upper(), path)


def test_every_kind_of_event_is_documented() -> None:
    text = (DOCS / "live.md").read_text("utf-8")
    for kind in DOCUMENT["components"]["schemas"]["Event"]["oneOf"]:
        name = kind.get("properties", kind.get("allOf", [{}])[-1].get("properties"))["kind"]["const"]
        assert f"`{name}`" in text, name
