"""Every route has a row in the table, and takes every kind of id there is without a word of what is hidden."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from convore_lite.routes import live
from convore_lite.routes.api import BASE, OPERATIONS
from convore_lite.routes.website import the_website
from convore_lite.testing import Chat
from convore_lite.words.models import Id

from .rows import PLACE, Row, filled, path_of, words_of
from .table import ROWS
from .world import Ready, World

# Routes outside Quart's map: the live stream, which has tests of its own here.
BESIDE = {f"GET {live.PATH}"}
# Who asks, and the group that is theirs: one who may read what is public, and one who may not even that.
HOME = {"outsider": "yard", "guest": "porch"}
# Ids of no kind of thing, and texts that are none.
NONE_AT_ALL: list[Any] = [0, -1, 2**53 - 1, 2**53, 2**63, 10**40, "x", "\x00", "%00", "..", "١٢", "1e3", "01"]


async def routes_of(chat: Chat) -> set[str]:
    rules = the_website().url_map.iter_rules()
    return {f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


async def test_every_route_has_a_row(chat: Chat) -> None:
    routes = await routes_of(chat)
    missing, gone = sorted(routes - set(ROWS)), sorted(set(ROWS) - routes)
    assert missing == [], "these routes have no row in tests/authz/table.py: say there who may"
    assert gone == [], "these rows have no route any more"


async def test_every_operation_is_among_them(chat: Chat) -> None:
    """The API's own list of operations, and the routes that answer, are the same."""
    listed = {f"{operation.method} {BASE}{operation.path}" for operation in OPERATIONS}
    answering = {route for route in await routes_of(chat) if f" {BASE}/" in route}
    assert answering - listed == {f"GET {BASE}/openapi.json"}
    assert listed - answering == set()


def kinds(world: World, role: str) -> dict[str, list[Any]]:
    """Ids in every state, for each kind of thing: one's own, hidden from one, deleted, and those of nothing."""
    ids, users, home = world.ids, world.facts.users, HOME[role]
    return {
        "group": [ids[home], ids[f"{home}.slug"], ids["vault"], ids["vault.slug"], ids["direct"], ids["ruins"]],
        "topic": [ids[f"{home}.plans"], ids["vault.plans"], ids["direct.plans"], ids["ruins.topic"]],
        "slug": [ids[f"{home}.plans.slug"], ids["vault.plans.slug"], ids["direct.plans.slug"]],
        "message": [ids[f"{home}.message"], ids["vault.message"], ids["direct.message"], ids["ruins.message"]],
        "user": [users[role]["username"], users["author"]["id"], users["deactivated"]["username"]],
        "token": [ids["token"]],
        "file": [ids[f"{home}.file"], ids["vault.file"], ids["direct.file"], ids["ruins.file"], ids["unposted"]],
        "preview": [ids[f"{home}.preview"], ids["vault.preview"], ids["direct.preview"], ids["vault.deleted.preview"]],
        "invitation": [ids["invitation"], ids["vault.invitation"]],
    }


KIND_OF = {
    "which": "group",
    "who": "user",
    "slug": "slug",
    "topic_id": "topic",
    "message_id": "message",
    "token_id": "token",
    "invitation_id": "invitation",
    "session_id": "token",
    "scheduled_id": "token",
    "search_id": "token",
    "group_id": "group",
    "to_topic_id": "topic",
    "default_topic_id": "topic",
    "reply_to": "message",
    "before": "message",
    "after": "message",
    "around": "message",
    "cursor": "message",
    "read_topic": "topic",
    "message_ids": "message",
    "file_ids": "file",
    "file_id": "file",
    "preview_id": "preview",
    "usernames": "user",
}


def states(world: World, role: str, name: str) -> list[Any]:
    """Everything that may be tried in the place of an id."""
    every = kinds(world, role)
    own = every[KIND_OF.get(name, "message")]
    others = [found[0] for kind, found in every.items() if kind != KIND_OF.get(name)]
    return [*own, *others, *NONE_AT_ALL]


