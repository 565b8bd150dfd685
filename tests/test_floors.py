"""The five floors: imports go down only, and one file reads the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import convore_lite

PACKAGE = Path(convore_lite.__file__).parent
FLOORS = {
    4: "appliance garbage log_lines server cli testing __main__",
    3: "routes",
    2: "actions",
    1: "store index files hub bell fetcher page_reader passwords pictures presence rates typists",
    0: "words __init__",
}
FLOOR_OF = {place: floor for floor, places in FLOORS.items() for place in places.split()}
# The root names everything and wires it together, so its own parts may know one another.
ROOT = 4
# The settings, and the one variable that is not ours: systemd's NOTIFY_SOCKET.
READS_ENVIRONMENT = ["server.notify", "words.settings"]


@dataclass(frozen=True)
class Module:
    """A module of the package: its dotted name below it, and what it says."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def place(self) -> str:
        """The folder or file directly below the package: ``routes`` for ``routes.api.door``."""
        return self.name.partition(".")[0]

    def imports(self) -> Iterator[str]:
        """The dotted names below the package that this module imports, also where only a type checker does."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                yield from self._from(node)
            elif isinstance(node, ast.Import):
                yield from (part.name.removeprefix("convore_lite.") for part in node.names if _ours(part.name))

    def _from(self, node: ast.ImportFrom) -> Iterator[str]:
        if node.level:
            parts = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
            base = parts[: len(parts) - node.level + 1]
            whole = ".".join([*base, *(node.module or "").split(".")]).strip(".")
        elif _ours(node.module or ""):
            whole = (node.module or "").removeprefix("convore_lite").strip(".")
        else:
            return
        # "from .. import hub" names a module, "from .. import __version__" a value of the package itself.
        yield from [whole] if whole else (alias.name if alias.name in FLOOR_OF else "__init__" for alias in node.names)

    def reads_environment(self) -> bool:
        return any(_is_environment(node) for node in ast.walk(self.tree))


def _is_environment(node: ast.AST) -> bool:
    names = {"environ", "environb", "getenv"}
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in names for alias in node.names)
    of_os = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    return of_os and node.attr in names


def _ours(name: str) -> bool:
    return name == "convore_lite" or name.startswith("convore_lite.")


def module(path: str, source: str) -> Module:
    """The module at *path* below the package, such as ``routes/api/door.py``."""
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return Module(name, ast.parse(source, path), path.endswith("__init__.py"))


def climbs(one: Module) -> list[str]:
    """What is wrong with the imports of a module, a sentence each."""
    wrong = []
    for name in one.imports():
        place = name.partition(".")[0]
        if place not in FLOOR_OF:
            wrong.append(f"{one.name} imports {name}, which is on no floor")
        elif FLOOR_OF[place] > FLOOR_OF[one.place]:
            wrong.append(f"{one.name} imports {name}, which is above it")
        elif FLOOR_OF[place] == FLOOR_OF[one.place] not in (ROOT, 0) and place != one.place:
            wrong.append(f"{one.name} imports {name}, which is beside it")
    return wrong


MODULES = [
    module(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if "static" not in path.parts
]


def test_every_module_is_on_a_floor() -> None:
    assert len(MODULES) > 40
    assert {one.place for one in MODULES} <= set(FLOOR_OF)


def test_imports_go_down_only() -> None:
    assert [sentence for one in MODULES for sentence in climbs(one)] == []


def test_only_the_settings_read_the_environment() -> None:
    assert [one.name for one in MODULES if one.reads_environment()] == READS_ENVIRONMENT


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("words/sse.py", "from ..store import log", "above"),
        ("words/sse.py", "from .. import hub", "above"),
        ("words/sse.py", "def late():\n    import convore_lite.routes.live", "above"),
        ("hub.py", "from .store import Store", "beside"),
        ("hub.py", "from . import passwords", "beside"),
        ("store/log.py", "from ..hub import Hub", "beside"),
        ("store/__init__.py", "from ..actions import App", "above"),
        ("store/__init__.py", "from .. import actions", "above"),
        ("actions/post.py", "from ..routes.problems import problem", "above"),
        ("routes/api/door.py", "from ...appliance import Appliance", "above"),
        ("routes/live.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..server import x", "above"),
        ("words/x.py", "from ..utils import x", "no floor"),
    ],
)
def test_a_climb_is_noticed(path: str, source: str, complaint: str) -> None:
    [sentence] = climbs(module(path, source))
    assert complaint in sentence


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("words/events.py", "from .models import User"),
        ("store/log.py", "from . import reading\nfrom .connections import Writer\nfrom ..words.events import Event"),
        ("routes/api/door.py", "from .. import forms\nfrom ...actions import App\nfrom ... import __version__"),
        ("testing/chat.py", "from ..appliance import open_appliance"),
        ("hub.py", "from trio import Event\nimport convore_lite_plugin"),
    ],
)
def test_what_goes_down_or_stays_inside_is_right(path: str, source: str) -> None:
    assert climbs(module(path, source)) == []


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['HOME']", "import os\nos.getenv('HOME')", "from os import environ as everything"]
)
def test_a_look_at_the_environment_is_noticed(source: str) -> None:
    assert module("hub.py", source).reads_environment()
    assert not module("hub.py", "import os\nos.close(1)").reads_environment()
