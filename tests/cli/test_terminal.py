"""What somebody sees who types at a terminal of 80 columns."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from convore_lite.testing import ChatServer
from convore_lite.words import archive

from .conftest import PATIENCE, clean_environment, command

# Makes standard input the terminal that Ctrl-C comes from, and becomes the command. What runs tests in the background may ignore
# that signal, and so would the command.
TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "convore_lite", *sys.argv[1:]])
"""
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def at_terminal(*arguments: object, answers: Sequence[tuple[str, str]] = ()) -> tuple[int, str]:
    """Run a command at a terminal. *answers* are questions and what is typed then; the exit status, and what was on the screen."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**clean_environment(), "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        screen = b""
        for question, answer in answers:
            seen = len(screen)
            while question.encode() not in screen[seen:]:
                screen += os.read(ours, 1000)
            os.write(ours, f"{answer}\n".encode())
        while chunk := read(ours):
            screen += chunk
        status = process.wait(PATIENCE)
    os.close(ours)
    return status, STYLE.sub("", screen.decode().replace("\r\n", "\n"))


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # Linux says EIO when the other side was closed
        return b""


def test_a_password_is_asked_for_twice_and_not_shown(chat_folder: Path) -> None:
    answers = [("Password (none: Enter): ", "correct horse"), ("Once more: ", "correct horse")]
    status, screen = at_terminal("user", "add", "ann", "--data", chat_folder, answers=answers)
    assert status == 0
    assert screen.split("\n") == ["Password (none: Enter): ", "Once more: ", "ann is here now, and can sign in.", ""]


def test_a_slip_is_asked_again(chat_folder: Path) -> None:
    wrong = [("Password (none: Enter): ", "correct horse"), ("Once more: ", "correct house")]
    right = [("Password (none: Enter): ", "correct horse"), ("Once more: ", "correct horse")]
    status, screen = at_terminal("user", "add", "ann", "--data", chat_folder, answers=[*wrong, *right])
    assert (status, "can sign in" in screen) == (0, True)


def test_no_answer_is_an_answer(chat_folder: Path) -> None:
    status, screen = at_terminal(
        "user", "add", "ann", "--data", chat_folder, answers=[("Password (none: Enter): ", "\x03")]
    )
    assert (status, screen.splitlines()[-1]) == (130, "convore-lite: Interrupted.")
    assert not chat_folder.exists()


def test_columns_have_headings_and_fit(chat_folder: Path) -> None:
    command("user", "add", "ann", "--name", "a" * 80, "--data", chat_folder)
    command("user", "add", "bob", "--name", "[red]Bob[/red]", "--bot", "--data", chat_folder)
    _, screen = at_terminal("user", "list", "--data", chat_folder)
    lines = screen.splitlines()
    assert lines[0].split() == ["USERNAME", "NAME", "ROLE", "STATE", "LAST", "SEEN"]
    assert max(len(line) for line in lines) <= 80
    assert screen.count("a") >= 80
    assert "[red]Bob[/red]" in screen


def test_settings_are_explained_in_80_columns(chat_folder: Path) -> None:
    _, screen = at_terminal("settings", "--data", chat_folder)
    assert "base_url = not set   (default)\n    The address people type" in screen
    assert max(len(line.replace(str(chat_folder), "")) for line in screen.splitlines()) <= 80


def test_help_fits(chat_folder: Path) -> None:
    for arguments in ([], ["serve"], ["user", "add"], ["import", "convore-lite"], ["export"]):
        status, screen = at_terminal(*arguments, "--help")
        assert status == 0
        assert max(len(line) for line in screen.splitlines()) <= 80


def test_a_long_import_shows_how_far_it_is(chat_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    user = archive.UserLine("ann", "Ann", "person", "2026-01-01T00:00:00.000Z")
    file.write_bytes(archive.HEADER + archive.encode(user))
    status, screen = at_terminal("import", "convore-lite", file, "--data", chat_folder)
    assert status == 0
    assert "Importing" in screen
    assert screen.endswith("Taken in: 1 user.\n")


def test_a_link_says_how_long_it_works(chat_server: ChatServer, chat_folder: Path) -> None:
    chat_server.member("ann")
    _, screen = at_terminal("user", "link", "ann", "--data", chat_folder)
    url, hint = screen.splitlines()
    assert "/welcome/" in url
    assert hint == "It works once, for a week."
