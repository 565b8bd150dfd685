"""The documentation is complete and true: every setting, address and command is in it, its links lead somewhere, its code runs."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from convore_lite.cli import app as command_line
from convore_lite.routes import live
from convore_lite.routes.metrics import figures_of, written
from convore_lite.routes.website import the_website
from convore_lite.testing import Chat
from convore_lite.words import settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *(ROOT / "examples").rglob("*.md")])
API = "/api/v1"
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def doc(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def code(name: str, language: str) -> list[str]:
    """The blocks of code in a page that are in one language."""
    return [text for found, text in FENCE.findall(doc(name)) if found == language]


def test_every_setting_is_documented() -> None:
    """As one row of the table, word by word what the program says of it."""
    rows = [line for line in doc("configuration.md").splitlines() if line.startswith("| `")]
    said = [
        f"| `{name}` | `{settings.variable(name)}` | {default} | {text} |"
        for name, default, text in settings.describe()
    ]
    assert rows == said


def test_the_settings_file_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    (example,) = code("configuration.md", "toml")
    (tmp_path / settings.FILE_NAME).write_text(example)
    read = settings.read_settings({"data": tmp_path}, {})
    assert read.name == tomllib.loads(example)["name"]


async def test_every_address_is_documented(chat: Chat) -> None:
    rules = [rule.rule for rule in the_website().url_map.iter_rules()]
    api = {rule.removeprefix(API) for rule in rules if rule.startswith(API)} | {live.PATH.removeprefix(API)}
    pages = {rule for rule in rules if not rule.startswith(API)}
    assert len(api) > 10
    assert len(pages) > 10
    assert sorted(rule for rule in api if not names(doc("api.md"), rule)) == ["/openapi.json"]
    assert sorted(rule for rule in pages if not names(doc("pages.md"), rule)) == []


def names(text: str, rule: str) -> bool:
    """Does a text name an address? Its variable parts have names in capitals there, such as /groups/GROUP."""
    pattern = re.sub(r"<[^>]+>", "[A-Z][A-Z_]*", re.sub(r"([.?])", r"\\\1", rule))
    return re.search(rf"(?<![\w/]){pattern}(?![\w/])", text.replace(f"{API}/", "/")) is not None


def commands(command: Any, path: str) -> Iterator[str]:
    """The full name of every command that does something."""
    inner = getattr(command, "commands", {})
    for name, one in inner.items():
        yield from commands(one, f"{path} {name}")
    if not inner:
        yield path


def test_every_command_is_documented() -> None:
    every = list(commands(command_line, "convore-lite"))
    assert "convore-lite serve" in every
    assert [name for name in every if name not in doc("cli.md")] == []


async def test_every_metric_is_documented(chat: Chat) -> None:
    """By the name one asks Prometheus for, and with its kind; and none that is not there."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", doc("monitoring.md"), re.MULTILINE))
    families = list(text_string_to_metric_families(written(figures_of(chat.appliance.app)).decode()))
    told = {f"{family.name}_total" if family.type == "counter" else family.name: family.type for family in families}
    assert len(told) > 12
    assert {name: "gauge" if kind == "info" else kind for name, kind in rows.items()} == told
    asked = set(re.findall(r"\b(?:convore|process)_\w+", doc("monitoring.md")))
    assert {name.removesuffix("_bucket") for name in asked} - {"process_"} == set(told)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for found in LINK.finditer(page.read_text("utf-8")):
        parts = urlsplit(found[1] or found[2])
        if parts.scheme:
            continue
        target = page if not parts.path else page.parent / unquote(parts.path)
        assert target.exists(), f"{page.name}: {parts.geturl()}"
        if parts.fragment:
            assert parts.fragment in headings(target), f"{page.name}: {parts.geturl()}"


def headings(page: Path) -> set[str]:
    """The fragments under which the headings of a page are found."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_files_and_functions_of_the_architecture_are_there() -> None:
    text = doc("architecture.md")
    files = set(re.findall(r"`([\w/.-]+\.(?:py|ts|html))`", text))
    functions = set(re.findall(r"`(\w+)\(\)`", text))
    assert "actions/post.py" in files
    assert "post_message" in functions
    assert [name for name in files if not (ROOT / name).exists() and not (ROOT / "convore_lite" / name).exists()] == []
    source = "".join(path.read_text("utf-8") for path in (ROOT / "convore_lite").rglob("*.py"))
    assert [name for name in functions if f"def {name}(" not in source] == []


async def test_the_test_of_the_documentation_passes(chat: Chat) -> None:
    (example,) = code("testing.md", "python")
    written: dict[str, Any] = {}
    exec(compile(example, "testing.md", "exec"), written)
    await written["test_a_message_reaches_the_other_at_once"](chat)


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_what_is_printed_is_what_is_packed(name: str) -> None:
    assert f"\n{(ROOT / 'packaging' / name).read_text('utf-8')}```" in doc("deploying.md")


# Put together here so that this file does not name them either.
HOSTS = [
    name.replace("| ", "")
    for name in (
        "py| pi.org",
        "python| hosted.org",
        "npm| js.org",
        "npm| js.com",
        "deb.| debian.org",
        "docker| .io",
        "crates| .io",
    )
]
PLACES = [f"/{folder}/" for folder in ("work", "tmp/v311", "tmp/v313")]


def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode != 0:
        pytest.skip("this is no checkout of git")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    assert ROOT / "pyproject.toml" in files
    for file in files:
        content = file.read_bytes()
        assert [name for name in [*HOSTS, *PLACES] if name.encode() in content] == [], file
