"""Which convore-lite this is."""

from __future__ import annotations

import platform
import sqlite3
from pathlib import Path

from .. import __version__
from .options import common
from .output import print_json, say


@common
def version(data: Path | None, as_json: bool) -> None:
    """Say which version this is."""
    if as_json:
        print_json({"version": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version})
    else:
        say(f"convore-lite {__version__}")
