"""Every command and every option is in docs/cli.md, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from convore_lite.cli import app

DOC = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
EVERY = {"--data", "--json"}


def commands(command: Any, path: str = "convore-lite") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from commands(one, f"{path} {name}")


def options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


COMMANDS = dict(commands(app))


def chapter(name: str) -> str:
    """What the page says of a command: its own chapter, or that of its group."""
    chapters = dict(re.findall(r"^## (convore-lite[\w -]*)\n(.*?)(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL))
    found: str = next(text for title, text in chapters.items() if f"{name} ".startswith(f"{title} "))
    return found


def test_every_command_and_option_is_documented() -> None:
    assert "convore-lite token revoke" in COMMANDS
    for name, command in COMMANDS.items():
        if name not in re.findall(r"^## (.*)$", DOC, re.MULTILINE):
            assert f"`{name}" in chapter(name)
        missing = [option for option in options(command) - EVERY - {"--help"} if option not in chapter(name)]
        assert not missing, name
    # Those of the command itself, with no other behind it.
    assert [option for option in options(app) - {"--help"} if f"`convore-lite {option}`" not in DOC] == []


def test_nothing_is_documented_that_is_not_there() -> None:
    there = set().union(*(options(command) for command in (app, *COMMANDS.values()))) | {"--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", DOC)) <= there
    named = set(re.findall(r"`(convore-lite [a-z-]+(?: [a-z-]+)?)", DOC)) | set(
        re.findall(r"^## (convore.*)$", DOC, re.MULTILINE)
    )
    known = set(COMMANDS) | {name.rpartition(" ")[0] for name in COMMANDS}
    known |= {f"convore-lite {option}" for option in options(app)}
    assert {name for name in named if name not in known} == set()


def test_every_command_takes_the_folder_and_answers_in_json() -> None:
    assert {name for name, command in COMMANDS.items() if not options(command) >= EVERY} == set()


def test_every_command_and_option_says_what_it_is_for() -> None:
    for name, command in COMMANDS.items():
        assert command.help, name
        assert all(parameter.help for parameter in command.params if parameter.name != "help"), name
