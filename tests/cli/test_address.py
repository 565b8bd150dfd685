"""The address that links begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convore_lite.cli.address import address, left_in, public
from convore_lite.words.settings import Settings

CASES: list[tuple[dict[str, Any], list[str], str]] = [
    ({}, ["http://127.0.0.1:8470/"], "http://127.0.0.1:8470"),
    ({}, ["unix:/run/chat.sock", "https://chat.example.org:8443/"], "https://chat.example.org:8443"),
    ({}, ["http://0.0.0.0:80/"], "http://127.0.0.1:80"),
    ({}, ["http://[::]:80/"], "http://[::1]:80"),
    ({}, ["http://[2001:db8::1]:80/"], "http://[2001:db8::1]:80"),
    ({}, ["http://:8470/"], "http://127.0.0.1:8470"),
    ({}, ["unix:/run/chat.sock"], ""),
    ({"base_url": "https://chat.example.org"}, ["http://127.0.0.1:8470/"], "https://chat.example.org"),
]


@pytest.mark.parametrize(("chosen", "listening", "url"), CASES)
def test_what_a_browser_understands(tmp_path: Path, chosen: dict[str, Any], listening: list[str], url: str) -> None:
    assert public(Settings(data=tmp_path, **chosen), listening) == url


def test_without_a_server_the_settings_say_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address(tmp_path) == "http://127.0.0.1:8470"
    monkeypatch.setenv("CONVORE_BIND", "unix:/run/chat.sock,fd://3,[::]:9000")
    assert address(tmp_path) == "http://[::1]:9000"
    with left_in(Settings(data=tmp_path), ["http://127.0.0.1:7777/"]):
        assert (tmp_path / "address").read_text() == "http://127.0.0.1:7777\n"
        # A file that somebody left there tells nothing while no server answers.
        assert address(tmp_path) == "http://[::1]:9000"
    assert not (tmp_path / "address").exists()


def test_a_full_disk_does_not_keep_a_server_from_running(tmp_path: Path) -> None:
    with left_in(Settings(data=tmp_path / "gone"), ["http://127.0.0.1:7777/"]) as url:
        assert url == "http://127.0.0.1:7777"
