"""`convore-lite serve`, as a process of its own: how it greets, how it stops, and the commands beside it."""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
from pathlib import Path

import httpx2
import pytest

from .conftest import command
from .serving import Server, serving


def test_the_first_start_shows_the_way_in(chat_folder: Path) -> None:
    with serving(chat_folder) as server:
        assert server.greeting[-1] == f"Listening on {server.url}/"
        (link,) = [line.strip() for line in server.greeting if "/welcome/" in line]
        assert link.startswith(server.url)
        assert httpx2.get(link).status_code == 200
        assert httpx2.get(f"{server.url}/healthz").status_code == 200
        assert stat.S_IMODE(chat_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((chat_folder / "admin.sock").stat().st_mode) == 0o600


def test_only_a_place_without_an_owner_shows_it(chat_folder: Path) -> None:
    command("user", "add", "ann", "--role", "owner", "--data", chat_folder)
    with serving(chat_folder) as server:
        assert server.greeting == [f"Listening on {server.url}/"]


def test_several_binds_have_a_line_each(chat_folder: Path) -> None:
    path = chat_folder.parent / "s"
    with serving(chat_folder, "--bind", f"unix:{path}", "--base-url", "https://chat.example.org") as server:
        (line,) = [line.strip() for line in server.greeting if "/welcome/" in line]
        assert line.startswith("https://chat.example.org/welcome/")
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == f"Listening on unix:{path}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_calmly(chat_folder: Path, number: int) -> None:
    with serving(chat_folder) as server:
        status, seconds = server.stop(number)
        assert status == 0
        assert seconds < 5
        out, err = server.process.communicate()
    assert out == ""
    assert [re.findall("started|stopping|stopped", line) for line in err.splitlines()] == [
        ["started"],
        ["stopping"],
        ["stopped"],
    ]
    assert sorted(path.name for path in chat_folder.iterdir() if path.is_file()) == ["convore.db", "lock"]


def test_a_second_signal_stops_it_at_once(chat_folder: Path) -> None:
    with (
        serving(chat_folder) as server,
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as slow,
    ):
        slow.sendall(b"POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n")
        assert slow.recv(100).startswith(b"HTTP/1.1 100")
        # The request is under way, and would be waited for.
        server.process.send_signal(signal.SIGINT)
        # Two signals on their way at once may arrive the other way round: each thread may take one.
        assert server.process.stderr is not None
        assert any("stopping" in line for line in server.process.stderr)
        status, seconds = server.stop(signal.SIGTERM)
    assert status == 128 + signal.SIGTERM
    assert seconds < 3


def test_a_second_server_is_refused_in_one_line(chat_folder: Path) -> None:
    with serving(chat_folder):
        second = command("serve", "--data", chat_folder, "--bind", "127.0.0.1:0")
    assert second.returncode == 1
    assert second.stdout == b""
    assert second.stderr.decode() == f"convore-lite: Another convore-lite is using the data folder {chat_folder}.\n"


def test_what_keeps_it_from_starting_is_said_in_one_line(chat_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        said = command("serve", "--data", chat_folder, "--bind", bind)
    assert (said.returncode, said.stderr.decode()) == (
        1,
        f"convore-lite: {bind} is already in use by another program.\n",
    )
    said = command("serve", "--data", chat_folder, "--base-url", "chat.example.org")
    assert said.returncode == 1
    assert said.stderr.startswith(b"convore-lite: Setting base_url (--base-url): ")
    assert said.stderr.count(b"\n") == 1


def test_in_json_for_programs(chat_folder: Path) -> None:
    server = Server(chat_folder, "--json", "--log-format", "json")
    assert server.process.stdout is not None
    lines = iter(server.process.stdout.readline, "}\n")
    greeting = json.loads("".join(lines) + "}")
    (address,) = greeting["addresses"]
    assert greeting["first_link"].startswith(f"{address}welcome/")
    server.stop()
    _, err = server.process.communicate()
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["started", "stopping", "stopped"]


def test_commands_work_beside_it(chat_folder: Path) -> None:
    with serving(chat_folder) as server:
        added = command("user", "add", "ann", "--role", "owner", "--data", chat_folder)
        assert (added.returncode, added.stderr) == (0, b"")
        made = command("token", "create", "ann", "--name", "script", "--scope", "write", "--data", chat_folder)
        token = made.stdout.decode().strip()
        assert made.stdout == f"{token}\n".encode()
        me = httpx2.get(f"{server.url}/api/v1/me", headers={"authorization": f"Bearer {token}"}).json()
        assert (me["username"], me["role"]) == ("ann", "owner")
        link = command("user", "link", "ann", "--data", chat_folder).stdout.decode().strip()
        assert link.startswith(f"{server.url}/welcome/")
        assert httpx2.get(link).status_code == 200
        revoked = command("token", "revoke", "1", "--data", chat_folder)
        assert revoked.returncode == 0
        assert httpx2.get(f"{server.url}/api/v1/me", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_a_killed_server_is_in_nobodys_way(chat_folder: Path) -> None:
    with serving(chat_folder) as server:
        server.stop(signal.SIGKILL)
        assert (chat_folder / "admin.sock").exists()
        assert command("user", "add", "ann", "--data", chat_folder).returncode == 0
        link = command("user", "link", "ann", "--data", chat_folder).stdout.decode()
        assert link.startswith("http://127.0.0.1:8470/welcome/")
    with serving(chat_folder):
        listed = command("user", "list", "--data", chat_folder)
        assert listed.stdout == b"ann\tann\tmember\tactive\tnever\n"
