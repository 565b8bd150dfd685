"""The audit log and the storage on the command line."""

from __future__ import annotations

from .conftest import Typed


def test_audit(owned: Typed) -> None:
    owned("user", "add", "bob").ok()
    owned("user", "deactivate", "bob").ok()
    newest, *_ = owned("audit").ok().out.splitlines()
    when, who, did, to, *_ = newest.split("\t")
    assert len(when) == len("2026-11-23 15:04:05")
    assert (who, did, to) == ("the command line", "deactivate user", "bob")
    everything = owned("audit", "--json").ok().json["items"]
    assert len(everything) > 1
    assert owned("audit", "--limit", 1, "--json").ok().json["items"] == everything[:1]


def test_storage(owned: Typed) -> None:
    owned("group", "create", "Home lab").ok()
    told = dict(line.split("\t") for line in owned("storage").ok().out.splitlines())
    assert told["people"] == told["groups"] == told["topics"] == "1"
    assert told["  in home-lab"] == "0 messages"
    assert owned("storage", "--json").ok().json["sizes"]["database"] > 0
