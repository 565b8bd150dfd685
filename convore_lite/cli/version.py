"""Which convore-lite this is."""

from __future__ import annotations

import platform
import sqlite3

from .. import __version__
from .options import AsJson, Data
from .output import print_json, say


def version(data: Data = None, as_json: AsJson = False) -> None:
    """Say which version this is."""
    if as_json:
        print_json({"version": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version})
    else:
        say(f"convore-lite {__version__}")
