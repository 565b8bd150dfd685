"""Floor 4, the command line: everything that whoever owns the data folder can do without a browser.

Rule: what takes long to import is imported by the command that needs it, so that help, version and serve start at once.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from .. import __version__
from . import archives, audit, groups, invitations, people, search, serving, settings, storage, tokens, version
from .farewell import farewell
from .options import Commands

__all__ = ["app", "main"]

app = Commands("Group chat that one person can run: groups, topics, messages, in one process.")
app.command("serve")(serving.serve)
app.add_command(people.app, "user")
app.add_command(tokens.app, "token")
app.add_command(groups.app, "group")
app.add_command(invitations.app, "invite")
app.command("export")(archives.export)
app.add_command(archives.importers, "import")
app.command("audit")(audit.audit)
app.command("reindex")(search.reindex)
app.command("check")(search.check)
app.command("storage")(storage.storage)
app.command("settings")(settings.settings)
app.command("version")(version.version)
click.version_option(__version__, message="convore-lite %(version)s")(app)


def main() -> NoReturn:
    """Run the command that this process was called with, and end with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another encoding shows a question mark for a letter it does not have.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        status = app(prog_name="convore-lite", standalone_mode=False) or 0
        sys.stdout.flush()
    except BaseException as error:
        status = farewell(error)
    sys.exit(status)
