"""Where people reach the chat: the beginning of the links that the command line makes.

A running server leaves its address in the data folder, because flags and a free port chosen at start are known to it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from ..words.settings import Settings, read_settings
from .console import is_served

FILE = "address"
# Listening everywhere is no place to go to; this machine itself always is one.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", None: "127.0.0.1"}


@contextmanager
def left_in(settings: Settings, listening: Sequence[str]) -> Iterator[str]:
    """Keep the address of a server in its data folder while it runs. A full disk does not keep it from running."""
    file = settings.data / FILE
    url = public(settings, listening)
    try:
        with suppress(OSError):
            file.write_text(url + "\n", "utf-8")
        yield url
    finally:
        with suppress(OSError):
            file.unlink()


def address(data: Path | None) -> str:
    """The address without a slash at its end: a running server's own, else what the settings say."""
    settings = read_settings({"data": data})
    if is_served(settings.admin_socket):
        with suppress(OSError):
            return (settings.data / FILE).read_text("utf-8").strip()
    scheme = "https" if settings.tls_cert else "http"
    return public(
        settings, [f"{scheme}://{bind}/" for bind in settings.bind if "//" not in bind and bind[:5] != "unix:"]
    )


def public(settings: Settings, listening: Sequence[str]) -> str:
    """base_url where it is set, else the first address that a browser understands; "" where there is none."""
    if settings.base_url is not None:
        return settings.base_url
    for url in listening:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https"):
            host = EVERYWHERE.get(parts.hostname) or parts.netloc.rpartition(":")[0]
            return f"{parts.scheme}://{host}:{parts.port}"
    return ""
