"""Every role at every route, in a public group, a private one and a conversation: who may, who may not, and what each answer tells.

Requests that are refused all go to one world, which must not change by them. Each one that is done gets a world of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from .oracle import Role
from .recorder import Answer
from .rows import Row, filled, path_of, words_of
from .table import ROWS
from .world import BOUNDARY, BUILT, FORM_WITH_FILE, PICTURE, ROLES, Ready, World

CONSOLE = Role("console", person="console")
EVERYBODY = [*ROLES.values(), CONSOLE]
# In place of every id and address: what never was.
NEVER = 987_654_321
NEVER_SLUG = "never-was"
# What a refused sign-in says again: the address one wanted to go to.
ECHO = re.compile(rb"(?<=/sign-in/\?next=)[^\r\n]*|(?<=content-length: )\d+(?=(?s:.)*/sign-in/\?next=)")


@pytest.mark.parametrize("route", ROWS)
async def test_the_rights_of_everybody(ready: Ready, route: str) -> None:
    row = ROWS[route]
    allowed: list[str] = []
    async with ready.copied() as world:
        before = await snapshot(world)
        for place in row.places:
            for role in EVERYBODY:
                expected = row.status(role, place)
                if expected is None or expected < 400 and row.standing(role, place) != "out":
                    allowed.append(f"{role.name} in {place or route}")
                    await one_is_let_in(world if row.is_safe else None, ready, row, role, place)
                else:
                    await one_is_refused(world, row, role, place, expected)
        if not row.is_safe:
            assert await snapshot(world) == before, f"{route}: a refused request changed something"
    # The same request is done for somebody: no refusal above was one for another reason.
    assert allowed, f"{route} is for nobody"


async def one_is_let_in(here: World | None, ready: Ready, row: Row, role: Role, place: str) -> None:
    if here is not None:
        await look(here, row, role, place)
        return
    options = {"now": lambda: BUILT} if row.at_once else {}
    async with ready.copied(**options) as own:
        await look(own, row, role, place)


async def look(world: World, row: Row, role: Role, place: str) -> None:
    expected = row.status(role, place)
    answer = await ask(world, row, role, place)
    cell = f"{row.route} in {place or '-'} by {role.name}: {answer.status} {answer.body[:300]!r}"
    assert answer.is_done if expected is None else answer.status == expected, cell
    check_told(world, row, role, place, answer)
    if row.standing(role, place) == "hidden" and role.name != "console":
        never = await ask(world, row, role, place, never=True)
        assert plain(answer) == plain(never), f"{cell}: what is hidden and what never was differ"


async def one_is_refused(world: World, row: Row, role: Role, place: str, expected: int) -> None:
    answer = await ask(world, row, role, place)
    cell = f"{row.route} in {place or '-'} by {role.name}: {answer.status} {answer.body[:300]!r}"
    assert answer.status == expected, cell
    check_told(world, row, role, place, answer)
    if expected in (404, 401, 303) and row.parameters and role.name != "console":
        never = await ask(world, row, role, place, never=True)
        assert plain(answer) == plain(never), f"{cell}: what is hidden and what never was differ"


async def ask(world: World, row: Row, role: Role, place: str, *, never: bool = False) -> Answer:
    words = words_of(world.facts, place, role.name)
    if never:
        words.update(dict.fromkeys(row.parameters, NEVER_SLUG))
        words.update({name: NEVER for name in row.parameters if name.endswith("_id")})
        row = replace(row, fill={})
    return await world.ask(
        role.name,
        row.method,
        path_of(row, words),
        json=filled(row.json, words),
        form=filled(row.form, words) if row.form or (row.is_page and not row.is_safe) else None,
        by=row.comes_by,
        raw=PICTURE if row.picture else FORM_WITH_FILE if row.upload else None,
        headers={"content-type": kind} if (kind := kind_of(row)) else None,
    )


def kind_of(row: Row) -> str:
    """The content type of what is sent as it is."""
    return "image/png" if row.picture else f"multipart/form-data; boundary={BOUNDARY}" if row.upload else ""


def check_told(world: World, row: Row, role: Role, place: str, answer: Answer) -> None:
    if role.name == "console":
        return
    asked = world.told(repr(words_of(world.facts, place, role.name)).encode())
    heard = [label for label in world.leaks(role.name, answer.all) if label not in row.shows]
    leaks = [label for label in heard if label not in asked or not is_echo(answer)]
    assert leaks == [], f"{row.route} in {place or '-'} tells {role.name}"


def is_echo(answer: Answer) -> bool:
    """Only what sends somebody to sign in repeats what they asked for."""
    return answer.status == 303 and "/sign-in/" in answer.header("location")


def plain(answer: Answer) -> bytes:
    return ECHO.sub(b"", answer.all)


async def snapshot(world: World) -> dict[str, list[Any]]:
    """Everything in the database but when tokens and sessions were last used."""
    return await world.chat.appliance.app.store.read(_all_rows)


def _all_rows(conn: Any) -> dict[str, list[Any]]:
    tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for table in tables:
        if table not in ("tokens", "sessions", "sqlite_sequence"):
            found[table] = [tuple(row) for row in conn.execute(f"SELECT * FROM {table}")]
    return found
