"""The event log: its numbers only rise, whatever is undone, forgotten or restarted."""

from __future__ import annotations

from pathlib import Path

import pytest

from convore_lite.store import Store, Writer, log
from convore_lite.words.errors import NotFound
from convore_lite.words.events import SettingsChanged

from .conftest import Published, running
from .notes import notes_told, write_note


def tell_at(conn: Writer, at: int) -> int:
    return log.tell(conn, SettingsChanged({"note": str(at)}), at=at, user_id=1).number


async def test_numbers_rise_over_restarts_and_forgetting(path: Path) -> None:
    numbers = []
    for _ in range(3):
        async with running(path) as store:
            numbers += [await store.write(tell_at, 1) for _ in range(3)]
            # Everything is forgotten: the next number must not begin anew.
            assert await store.write(log.trim, before=2, limit=100) == 3
            assert await store.read(log.last_number) == numbers[-1]
            assert await store.read(log.first_number) == numbers[-1] + 1
    assert numbers == list(range(1, 10))


async def test_what_was_undone_leaves_no_gap(store: Store, published: Published) -> None:
    def tell_and_refuse(conn: Writer) -> None:
        log.tell(conn, SettingsChanged({"note": "never"}), at=1, user_id=1)
        raise NotFound()

    await store.write(write_note, "one")
    with pytest.raises(NotFound):
        await store.write(tell_and_refuse)
    await store.write(write_note, "two")
    assert [event.number for event in published.events] == [1, 2]
    assert await store.read(notes_told) == ["one", "two"]


async def test_an_empty_log_is_before_the_first_event(store: Store) -> None:
    assert await store.read(log.last_number) == 0
    assert await store.read(log.first_number) == 1
    assert await store.read(log.after, 0, limit=10) == []


async def test_the_oldest_are_forgotten_first_and_in_steps(store: Store) -> None:
    for at in (10, 20, 30, 40):
        await store.write(tell_at, at)
    assert await store.write(log.trim, before=40, limit=2) == 2
    assert [event.at for event in await store.read(log.after, 0, limit=10)] == [30, 40]
    assert await store.read(log.first_number) == 3
    assert await store.write(log.trim, before=40, limit=2) == 1
    assert await store.write(log.trim, before=40, limit=2) == 0
    assert [event.at for event in await store.read(log.after, 0, limit=10)] == [40]


async def test_what_is_read_back_is_what_was_published(store: Store, published: Published) -> None:
    for text in ("one", "two", "three"):
        await store.write(write_note, text)
    kept = await store.read(log.after, 1, limit=10)
    assert [(event.number, event.kind, event.payload) for event in kept] == [
        (event.number, event.kind, event.payload) for event in published.events[1:]
    ]
