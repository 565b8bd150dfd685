"""What the server writes down: one line an event, for people or for machines. No secrets, no texts, no local variables.

Rule: everybody logs with `logging`. What belongs to an event is given as one mapping: ``log.info("request", {"path": path})``.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

PLAIN, DIM, BOLD = "0", "2", "1"
COLOURS = {"info": "32", "warning": "33", "error": "31", "critical": "31"}
# What would be mistaken for the end of a value, or for the next one's name.
PARTING = set(" =\"'")


def set_up(form: Literal["text", "json"]) -> None:
    """Send our own lines and those of the libraries to standard error, in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ForMachines() if form == "json" else ForPeople(colours=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for quiet in ("httpx2", "httpcore2", "quart"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


class ForMachines(logging.Formatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            **_facts(record),
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": _time(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=repr)


class ForPeople(logging.Formatter):
    """Columns, in colours at a terminal. A traceback follows on lines of its own."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        level = record.levelname.lower()
        parts = [
            self._shown(_time(record), DIM),
            f"[{self._shown(f'{level:<9}', COLOURS.get(level, PLAIN))}]",
            self._shown(f"{_printable(record.getMessage()):<30}", BOLD),
            f"[{record.name}]",
            *(f"{name}={_value(fact)}" for name, fact in sorted(_facts(record).items())),
        ]
        lines = self.formatException(record.exc_info).splitlines() if record.exc_info else []
        # Set in, so that what an error says cannot pass for a line of ours.
        return "\n".join([" ".join(parts), *(f"  {_printable(line)}" for line in lines)])

    def _shown(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colours else text


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    return record.args if isinstance(record.args, Mapping) else {}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _value(fact: Any) -> str:
    is_bare = isinstance(fact, str) and fact.isprintable() and PARTING.isdisjoint(fact)
    return str(fact) if is_bare else repr(fact)


def _printable(text: str) -> str:
    """What steers a terminal, or begins a line as if it were ours, is shown by its code."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
