"""The units for systemd: systemd finds nothing wrong with them, and the server starts as they start it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

UNITS = Path(__file__).parents[2] / "packaging"
SERVICE = (UNITS / "convore-lite.service").read_text("utf-8")
SOCKET = (UNITS / "convore-lite.socket").read_text("utf-8")
# Starting takes a second; a machine that does other things may need much longer.
PATIENCE = 60


def setting(unit: str, name: str) -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", unit, re.MULTILINE)
    return str(value)


def command(state: Path) -> list[str]:
    """What systemd would run, with the program of this environment and a state folder of our own."""
    words = setting(SERVICE, "ExecStart").replace("%S", str(state)).split()
    assert words[0] == "/opt/convore-lite/bin/convore-lite"
    return [str(Path(sys.executable).with_name("convore-lite")), *words[1:]]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    # It looks for the program as well, which is not installed here.
    program = setting(SERVICE, "ExecStart").split()[0]
    (tmp_path / "convore-lite.service").write_text(SERVICE.replace(program, "/bin/true"))
    (tmp_path / "convore-lite.socket").write_text(SOCKET)
    found = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "convore-lite.service", tmp_path / "convore-lite.socket"],
        capture_output=True,
        text=True,
    )
    assert (found.returncode, found.stderr) == (0, "")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Where the server tells systemd how it is."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.settimeout(PATIENCE)
        heard.bind(str(tmp_path / "notify"))
        yield heard


def test_the_server_starts_as_the_unit_starts_it(tmp_path: Path, manager: socket.socket) -> None:
    assert setting(SERVICE, "Type") == "notify"
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        # systemd hands the socket over as descriptor 3.
        hand_over = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.execv(sys.argv[2], sys.argv[2:])"
        start = [sys.executable, "-c", hand_over, str(door.fileno()), *command(tmp_path)]
        environ = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "CONVORE_DATA": "/nowhere"}
        server = subprocess.Popen(
            start, env=environ, pass_fds=[door.fileno()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            assert manager.recv(100) == b"READY=1"
            assert httpx2.get(f"{address}/readyz", timeout=PATIENCE).status_code == 200
            assert (tmp_path / setting(SERVICE, "StateDirectory") / "convore.db").exists()
        finally:
            server.terminate()
            output, _ = server.communicate(timeout=PATIENCE)
    assert manager.recv(100) == b"STOPPING=1"
    assert server.returncode == 0, output
    assert "/welcome/" in output
    # Whoever looks at a terminal sees where it listens, below whatever else was said at the start.
    started = [line for line in output.splitlines() if "stopp" not in line]
    assert started[-1] == f"Listening on {address}/"


def test_the_service_gets_its_socket() -> None:
    assert setting(SERVICE, "Requires") == "convore-lite.socket"
    assert setting(SOCKET, "ListenStream") == "127.0.0.1:8470"
    assert setting(SERVICE, "Restart") == "on-failure"