def fields_of(row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of an operation's body and query that are ids."""
    for operation in OPERATIONS:
        if f"{operation.method} {BASE}{operation.path}" == row.route:
            return _ids(operation.body), _ids(operation.query)
    return {}, {}


def _ids(kind: Any) -> dict[str, Any]:
    if kind is None:
        return {}
    return {field.name: field.type for field in msgspec.structs.fields(kind) if _is_id(field.name, field.type)}


def _is_id(name: str, kind: Any) -> bool:
    return name in KIND_OF or kind == Id


WITH_IDS = [route for route, row in ROWS.items() if any(fields_of(row)) or PLACE.search(row.path)]


def _inside(row: Row) -> Iterator[tuple[str, str, Any]]:
    """The ids in objects of a body: the object's field, its own, and its type."""
    for operation in OPERATIONS:
        if f"{operation.method} {BASE}{operation.path}" == row.route and operation.body is not None:
            for field in msgspec.structs.fields(operation.body):
                if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
                    yield from ((field.name, name, kind) for name, kind in _ids(field.type).items())


def requests(world: World, row: Row, role: str) -> list[tuple[str, Any]]:
    """(path, body), those last in which everything is one's own: they are done, and may take it all away."""
    own = path_of(row, words_of(world.facts, HOME[role], role))
    return sorted(_requests(world, row, role), key=lambda request: request[0] == own)


def _requests(world: World, row: Row, role: str) -> Iterator[tuple[str, Any]]:
    """Each place with every state, the others being right; and every pair of places with ids of other parents."""
    words = words_of(world.facts, HOME[role], role)
    in_body, in_query = fields_of(row)
    good = dict(filled(row.json, words) or {})
    for name in row.parameters:
        for state in states(world, role, name):
            yield path_of(row, {**words, name: state}), good
    for one, other in itertools.combinations(row.parameters, 2):
        every = kinds(world, role)
        for pair in itertools.product(every[KIND_OF.get(one, "slug")], every[KIND_OF.get(other, "slug")]):
            yield path_of(row, {**words, one: pair[0], other: pair[1]}), good
    for name, kind in in_body.items():
        for state in states(world, role, name):
            yield path_of(row, words), {**good, name: [state] if "list" in str(kind) else state}
    for outer, name, _ in _inside(row):
        for state in states(world, role, name):
            yield path_of(row, words), {**good, outer: {name: state}}
            yield path_of(row, words), {**good, outer: {name: state, "name": "A name"}}
    for name in in_query:
        for state in states(world, role, name):
            yield f"{path_of(row, words)}?{name}={state}", None
        for parameter, state in itertools.product(row.parameters, kinds(world, role)[KIND_OF.get(name, "message")]):
            for parent in kinds(world, role)[KIND_OF.get(parameter, "slug")]:
                yield f"{path_of(row, {**words, parameter: parent})}?{name}={state}", None


@pytest.mark.parametrize("role", HOME)
@pytest.mark.parametrize("route", WITH_IDS)
async def test_ids_of_every_state(ready: Ready, route: str, role: str) -> None:
    """By somebody who has a group of their own, or is in one: no failure of the server, and nothing of what is hidden."""
    row = ROWS[route]
    tried = 0
    async with ready.copied() as world:
        for path, body in requests(world, row, role):
            answer = await world.ask(
                role,
                row.method,
                path,
                json=body if row.json is not None else None,
                form=filled(row.form, words_of(world.facts, HOME[role], role)) if row.form else None,
                by=row.comes_by,
            )
            tried += 1
            asked = f"{row.method} {path} {body}"
            assert answer.status < 500, f"{asked}: {answer.status} {answer.body[:300]!r}"
            leaks = set(world.leaks(role, answer.all)) - world.told(asked.encode())
            assert leaks - set(row.shows) == set(), f"{asked} tells {role}"
    assert tried > len(NONE_AT_ALL)


def test_ids_inside_of_bodies_are_found() -> None:
    assert {name for _, name, _ in _inside(ROWS[f"POST {BASE}/topics/<id:topic_id>/move"])} >= {"topic_id", "group_id"}
