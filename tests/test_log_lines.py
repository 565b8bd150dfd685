"""What the log shows: one line an event, in either form, whatever is in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest

from convore_lite import log_lines

log = logging.getLogger("convore_lite.test")


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What was written down since it was last asked."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield lambda: capsys.readouterr().err
    root.handlers, root.level = handlers, level


def test_for_people(written: Callable[[], str]) -> None:
    log_lines.set_up("text")
    log.info("request", {"path": "/a b/", "status": 200, "method": "GET"})
    time, rest = written().split(maxsplit=1)
    assert time[10] == "T"
    assert time[-1] == "Z"
    assert rest.split() == "[info ] request [convore_lite.test] method=GET path='/a b/' status=200".split()


def test_for_machines(written: Callable[[], str]) -> None:
    log_lines.set_up("json")
    log.warning("A disk of %d MB is full.", 10)
    log.info("started", {"version": "1", "addresses": ["http://127.0.0.1:1/"]})
    full, started = map(json.loads, written().splitlines())
    assert (full["event"], full["level"], full["logger"]) == ("A disk of 10 MB is full.", "warning", log.name)
    assert (started["event"], started["version"], started["addresses"]) == ("started", "1", ["http://127.0.0.1:1/"])


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_else_begins_a_line_or_steers_the_terminal(written: Callable[[], str], form: str) -> None:
    log_lines.set_up(form)  # type: ignore[arg-type]
    log.warning("no\r\n%s", "\x1b[2J")
    log.info("request", {"path": "/\n\x1b[2J", "odd": "a=b"})
    lines = written().removesuffix("\n")
    assert lines.count("\n") == 1
    assert lines.replace("\n", "").isprintable()


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_an_error_says_is_no_line_of_ours(written: Callable[[], str], form: str) -> None:
    log_lines.set_up(form)  # type: ignore[arg-type]
    try:
        raise RuntimeError("no\n2026-11-28T00:00:00Z [info] forged\x1b[31m")
    except RuntimeError as error:
        log.error("unexpected error", exc_info=error)
    lines = written().splitlines()
    assert any("forged" in line for line in lines)
    assert not any(line.startswith("2026-11-28T00:00:00Z") for line in lines)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_is_there_in_full_but_for_what_was_at_hand(written: Callable[[], str], form: str) -> None:
    log_lines.set_up(form)  # type: ignore[arg-type]
    password = "".join(["open", "sesame"])
    try:
        raise RuntimeError(len(password))
    except RuntimeError as error:
        log.error("unexpected error", {"where": "GET /"}, exc_info=error)
    text = written()
    assert "test_log_lines.py" in text
    assert "RuntimeError: 10" in text
    assert "GET /" in text
    assert password not in text
    if form == "json":
        assert json.loads(text)["exception"].startswith("Traceback")
