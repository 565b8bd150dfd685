"""No secret gets into the log, whatever somebody does with it, in both forms and with the access log on (ASVS 5.0, 16.2.5)."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from convore_lite.routes.access_log import shown_path
from convore_lite.testing.chat import API

# Starting takes less than a second; a machine that does other things may need much longer.
PATIENCE = 60
BREAKS = "breaks-" + secrets.token_urlsafe(12)
# The server, but that it fails where a password begins in a certain way: with that, and what it came with, at hand.
SERVER = """
from convore_lite.cli import main
from convore_lite.passwords import Passwords

def failing(method):
    async def fails(self, password, *rest):
        if password.startswith("breaks-"):
            raise RuntimeError(" ".join(["on", "purpose"]))  # not as it is logged: Python 3.13 shows this line, too
        return await method(self, password, *rest)
    return fails

Passwords.hash, Passwords.match = failing(Passwords.hash), failing(Passwords.match)
main()
"""


class Served:
    """A server in a process of its own, and all that must not be in its log."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        greeting = ""
        for line in process.stdout:
            greeting += line
            if line.startswith("Listening on "):
                break
        self.first_link = re.findall(r"/welcome/[\w-]+/", greeting)[0]
        self.url = re.findall(r"Listening on (http://[\d.:]+)", greeting)[0]
        self.secrets = [BREAKS, self.first_link.split("/")[2]]

    def secret(self, text: str) -> str:
        self.secrets.append(text)
        return text

    def stop(self) -> str:
        """End it; what it has written down."""
        self.process.terminate()
        return self.process.communicate(timeout=PATIENCE)[1]


@contextmanager
def served(folder: Path, form: str) -> Iterator[Served]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVORE_")}
    arguments = ["serve", "--data", str(folder), "--bind", "127.0.0.1:0", "--log-format", form]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, "CONVORE_ACCESS_LOG": "on"},
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("form", ["text", "json"])
def test_none_gets_into_it(chat_folder: Path, form: str) -> None:
    with served(chat_folder, form) as server, httpx2.Client(base_url=server.url, timeout=PATIENCE) as browser:
        browser.headers["origin"] = server.url
        become_the_owner(server, browser)
        sign_in_and_fail_to(server)
        use_tokens(server, browser)
        use_links(server, browser)
        send_nonsense(server)
        text = server.secret("a message that is nobody else's business")
        browser.post(f"{API}/groups", json={"name": text, "kind": "private"})
        written = server.stop()
    assert written.count("on purpose") == 2  # an error in full, with where it happened
    assert written.count("find_link") + written.count("welcome_form") > 0
    assert len(requests_in(written, form)) > 30
    assert "/welcome/…" in requests_in(written, form)
    assert "/join/…" in requests_in(written, form)
    assert len(set(server.secrets)) == len(server.secrets) > 10
    for secret in server.secrets:
        assert len(secret) > 15
        assert secret not in written
        assert secret[:12] not in written


def requests_in(written: str, form: str) -> list[str]:
    """The paths in the access log."""
    if form == "json":
        lines = [json.loads(line) for line in written.splitlines()]
        return [line["path"] for line in lines if line["event"] == "request"]
    return re.findall(r"\brequest\b.* path=(\S+)", written)


def become_the_owner(server: Served, browser: httpx2.Client) -> None:
    first, password = server.first_link, server.secret("owner-" + secrets.token_urlsafe(16))
    for path in (first, first.rstrip("/"), f"/{first}", first.upper(), f"{first}more/", f"/elsewhere{first}"):
        browser.get(path, headers={"referer": server.url + first})
    newcomer = {"name": "Ann", "username": "ann", "password": password}
    assert browser.post(first, data={**newcomer, "password": BREAKS}).status_code == 500
    assert browser.post(first, data=newcomer).status_code == 303
    server.secret(dict(browser.cookies)["convore"])
    assert browser.post(first, data=newcomer).status_code == 404


