"""The locks hold what pyproject.toml asks for, each package with the hashes of its files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUN = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
TEST = [Requirement(line) for line in PROJECT["project"]["optional-dependencies"]["test"]]
BUILD = [Requirement(line) for line in PROJECT["build-system"]["requires"]]


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
    """The entries of a lock: what is pinned, and the hashes it may have."""
    lines = (ROOT / "locks" / name).read_text("utf-8").replace("\\\n", "").splitlines()
    entries = [line.split("--hash=") for line in lines if line and not line.lstrip().startswith("#")]
    return [(Requirement(entry[0].strip()), [value.strip() for value in entry[1:]]) for entry in entries]


@pytest.mark.parametrize("name", ["run.txt", "build.txt", "test.txt"])
def test_every_package_has_one_version_and_hashes(name: str) -> None:
    assert locked(name)
    for pinned, hashes in locked(name):
        assert [specifier.operator for specifier in pinned.specifier] == ["=="]
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes)


@pytest.mark.parametrize(
    ("name", "asked"), [("run.txt", RUN), ("build.txt", BUILD), ("test.txt", [*RUN, *TEST, *BUILD])]
)
def test_what_is_asked_for_is_locked(name: str, asked: list[Requirement]) -> None:
    """Where this fails, run `sh scripts/lock`."""
    versions: dict[str, list[str]] = {}
    for pinned, _ in locked(name):
        versions.setdefault(canonicalize_name(pinned.name), []).extend(s.version for s in pinned.specifier)
    for requirement in asked:
        found = versions.get(canonicalize_name(requirement.name), [])
        assert found, requirement.name
        assert all(requirement.specifier.contains(version) for version in found), f"{requirement}: {found}"


def test_all_locks_agree() -> None:
    everything = {version(pinned): hashes for pinned, hashes in locked("test.txt")}
    for name in ("run.txt", "build.txt"):
        for pinned, hashes in locked(name):
            assert everything[version(pinned)] == hashes


def version(pinned: Requirement) -> str:
    """Without its markers: the tests may need on every platform what the server needs on some."""
    return f"{pinned.name}{pinned.specifier}"
