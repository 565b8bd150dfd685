"""A command line to type at: in this process, or as a process of its own."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from convore_lite.cli import main

# A command takes less than a second; a machine that does other things may need much longer.
PATIENCE = 60


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def ok(self) -> Said:
        assert (self.status, self.err) == (0, "")
        return self

    def refused(self, status: int = 1) -> str:
        """The one line with which a mistake is answered."""
        assert self.status == status, self
        assert self.out == ""
        assert self.err.startswith("convore-lite: ")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("convore-lite: ").rstrip("\n")


Typed = Callable[..., Said]


@pytest.fixture
def typed(
    chat_folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Typed]:
    """Type a command on the data folder of the test; in this process, where nobody looks on."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def run(*arguments: object, stdin: bytes = b"", on_folder: bool = True) -> Said:
        folder = ["--data", str(chat_folder)] if on_folder else []
        monkeypatch.setattr(sys, "argv", ["convore-lite", *map(str, arguments), *folder])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, out.decode(), err.decode())

    yield run
    root.handlers, root.level = handlers, level


@pytest.fixture
def owned(typed: Typed) -> Typed:
    """The same in a chat that has an owner, ann."""
    typed("user", "add", "ann", "--role", "owner").ok()
    return typed


def command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own, to its end."""
    called = [sys.executable, "-m", "convore_lite", *map(str, arguments)]
    return subprocess.run(called, capture_output=True, timeout=PATIENCE, env=clean_environment(), **options)


def clean_environment() -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CONVORE_")}
