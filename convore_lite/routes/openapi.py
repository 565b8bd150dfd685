"""The API's description of itself (OpenAPI 3.1), made from the same types that check requests and write answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from .. import __version__
from ..words import events
from ..words.models import Draft, Message
from .api.door import BASE, OPERATIONS, Operation
from .problems import MEDIA_TYPE

REF = "#/components/schemas/{name}"
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
# Places in a path that take something else than an id: what the description calls them, and what they are.
PLACES = {
    "which": ("group", "The id or slug of a group."),
    "who": ("user", "The id or username of a user."),
    "emoji": ("emoji", "An emoji, or the name of one, such as thumbsup."),
}
# What any operation may answer, by whether it needs signing in, has a body (which may name things), or a place in its path.
REFUSALS = {
    400: "The request is not well-formed.",
    401: "Sign in first.",
    403: "You can see this, but doing that to it is not yours; or the request came from another site.",
    404: "There is nothing here that you can see.",
    408: "The body came too slowly.",
    409: "Something else is already there.",
    413: "The body is too large.",
    415: "Send JSON.",
    421: "The server has another name than the one it was asked under.",
    422: "A field is not what it should be; `errors` names it.",
    429: "Too many tries, or too many streams. Retry-After says when to come back.",
    503: "The server is stopping.",
    507: "The disk is full. Nothing was saved.",
}


class FieldError(msgspec.Struct, frozen=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """An error, as of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | msgspec.UnsetType = msgspec.UNSET
    draft: Draft | msgspec.UnsetType = msgspec.UNSET


BYTES = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
    },
}
PICTURE = {"required": True, "content": {"image/*": BYTES, **FORM}}
UPLOAD = {"required": True, "content": FORM}


def document() -> dict[str, Any]:
    """The whole OpenAPI document."""
    schemas, components = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(BASE + shown_path(operation), {})[operation.method.lower()] = _operation(operation, schemas)
    paths[f"{BASE}/live"] = {"get": _live()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "convore-lite",
            "version": __version__,
            "description": "Groups hold topics, topics hold messages.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "convore"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def shown_path(operation: Operation) -> str:
    """The path of an operation as OpenAPI writes it: ``/topics/{topic_id}``."""
    return PLACE.sub(lambda place: f"{{{_place(place[2])[0]}}}", operation.path)


def _schemas() -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    types = list(dict.fromkeys([Problem, Message, *_types(OPERATIONS), *events.FACTS]))
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    return dict(zip(types, schemas, strict=True)), {**components, "Event": _event()}


def _types(operations: Iterable[Operation]) -> Iterable[Any]:
    for operation in operations:
        yield from (
            kind for kind in (operation.body, operation.query, *operation.answers.values()) if kind not in (None, bytes)
        )


def _operation(operation: Operation, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1]],
        "parameters": [*_places(operation), *_parameters(operation.query)],
        "responses": {**_answers(operation, schemas), **_refusals(operation)},
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": any(field.required for field in msgspec.structs.fields(operation.body)),
            "content": {"application/json": {"schema": schemas[operation.body]}},
        }
    if operation.picture:
        described["requestBody"] = PICTURE
    if operation.upload:
        described["requestBody"] = UPLOAD
    if operation.public:
        described["security"] = []
    return described


def _places(operation: Operation) -> Iterable[dict[str, Any]]:
    for kind, name in PLACE.findall(operation.path):
        schema = (
            {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
            if kind == "id"
            else {"type": "string", "minLength": 1}
        )
        shown, meaning = _place(name)
        yield {"name": shown, "in": "path", "required": True, "schema": schema, "description": meaning}


def _place(name: str) -> tuple[str, str]:
    return PLACES.get(name, (name, "An id."))


def _parameters(query: type[msgspec.Struct] | None) -> Iterable[dict[str, Any]]:
    if query is None:
        return
    _, components = msgspec.json.schema_components([query], ref_template=REF)
    for name, schema in components[query.__name__]["properties"].items():
        yield {"name": name, "in": "query", "schema": schema}


def _answers(operation: Operation, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, kind in operation.answers.items():
        answers[str(status)] = {"description": HTTPStatus(status).phrase}
        if kind is bytes:
            answers[str(status)]["content"] = {"*/*": BYTES}
        elif kind is not None:
            answers[str(status)]["content"] = {"application/json": {"schema": schemas[kind]}}
    return answers


def _refusals(operation: Operation) -> dict[str, Any]:
    possible = {421, 429, 503}
    possible |= {422} if operation.query or "<emoji>" in operation.path else set()
    possible |= {400, 413, 415, 422} if operation.body else set()
    possible |= {413, 415, 422} if operation.picture else set()
    possible |= {400, 408, 413, 415, 422} if operation.upload else set()
    possible |= {404} if PLACE.search(operation.path) or operation.body else set()
    possible |= {401, 403} if not operation.public or operation.body else set()
    possible |= {409, 507} if operation.method != "GET" else set()
    return _problems(possible)


def _problems(statuses: Iterable[int]) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}}
    return {str(status): {"description": REFUSALS[status], "content": content} for status in sorted(statuses)}


def _event() -> dict[str, Any]:
    """What all events have, and what each kind has beside it."""
    kinds: list[dict[str, Any]] = [
        {"allOf": [{"$ref": REF.format(name=fact.__name__)}, {"properties": {"kind": {"const": fact.kind}}}]}
        for fact in events.FACTS
    ]
    kinds += [
        {"properties": {"kind": {"const": kind}, "at_id": {"type": "string"}}, "required": ["at_id"]}
        for kind in ("hello", "reset")
    ]
    own = {"id": {"type": "string"}, "kind": {"type": "string"}, "at": {"type": "string"}}
    return {"type": "object", "properties": own, "required": list(own), "oneOf": kinds}


def _live() -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    event_list = {"type": "array", "items": {"$ref": REF.format(name="Event")}}
    poll = {
        "type": "object",
        "properties": {"events": event_list, "next": text["schema"]},
        "required": ["events", "next"],
    }
    return {
        "operationId": "live",
        "summary": "The live stream: server-sent events, or one long poll with Accept: application/json.",
        "description": "Resume with Last-Event-ID or after. The data of each server-sent event is an Event.",
        "tags": ["live"],
        "parameters": [
            {"name": "Last-Event-ID", "in": "header", "description": "The last event one has.", **text},
            {"name": "after", "in": "query", "description": "The same, where no header can be sent.", **text},
            {
                "name": "groups",
                "in": "query",
                "description": "Ids of public groups to hear as well, with commas.",
                **text,
            },
            {
                "name": "wait",
                "in": "query",
                "description": "Seconds that a long poll waits.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 60, "default": 30},
            },
            {
                "name": "read_topic",
                "in": "query",
                "description": "A topic of which a long poll marks read what it returns.",
                "schema": {"type": "integer", "minimum": 1},
            },
        ],
        "responses": {
            "200": {
                "description": "Events.",
                "content": {"text/event-stream": text, "application/json": {"schema": poll}},
            },
            **_problems({401, 403, 421, 422, 429, 503}),
        },
    }
