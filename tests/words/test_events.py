"""Events: their names, their form on the wire, and the ids by which a reader comes back."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convore_lite.words.events import FACTS, Event, IgnoredChanged, SettingsChanged, event_id, event_number, to_wire

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "sse" / "sse_vectors.json"
EPOCH = "5ca1ab1e"
# What somebody may send as a Last-Event-ID and what is no place in this log.
NO_PLACES = [
    "",
    "0",
    "7",
    "-1",
    "1e9",
    "abc",
    "null",
    "９",
    f"{EPOCH}",
    f"{EPOCH}-",
    f"{EPOCH}--1",
    f"{EPOCH}-+1",
    f"{EPOCH}-01",
    f"{EPOCH}- 1",
    f"{EPOCH}-1 ",
    f"{EPOCH}-1\n",
    f"{EPOCH}-1\0",
    f"{EPOCH}-1.0",
    f"{EPOCH}-1e3",
    f"{EPOCH}-１",
    f"{EPOCH}-99999999999999999",
    f"x{EPOCH}-1",
    "facade00-1",
    f"{EPOCH.upper()}-1",
    f"{EPOCH}-1;{EPOCH}-2",
    f"../{EPOCH}-1",
]


def test_a_fact_has_one_name() -> None:
    kinds = [fact.kind for fact in FACTS]
    assert len(set(kinds)) == len(kinds)
    assert {"message_posted", "topic_opened", "member_joined", "member_left", "mentioned", "topic_read"} <= set(kinds)


def test_the_form_on_the_wire() -> None:
    fact = IgnoredChanged([3, 5])
    event = Event(7, 1_795_446_245_123, fact.kind, msgspec.json.encode(fact), user_id=2)
    assert to_wire(event, EPOCH) == (
        b'{"id":"5ca1ab1e-7","kind":"ignored_changed","at":"2026-11-23T15:04:05.123Z","ignored":[3,5]}'
    )


@given(st.dictionaries(st.text(), st.text()), st.integers(1, 2**53 - 1))
def test_an_event_is_one_line_of_json(settings: dict[str, str], number: int) -> None:
    fact = SettingsChanged(settings)
    wire = to_wire(Event(number, 0, fact.kind, msgspec.json.encode(fact)), EPOCH)
    assert b"\n" not in wire
    assert b"\r" not in wire
    told = json.loads(wire)
    assert told == {
        "id": f"{EPOCH}-{number}",
        "kind": "settings_changed",
        "at": "1970-01-01T00:00:00.000Z",
        "settings": settings,
    }


@given(st.integers(0, 2**53 - 1))
def test_an_id_is_read_back(number: int) -> None:
    assert event_number(EPOCH, event_id(EPOCH, number)) == number


@pytest.mark.parametrize("text", NO_PLACES)
def test_anything_else_is_no_place(text: str) -> None:
    assert event_number(EPOCH, text) is None


@given(st.text())
def test_no_text_breaks_reading_an_id(text: str) -> None:
    assert event_number(EPOCH, text) is None
    assert event_number(EPOCH, f"{EPOCH}-{text}") in (None, *([int(text)] if text.isdecimal() else []))


def test_the_corpus_of_ids() -> None:
    if not VECTORS.exists():
        pytest.skip("the shared corpora are not beside this checkout")
    for text in json.loads(VECTORS.read_text("utf-8"))["last_event_id"]:
        assert event_number(EPOCH, text) is None


def test_an_epoch_is_taken_literally() -> None:
    assert event_number("a.c", "abc-1") is None
    assert event_number("a.c", "a.c-1") == 1
