"""Export and import as commands: files, pipes, reports, dry runs, and what is left where one is killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from convore_lite.words import archive
from convore_lite.words.archive import GroupLine, MemberLine, MessageLine, TopicLine, UserLine
from convore_lite.words.models import time_text

from .conftest import PATIENCE, Typed, clean_environment, command
from .serving import serving

AT = time_text(1_700_000_000_000)


def lines(messages: int) -> Iterator[bytes]:
    yield archive.HEADER
    for name in ("ann", "bob"):
        yield archive.encode(UserLine(name, name.title(), "person", AT))
    yield archive.encode(GroupLine("lab", "Lab", "public", "", "ann", AT))
    yield archive.encode(TopicLine("lab", "general", "General", "ann", AT, False, False, False, True))
    for seq in range(1, messages + 1):
        text = f"Message number {seq} says hello to @bob, and a little more than that. " * (1 + seq % 5)
        yield archive.encode(MessageLine("lab", "general", seq, "ann", f"c{seq}", text, AT, None, None))
    yield archive.encode(MemberLine("lab", "bob", "admin", AT))


@pytest.fixture
def chat_file(tmp_path: Path) -> Path:
    file = tmp_path / "chat.jsonl"
    file.write_bytes(b"".join(lines(3)))
    return file


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()
    }


def test_in_and_out_again(typed: Typed, chat_file: Path, tmp_path: Path) -> None:
    said = typed("import", "convore-lite", chat_file).ok()
    assert said.out == "Taken in: 2 users, 1 group, 1 topic, 3 messages, 1 member.\n"
    target = tmp_path / "out.jsonl"
    assert typed("export", "--output", target).ok().out == f"Wrote 3 messages to {target}.\n"
    assert target.read_bytes() == chat_file.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert typed("export").ok().out.encode() == chat_file.read_bytes()
    again = typed("import", "convore-lite", "-", stdin=chat_file.read_bytes()).ok()
    assert again.out.splitlines() == [
        "Taken in: nothing.",
        "Here already: 2 users, 1 group, 1 topic, 3 messages, 1 member.",
    ]


def test_in_json(typed: Typed, chat_file: Path, tmp_path: Path) -> None:
    taken = typed("import", "convore-lite", chat_file, "--json").ok().json
    assert taken["taken"] == {"user": 2, "group": 1, "topic": 1, "message": 3, "member": 1}
    assert (taken["refused_count"], taken["refused"], taken["dry_run"]) == (0, [], False)
    target = tmp_path / "out.jsonl"
    assert typed("export", "--output", target, "--json").ok().json == {"file": str(target), "messages": 3, "lines": 9}


def test_what_is_refused_is_shown_and_written_down(typed: Typed, chat_file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with chat_file.open("ab") as file:
        file.writelines([b"nope\n", b'{"kind":"\\u001b[2J"}\n', *[b"nope\n"] * 20])
    said = typed("import", "convore-lite", chat_file)
    assert (said.status, said.out) == (1, "Taken in: 2 users, 1 group, 1 topic, 3 messages, 1 member.\n")
    complaints = said.err.splitlines()
    assert complaints[:2] == ["Refused: 22 lines.", "  line 10: is not well-formed JSON in UTF-8"]
    assert complaints[2] == "  line 11: kind: invalid value '�[2J'"
    assert complaints[-1] == "  … and 12 more; --report FILE writes all of them down."
    assert typed("import", "convore-lite", chat_file, "--report", report, "--dry-run").status == 1
    written = json.loads(report.read_bytes())
    assert [line["line"] for line in written["refused"]] == list(range(10, 32))
    assert written["refused_count"] == 22
    assert (written["file"], written["dry_run"], written["into"]) == (str(chat_file), True, None)
    assert (written["taken"], written["present"]["message"]) == ({}, 3)


def test_a_dry_run_says_what_happens_and_changes_nothing(typed: Typed, chat_file: Path, chat_folder: Path) -> None:
    first = typed("import", "convore-lite", chat_file, "--dry-run").ok()
    assert first.out == "Would take in: 2 users, 1 group, 1 topic, 3 messages, 1 member.\n"
    assert not chat_folder.exists()
    typed("user", "add", "ann", "--bot").ok()
    before = fingerprint(chat_folder)
    rehearsed = typed("import", "convore-lite", chat_file, "--dry-run")
    assert fingerprint(chat_folder) == before
    real = typed("import", "convore-lite", chat_file)
    assert (
        (rehearsed.status, rehearsed.err)
        == (real.status, real.err)
        == (1, "Refused: 1 line.\n  line 2: “ann” is here already, as a bot.\n")
    )
    assert rehearsed.out == real.out.replace("Taken in", "Would take in")


def test_a_dry_run_beside_a_server(chat_folder: Path, chat_file: Path) -> None:
    with serving(chat_folder):
        rehearsed = command("import", "convore-lite", chat_file, "--dry-run", "--data", chat_folder)
        assert rehearsed.stdout == b"Would take in: 2 users, 1 group, 1 topic, 3 messages, 1 member.\n"
        assert command("export", "--data", chat_folder).stdout == archive.HEADER
        assert command("import", "convore-lite", chat_file, "--data", chat_folder).returncode == 0
        assert command("export", "--data", chat_folder).stdout == chat_file.read_bytes()
        rehearsed = command("import", "convore-lite", chat_file, "--dry-run", "--data", chat_folder)
        assert rehearsed.stdout.startswith(b"Would take in: nothing.\nHere already: 2 users")
        assert [path.name for path in chat_folder.iterdir() if path.name.startswith("dry-run-")] == []


def test_into_a_group(owned: Typed, chat_file: Path) -> None:
    assert owned("import", "convore-lite", chat_file, "--into", "here").refused() == "There is no group “here”."
    owned("group", "create", "Here").ok()
    said = owned("import", "convore-lite", chat_file, "--into", "here").ok()
    assert said.out.splitlines() == [
        "Taken in: 1 user, 3 messages.",
        "Here already: 1 user, 1 topic.",
        "Left out: 1 group, 1 member.",
    ]


def test_a_file_that_is_no_export_begins_no_chat(typed: Typed, tmp_path: Path, chat_folder: Path) -> None:
    other = tmp_path / "other"
    report = tmp_path / "report.json"
    other.write_bytes(b"PK\x03\x04")
    assert "the first line has to be" in typed("import", "convore-lite", other, "--report", report).refused()
    assert not chat_folder.exists()
    assert not report.exists()


def test_a_file_takes_its_place_when_it_is_complete(owned: Typed, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_bytes(b"what was here before")
    assert owned("export", "--group", "nowhere", "--output", target).status == 1
    assert target.read_bytes() == b"what was here before"
    owned("export", "--output", target).ok()
    assert target.read_bytes() == archive.HEADER
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert owned("export", "--output", "/dev/null").ok().out == "Wrote 0 messages to /dev/null.\n"
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_killed_in_the_middle_and_done_again(chat_folder: Path, tmp_path: Path) -> None:
    content = list(lines(3000))
    called = [sys.executable, "-m", "convore_lite", "import", "convore-lite", "-", "--data", str(chat_folder)]
    with subprocess.Popen(called, stdin=subprocess.PIPE, env=clean_environment()) as process:
        assert process.stdin is not None
        # A pipe holds 64 KiB: with so much written, most of it was read, and what was read before was taken in.
        process.stdin.writelines(content[:1500])
        process.stdin.flush()
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    half = command("export", "--data", chat_folder).stdout.splitlines()
    assert 100 < len(half) < 1500
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"".join(content))
    said = command("import", "convore-lite", whole, "--data", chat_folder)
    assert said.returncode == 0
    assert b"Here already: 2 users, 1 group, 1 topic" in said.stdout
    assert command("export", "--data", chat_folder).stdout == whole.read_bytes()


@pytest.mark.slow
def test_a_larger_file_needs_no_more_memory(tmp_path: Path) -> None:
    used = dict[str, list[int]]()
    for count in (1_000, 16_000):
        file, folder = tmp_path / f"{count}.jsonl", tmp_path / str(count)
        file.write_bytes(b"".join(lines(count)))
        for action in (["import", "convore-lite", str(file)], ["export", "--output", str(tmp_path / "out")]):
            used.setdefault(action[0], []).append(kilobytes(*action, "--data", str(folder)))
        assert (tmp_path / "out").read_bytes() == file.read_bytes()
        size = file.stat().st_size // 1024
    for small, large in used.values():
        assert large - small < size / 2


# Linux counts what a process had before it became another program; between us and the command stands one that has little.
MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "convore_lite", *sys.argv[1:]], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def kilobytes(*arguments: str) -> int:
    """The most memory that a command had (on Linux; a Mac says bytes)."""
    called = [sys.executable, "-c", MEASURE, *arguments]
    return int(subprocess.run(called, env=clean_environment(), capture_output=True, check=True).stdout)