def sign_in_and_fail_to(server: Served) -> None:
    wrong = server.secret("wrong-" + secrets.token_urlsafe(16))
    with httpx2.Client(base_url=server.url, timeout=PATIENCE) as browser:
        assert browser.post(f"{API}/session", json={"username": "ann", "password": wrong}).status_code == 401
        assert browser.post("/sign-in/", data={"username": "ann", "password": wrong}).status_code == 401
        assert browser.post(f"{API}/session", json={"username": "ann", "password": BREAKS}).status_code == 500
        assert browser.post(f"{API}/session", json={"username": "ann", wrong: wrong}).status_code == 422
        body = f'{{"username": "ann", "password": "{wrong}'
        assert browser.post(f"{API}/session", content=body, headers={"content-type": "application/json"}).is_error
        assert browser.post(f"{API}/session", content=body, headers={"content-type": "text/plain"}).status_code == 415
        assert browser.get(f"/sign-in/?password={wrong}&next=/{wrong}/").status_code == 200
        assert browser.put(f"{API}/session/{wrong}").is_error


def use_tokens(server: Served, browser: httpx2.Client) -> None:
    made = browser.post(f"{API}/me/tokens", json={"name": "bot", "scope": "write"}).json()
    token = server.secret(made["token"])
    wrong = server.secret(secrets.token_urlsafe(32))
    with httpx2.Client(base_url=server.url, timeout=PATIENCE) as bot:
        for sent, status in ((token, 200), (wrong, 401)):
            assert bot.get(f"{API}/me", headers={"authorization": f"Bearer {sent}"}).status_code == status
            bot.get(f"{API}/me?token={sent}")
            bot.get(f"{API}/{sent}")
            bot.get(f"/{sent}/{sent}/")
            bot.get(f"{API}/me", headers={"cookie": f"convore={sent}"})
            bot.get(f"{API}/live?after={sent}", headers={"accept": "application/json"})


def use_links(server: Served, browser: httpx2.Client) -> None:
    browser.post(f"{API}/users", json={"username": "bob"})
    link = browser.post(f"{API}/users/bob/link").json()["path"]
    server.secret(link.split("/")[2])
    made: dict[str, Any] = browser.post(f"{API}/invitations", json={}).json()
    code = server.secret(made["code"])
    for path in (link, f"/join/{code}/"):
        for asked in (path, path.rstrip("/"), f"/{path}", f"{API}{path}", f"{path}?x=1", path.replace("/", "//")):
            browser.get(asked)
        browser.post(path, data={"username": "!", "password": "short"})
        browser.delete(path)
    browser.get(f"{API}/invitations/{code}")
    browser.post(f"{API}/invitations/{code}/accept")


def send_nonsense(server: Served) -> None:
    """What is no HTTP, with a secret in it."""
    secret = server.secret(secrets.token_urlsafe(32))
    host, _, port = server.url.removeprefix("http://").partition(":")
    for head in (f"GET /join/{secret}\x00/ HTTP/1.1\r\n", f"GET /{secret} HTTP/9.9\r\n", f"{secret}: {secret}\r\n"):
        with socket.create_connection((host, int(port)), PATIENCE) as connection:
            connection.sendall(f"{head}Host: x\r\nCookie: convore={secret}\r\n\r\n".encode())
            connection.recv(4096)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home-lab/a-topic-about-everything-that-was-said/", "/home-lab/a-topic-about-everything-that-was-said/"),
        ("/api/v1/topics/12345/messages", "/api/v1/topics/12345/messages"),
        ("/welcome/abc/", "/welcome/…"),
        ("/join/abc/", "/join/…"),
        ("/elsewhere/0123456789_-ABCDEFghij/more", "/elsewhere/…/more"),
    ],
)
def test_what_is_shown_of_a_path(path: str, shown: str) -> None:
    assert shown_path(path) == shown
