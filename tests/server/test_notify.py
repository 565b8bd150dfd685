"""systemd hears what it is told, and its absence is no trouble."""

from __future__ import annotations

import socket

import pytest

from convore_lite.server import sd_notify


@pytest.mark.parametrize("address", ["notify.sock", "@convore-lite-test"])
def test_the_manager_hears_the_state(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        try:
            manager.bind(address.replace("@", "\0"))
        except OSError:
            pytest.skip("no abstract sockets here")
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        for state in ("READY=1\nSTATUS=Listening", "WATCHDOG=1", "STOPPING=1"):
            sd_notify(state)
            assert manager.recv(100) == state.encode()


def test_nobody_to_tell(monkeypatch, tmp_path):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    sd_notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone.sock"))
    sd_notify("READY=1")


def test_a_manager_that_does_not_listen_is_not_waited_for(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("notify.sock")
        monkeypatch.setenv("NOTIFY_SOCKET", "notify.sock")
        for _ in range(1000):
            sd_notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"
