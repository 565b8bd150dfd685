"""Whatever somebody types: one line and an exit status, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from convore_lite.cli.output import print_json

from .conftest import Typed, command

REFUSED = [
    (["user", "show", "nobody"], "There is no such user."),
    (["user", "show", "a/b"], "There is nothing here that you can see."),
    (["user", "add", "ann"], "The username “ann” is taken."),
    (["user", "add", "not a name"], "username: 1 to 32 letters"),
    (["user", "add", "bob", "--email", "nope"], "email: is not an e-mail address"),
    (["user", "passwd", "ann"], "There is nobody here to ask for the password."),
    (["user", "passwd", "ann", "--password-stdin"], "password: at least 10 characters"),
    (["user", "link", "nobody"], "There is no such user."),
    (["token", "create", "nobody", "--name", "x", "--scope", "read"], "There is no such user."),
    (["token", "revoke", "77"], "There is no such token."),
    (["invite", "revoke", "77"], "There is no such invitation."),
    (["group", "add", "nowhere", "ann"], "There is no such group."),
    (["group", "create", "\x1b[2J"], "name: may not hold control characters"),
    (["export", "--group", "nowhere"], "There is no group “nowhere”."),
    (["export", "--topic", "77"], "There is no topic 77 to export."),
    (["export", "--output", "/nowhere/file"], "/nowhere"),
    (["import", "convore-lite", "/nowhere/file"], "/nowhere/file: No such file or directory."),
    (["import", "convore-lite", "/dev/null"], "This is no export of convore-lite"),
]
NOT_UNDERSTOOD = [
    ["nope"],
    ["user", "nope"],
    ["user", "add"],
    ["user", "add", "ann", "--nope"],
    ["user", "add", "ann", "--role", "king"],
    ["token", "create", "ann", "--name", "x"],
    ["token", "revoke", "one"],
    ["token", "revoke", "0"],
    ["token", "revoke", "9" * 400],
    ["group", "create", "x", "--kind", "direct"],
    ["export", "--format", "pdf"],
    ["serve", "extra"],
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=[" ".join(case[0])[:30] for case in REFUSED])
def test_what_cannot_be_done(owned: Typed, arguments: list[str], sentence: str) -> None:
    assert owned(*arguments).refused().startswith(sentence)


@pytest.mark.parametrize("arguments", NOT_UNDERSTOOD, ids=lambda value: " ".join(value)[:30])
def test_what_is_not_understood(typed: Typed, arguments: list[str], chat_folder: Path) -> None:
    assert " --help." in typed(*arguments).refused(2)
    assert not chat_folder.exists()


@pytest.mark.parametrize(
    "arguments", [["user", "list"], ["user", "link", "ann"], ["token", "list", "ann"], ["group", "list"], ["export"]]
)
def test_a_mistyped_folder_is_not_made(typed: Typed, arguments: list[str], chat_folder: Path) -> None:
    assert typed(*arguments).refused() == f"There is no chat in {chat_folder} yet. `convore-lite serve` begins one."
    assert not chat_folder.exists()


def test_a_folder_that_another_process_is_busy_with(owned: Typed, chat_folder: Path) -> None:
    from convore_lite.store.folder_lock import FolderLock

    lock = FolderLock.take(chat_folder)
    assert owned("user", "list").refused() == f"Another convore-lite is using the data folder {chat_folder}."
    lock.release()
    assert owned("user", "list").ok().out == "ann\tann\towner\tactive\tnever\n"


def test_a_folder_that_is_a_file(typed: Typed, chat_folder: Path) -> None:
    chat_folder.write_text("")
    assert "Not a directory" in typed("user", "add", "ann").refused()


def test_a_database_that_is_none(owned: Typed, chat_folder: Path) -> None:
    (chat_folder / "convore.db").write_bytes(b"not a database at all" * 1000)
    assert "cannot be opened" in owned("user", "list").refused()


def test_a_reader_that_goes_away(owned: Typed, chat_folder: Path) -> None:
    """As in ``convore-lite export | head -1``."""
    called = [sys.executable, "-m", "convore_lite", "export", "--data", str(chat_folder)]
    for i in range(3):
        owned("group", "create", f"Group {i}").ok()
    with subprocess.Popen(called, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_has_no_room() -> None:
    with open("/dev/full", "wb") as full:
        called = [sys.executable, "-m", "convore_lite", "settings"]
        ended = subprocess.run(called, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.stderr == "convore-lite: There is no room left where the output goes.\n"
    assert ended.returncode == 1


def test_after_the_disk_failed_nothing_is_cleaned_up() -> None:
    script = """if True:
        import sys
        from convore_lite.cli.farewell import farewell
        from convore_lite.store import StorageFailed
        from convore_lite.words.errors import Unavailable
        try:
            farewell(ExceptionGroup("", [Unavailable(), ExceptionGroup("", [StorageFailed("The disk is gone.")])]))
        finally:
            print("cleaned up")
    """
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (70, b"", b"convore-lite: The disk is gone.\n")


def test_python_m_is_the_command() -> None:
    said = command("nope")
    assert said.returncode == 2
    assert said.stderr == b"convore-lite: No such command 'nope'. See convore-lite --help.\n"


def test_what_is_shown_as_json_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "\x1b[31mred\x9b0m\u202e\U000e0041", "日本": "é\n"}
    print_json(value)
    shown = capsys.readouterr().out
    assert json.loads(shown) == value
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert "日本" in shown
