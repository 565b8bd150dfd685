"""The shell scripts: plain sh, and the Python they choose."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.suffix in ("", ".sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_plain_sh(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)


@pytest.fixture
def pythons(tmp_path: Path) -> Path:
    """All there is on PATH: Python 3.13 is there but does not run, as shims of pyenv may; 3.12 runs; python3 is too old."""
    for tool in ("cat", "dirname", "mktemp", "rm", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    make(tmp_path / "python3.13", "echo 'command not found' >&2; exit 127")
    make(tmp_path / "python3.12", f'exec "{sys.executable}" "$@"')
    make(tmp_path / "python3", "exit 1")
    return tmp_path


def make(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def chosen(pythons: Path, call: str = "any_python", **environ: str) -> subprocess.CompletedProcess[str]:
    """What a function of setup.sh prints where only these Pythons are to be found."""
    command = f'. "{ROOT}/scripts/setup.sh"; {call}'
    return subprocess.run(
        ["sh", "-c", command, f"{ROOT}/scripts/serve"],
        env={"PATH": str(pythons), "HOME": str(pythons), **environ},
        capture_output=True,
        text=True,
    )


def test_a_python_that_does_not_run_is_passed_over(pythons: Path) -> None:
    assert chosen(pythons, "python_named 3.12").stdout.strip() == str(pythons / "python3.12")
    assert chosen(pythons, "python_named 3.13 || echo none").stdout.strip() == "none"
    assert chosen(pythons).stdout.strip() == str(pythons / "python3.12")


def test_a_python_of_pyenv_is_found(pythons: Path) -> None:
    folder = pythons / ".pyenv" / "versions" / "3.13.9" / "bin"
    folder.mkdir(parents=True)
    make(folder / "python", f'exec "{sys.executable}" "$@"')
    assert chosen(pythons).stdout.strip() == str(folder / "python")


def test_no_python_is_said_in_one_sentence(pythons: Path) -> None:
    (pythons / "python3.12").unlink()
    answer = chosen(pythons)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Python 3.11 or newer is needed.")
    assert len(answer.stderr.splitlines()) == 1


def test_a_python_that_was_named_is_taken_or_refused(pythons: Path) -> None:
    assert chosen(pythons, PYTHON=str(pythons / "python3.12")).stdout.strip() == str(pythons / "python3.12")
    refused = chosen(pythons, PYTHON=str(pythons / "python3"))
    assert refused.returncode == 1
    assert "not a Python 3.11 or newer" in refused.stderr


def test_a_failing_command_shows_what_it_printed(pythons: Path) -> None:
    make(pythons / "talks", "echo out; echo err >&2; exit $1")
    quiet = chosen(pythons, "quietly talks 0; echo after")
    assert (quiet.stdout, quiet.stderr) == ("after\n", "")
    loud = chosen(pythons, "quietly talks 3; echo after")
    assert loud.returncode == 1
    assert loud.stdout == ""
    assert loud.stderr == "out\nerr\nThis failed: talks 3\n"


def test_whoever_may_not_install_is_told_the_one_command(pythons: Path) -> None:
    make(pythons / "apt-get", "echo apt-get may not be called; exit 1")
    make(pythons / "id", "echo 1000")
    answer = chosen(pythons, "install_debian python3.11-venv; echo after")
    assert answer.stdout == ""
    assert answer.stderr == "Run this as root, and then this script again: apt-get install python3.11-venv\n"


def test_sudo_installs_where_it_is(pythons: Path) -> None:
    make(pythons / "apt-get", f'echo "$*" >>"{pythons}/called"')
    make(pythons / "env", 'shift; exec "$@"')
    make(pythons / "id", "echo 1000")
    make(pythons / "sudo", f'echo sudo >>"{pythons}/called"; exec "$@"')
    assert chosen(pythons, "install_debian strace").returncode == 0
    assert (pythons / "called").read_text().splitlines() == [
        "sudo",
        "update",
        "sudo",
        "install --yes --no-install-recommends strace",
    ]
