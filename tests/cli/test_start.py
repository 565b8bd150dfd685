"""What a server does not load before it answers: what takes long to import waits for whoever needs it."""

from __future__ import annotations

from pathlib import Path

from .conftest import PATIENCE, command
from .serving import serving

# Pages and pictures from elsewhere, texts, searches, the index's own process, a new schema, terminals and metrics need these;
# Pydantic may come with a library, and is the slowest of all.
LATER = """
    httpx2 httpcore2 PIL puremagic markdown_it emoji pygments convore_lite.words.search.analysis tantivy sqlite_utils rich
    prometheus_client pydantic
""".split()
# The command, but that it says at the end what was imported.
SCRIPT = """
import atexit, sys
from convore_lite.cli import main
atexit.register(lambda: print(*sys.modules))
main()
"""


def test_what_takes_long_to_import_waits(chat_folder: Path) -> None:
    command("user", "add", "ann", "--role", "owner", "--data", chat_folder)
    with serving(chat_folder, program=["-c", SCRIPT]) as server:
        server.stop()
        out, _ = server.process.communicate(timeout=PATIENCE)
    imported = set(out.split())
    assert "convore_lite.appliance" in imported
    assert imported.isdisjoint(LATER), sorted(imported.intersection(LATER))
