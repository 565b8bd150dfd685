"""A Matrix Synapse beside ours: started on loopback with SQLite, as one process, with people and a room in it.

Nothing in its configuration holds it back: no limit on rates, no federation, no presence, cheap password hashes. Its SQLite is in
WAL mode and keeps SQLite's own default, synchronous=FULL: what it answers is on the disk, as with ours.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from running import free_port, stop

HEALTH = "/health"
CLIENT_API = "/_matrix/client/v3"
VARIABLE = "SYNAPSE_PYTHON"
HOW_TO_INSTALL = (
    "Synapse is not installed, so it is left out. To have it: python -m venv FOLDER && FOLDER/bin/pip install matrix-synapse, "
    f"and say where with {VARIABLE}=FOLDER/bin/python"
)
# More than anybody here could ask for.
NO_LIMIT = {"per_second": 1_000_000, "burst_count": 1_000_000}
# What a listener hears: messages, and nothing else that would make an answer longer. It is uploaded once, as clients do, and then
# named by its number. The first that somebody uploads is number 0.
FILTER_ID = 0
FILTER = {
    "presence": {"not_types": ["*"]},
    "account_data": {"not_types": ["*"]},
    "room": {
        "timeline": {"types": ["m.room.message"], "limit": 50},
        "state": {"lazy_load_members": True, "types": []},
        "ephemeral": {"not_types": ["*"]},
        "account_data": {"not_types": ["*"]},
    },
}


def is_installed() -> bool:
    """Is there a Synapse to measure? Where not, a line says how to get one."""
    if not command():
        print(HOW_TO_INSTALL)  # noqa: T201
    return bool(command())


def command() -> list[str]:
    """How to start it: with the Python that the variable names, or as it stands on the path. Empty where there is neither."""
    if python := os.environ.get(VARIABLE):
        return [python, "-m", "synapse.app.homeserver"]
    found = shutil.which("synapse_homeserver")
    return [found] if found else []


@contextmanager
def homeserver(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A homeserver that was just started, and its port. It may not answer yet; it is stopped after the block."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    # YAML is a superset of JSON.
    (folder / "log.yaml").write_text(json.dumps(logging()))
    (folder / "homeserver.yaml").write_text(json.dumps(configuration(folder, port)))
    # In a folder of its own: beside this file Python would take this module for Synapse.
    process = subprocess.Popen(
        [*command(), "--config-path", folder / "homeserver.yaml"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, port
    finally:
        stop(process)


def configuration(folder: Path, port: int) -> dict[str, Any]:
    return {
        "server_name": "localhost",
        "report_stats": False,
        "pid_file": str(folder / "pid"),
        "log_config": str(folder / "log.yaml"),
        "signing_key_path": str(folder / "signing.key"),
        "media_store_path": str(folder / "media"),
        "macaroon_secret_key": "only for this benchmark",
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "listeners": [
            {"port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "resources": [{"names": ["client"]}]}
        ],
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "presence": {"enabled": False},
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "bcrypt_rounds": 4,
        "rc_message": NO_LIMIT,
        "rc_registration": NO_LIMIT,
        "rc_login": {"address": NO_LIMIT, "account": NO_LIMIT, "failed_attempts": NO_LIMIT},
        "rc_joins": {"local": NO_LIMIT, "remote": NO_LIMIT},
        "rc_joins_per_room": NO_LIMIT,
        "rc_room_creation": NO_LIMIT,
    }


def logging() -> dict[str, Any]:
    return {
        "version": 1,
        "handlers": {"errors": {"class": "logging.StreamHandler"}},
        "root": {"level": "WARNING", "handlers": ["errors"]},
    }


def gather(port: int, people: int) -> tuple[list[str], str]:
    """*people* in one room; their access tokens, and the room."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}{CLIENT_API}", timeout=60) as client:
        tokens = [register(client, f"person{number}") for number in range(people)]
        for number, token in enumerate(tokens):
            client.post(
                f"/user/@person{number}:localhost/filter", json=FILTER, headers=bearer(token)
            ).raise_for_status()
        made = client.post("/createRoom", json={"preset": "public_chat"}, headers=bearer(tokens[0]))
        room = made.raise_for_status().json()["room_id"]
        for token in tokens[1:]:
            client.post(f"/rooms/{room}/join", json={}, headers=bearer(token)).raise_for_status()
    return tokens, room


def register(client: httpx2.Client, name: str) -> str:
    account = {"username": name, "password": "benchmark", "auth": {"type": "m.login.dummy"}}
    return str(client.post("/register", json=account).raise_for_status().json()["access_token"])


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def post(room: str, token: str, text: str) -> bytes:
    """The request that sends *text* to *room*, under a transaction id that was not used before."""
    body = json.dumps({"msgtype": "m.text", "body": text}).encode()
    target = f"{CLIENT_API}/rooms/{room}/send/m.room.message/{time.monotonic_ns()}"
    head = f"PUT {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
