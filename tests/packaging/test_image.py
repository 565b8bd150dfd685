"""The container image: Dockerfile, compose.yaml and .dockerignore fit together, and the health check tells the truth."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from convore_lite.testing import ChatServer
from convore_lite.words.settings import read_settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE = (ROOT / "packaging" / "compose.yaml").read_text("utf-8")
IGNORED = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.*)$", DOCKERFILE, re.MULTILINE)


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())


def health_check() -> list[str]:
    (words,) = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    command: list[str] = json.loads(words)
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


def is_sent(name: str) -> bool:
    """Does .dockerignore let a path of the checkout into the image? The last line that fits decides."""
    sent = True
    for line in IGNORED:
        pattern = line.removeprefix("!").removeprefix("**/")
        if fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(name, f"{pattern}/*") or f"/{pattern}/" in f"/{name}":
            sent = line.startswith("!")
    return sent


@pytest.mark.parametrize("line", [line for line in instructions("COPY") if not line.startswith("--from")])
def test_what_is_copied_is_there_and_is_sent(line: str) -> None:
    *sources, _ = line.split()
    for source in sources:
        assert (ROOT / source).exists()
        assert is_sent(source)


def test_what_was_built_before_is_not_sent() -> None:
    assert is_sent("web/src/main.ts")
    assert is_sent("convore_lite/store/log.py")
    for name in (".git/config", "web/node_modules/x.js", "convore_lite/static/main.js", "tests/conftest.py", ".venv/x"):
        assert not is_sent(name), name


def test_the_settings_are_settings() -> None:
    given = {name: value for name, value in environment().items() if name.startswith("CONVORE_")}
    settings = read_settings({}, given)
    assert settings.bind == ("0.0.0.0:8470",)
    assert [str(settings.data)] == instructions("VOLUME")


def test_all_speak_of_the_same_port_and_folder() -> None:
    assert instructions("EXPOSE") == ["8470"]
    assert '"127.0.0.1:8470:8470"' in COMPOSE
    assert ":8470/readyz" in health_check()[-1]
    assert "- data:/data\n" in COMPOSE
    (user,) = instructions("USER")
    assert f"--owner {user} " in DOCKERFILE


def test_the_image_has_only_what_is_locked() -> None:
    installs = re.findall(r"pip install ([^&\n]*)", DOCKERFILE)
    assert installs
    for arguments in installs:
        assert "--require-hashes" in arguments or "--no-deps wheels/*.whl" in arguments


def test_the_health_check_tells_the_truth(chat_server: ChatServer) -> None:
    *command, script = health_check()
    well = script.replace("http://127.0.0.1:8470", chat_server.url)
    assert subprocess.run([*command, well]).returncode == 0
    # Port 1 is nobody's.
    ill = script.replace(":8470", ":1")
    assert subprocess.run([*command, ill], stderr=subprocess.DEVNULL).returncode != 0
