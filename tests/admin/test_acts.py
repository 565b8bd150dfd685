"""Every act that is written down can be read aloud."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import convore_lite.actions
from convore_lite.words.acts import ACTS, detail_text, said

ACTIONS = Path(convore_lite.actions.__file__).parent


def noted(tree: ast.AST) -> Iterator[str]:
    """The acts that a file names where it notes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.note", "audit.note_step"):
            yield from (value for part in node.args if isinstance(value := getattr(part, "value", None), str))


def words(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_act_has_its_words() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in ACTIONS.glob("*.py")]
    acts = {act for tree in trees for act in noted(tree)}
    assert len(acts) > 15
    assert acts - set(ACTS) == set()
    everything = set[str]().union(*(words(tree) for tree in trees))
    assert set(ACTS) - everything == set()


def test_an_act_of_a_newer_version_is_read_as_it_stands() -> None:
    assert said("paint fence") == ("Paint fence", "in")


def test_details() -> None:
    detail = {"role": "admin", "before": "member", "invitation_id": 3, "kind": None, "topics": ""}
    assert detail_text(detail) == "role admin, before member, invitation 3"
    assert detail_text({"changed": "description slug", "kind": None}) == "changed description and address"
