"""Server-sent events as bytes: one event in, one event out, whatever somebody wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convore_lite.testing import ServerSentEvent, SseParser
from convore_lite.words import sse

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "sse" / "sse_vectors.json"
# Texts that have forged, split or changed events in other servers.
HOSTILE = [
    "a\nb",
    "a\r\nb",
    "a\rb",
    "\n\nevent: logout\ndata: {}\n\n",
    "\revent: logout\rdata: {}\r\r",
    "id: 999999999\n",
    "retry: 1\n",
    ": comment\n",
    "\u2028x\u2029y\u0085z\x0b\x0c\x1c\x1d\x1e",
    "\ufeffx",
    "\0x\0",
    " leading",
    "data:",
    "👀\u200d",
    "\u202e\u2066",
]


def parsed(stream: bytes) -> list[ServerSentEvent]:
    """The events of a stream; the next one after it must come through unharmed too."""
    events = SseParser().feed(stream + b"event: after\ndata: it\n\n")
    assert events.pop() == ServerSentEvent("after", "it", events[-1].id if events else "")
    return events


def one_line_end(text: str) -> str:
    """How a reader sees the line ends of a text: CR, LF and CRLF are all LF (WHATWG HTML, 9.2.6)."""
    return re.sub(r"\r\n|\r", "\n", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_data_is_one_event(text: str) -> None:
    frame = sse.frame("message_posted", text.encode(), "e-1")
    assert parsed(frame) == [ServerSentEvent("message_posted", one_line_end(text), "e-1")]


@pytest.mark.parametrize("text", HOSTILE)
def test_json_is_one_line_and_unchanged(text: str) -> None:
    frame = sse.frame("message_posted", json.dumps({"text": text}, ensure_ascii=False).encode(), "e-1")
    [event] = parsed(frame)
    assert json.loads(event.data)["text"] == text
    assert frame.count(b"\n") == 4


def test_the_corpus_of_bodies() -> None:
    if not VECTORS.exists():
        pytest.skip("the shared corpora are not beside this checkout")
    for body in json.loads(VECTORS.read_text("utf-8"))["bodies"]:
        test_any_data_is_one_event(body)
        test_json_is_one_line_and_unchanged(body)


@given(st.text())
def test_every_text_is_one_event(text: str) -> None:
    test_any_data_is_one_event(text)


@given(st.lists(st.text(alphabet="a:\r\n \0👀\u2028\ufeff"), min_size=1, max_size=4), st.data())
def test_a_stream_may_be_cut_anywhere(texts: list[str], data: st.DataObject) -> None:
    stream = b"".join(
        sse.frame("message_posted", text.encode(), f"e-{number}") for number, text in enumerate(texts, start=1)
    )
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=5))
    places = [0, *sorted(cuts), len(stream)]
    parser, events = SseParser(), []
    for begin, end in zip(places, places[1:], strict=False):
        events += parser.feed(stream[begin:end])
    assert [event.data for event in events] == [one_line_end(text) for text in texts]
    assert parser.last_id == f"e-{len(texts)}"


def test_a_stream_may_be_cut_at_every_byte() -> None:
    text = "\rdata: é👀\r\n\nid: 7\n"
    stream = sse.frame("message_posted", text.encode(), "e-1") + sse.HEARTBEAT + sse.frame("reset", b"{}", "e-2")
    whole = SseParser().feed(stream)
    assert [event.id for event in whole] == ["e-1", "e-2"]
    for cut in range(len(stream) + 1):
        parser = SseParser()
        assert parser.feed(stream[:cut]) + parser.feed(stream[cut:]) == whole


def test_an_id_counts_when_its_event_is_complete() -> None:
    stream = sse.frame("message_posted", b"{}", "e-1") + sse.frame("message_posted", b"{}", "e-2")
    for cut in range(len(stream) + 1):
        parser = SseParser()
        events = parser.feed(stream[:cut])
        assert parser.last_id == (events[-1].id if events else "")


@pytest.mark.parametrize("cut", [None, "\r", "\n", "\0", "\r\n"])
def test_an_id_or_a_name_is_one_line(cut: str | None) -> None:
    if cut is None:  # the negative tests below would pass for a frame that refuses everything
        assert sse.frame("kind", b"{}", "e-1") == b"id: e-1\nevent: kind\ndata: {}\n\n"
        return
    with pytest.raises(ValueError, match="one line"):
        sse.frame("kind", b"{}", f"e{cut}1")
    with pytest.raises(ValueError, match="one line"):
        sse.frame(f"ki{cut}nd", b"{}", "e-1")


def test_an_event_without_an_id_leaves_the_last_one() -> None:
    parser = SseParser()
    parser.feed(sse.frame("message_posted", b"{}", "e-7"))
    [typing] = parser.feed(sse.frame("typing", b"{}"))
    assert typing.id == parser.last_id == "e-7"


def test_a_heartbeat_and_a_retry_are_no_events() -> None:
    parser = SseParser()
    assert parser.feed(sse.HEARTBEAT + sse.retry(1500)) == []
    assert (parser.comments, parser.retry) == (1, 1500)
