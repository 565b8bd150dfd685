"""Telling systemd how the process is, through the socket it names in NOTIFY_SOCKET."""

from __future__ import annotations

import os
import socket


def sd_notify(state: str) -> None:
    """Send *state* (`READY=1`, `STOPPING=1`, `WATCHDOG=1`, …) to the service manager, if there is one.

    The rules are those of `sd_notify(3)`; a leading `@` names an abstract socket. A manager that does not take the
    message is no reason to stop serving, so a failure to send is ignored, as `sd_notify(3)` advises.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)) as channel:
        # A full queue must not hold up the event loop.
        channel.setblocking(False)
        try:
            channel.sendto(state.encode(), address)
        except OSError:
            return
