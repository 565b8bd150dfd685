"""The commands that move whole groups and topics out and in."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import click

from ..words.errors import NotFound
from .console import Console, chat_at, run
from .options import Commands, common
from .output import progress

if TYPE_CHECKING:
    from .tally import Tally

importers = Commands("Bring in what was said elsewhere. It can be repeated: what is here already stays as it is.")


@click.option("--group", multiple=True, metavar="GROUP", help="A group with its topics and members; may be repeated.")
@click.option("--topic", type=int, multiple=True, metavar="ID", help="A single topic; may be repeated.")
@click.option(
    "--format", type=click.Choice(["jsonl"]), default="jsonl", metavar="FORM", help="jsonl: one JSON object a line."
)
@click.option("--output", default="-", metavar="FILE", help="Where to; - is standard output.")
@common
def export(
    group: tuple[str, ...],
    topic: tuple[int, ...],
    format: Literal["jsonl"],
    output: str,
    data: Path | None,
    as_json: bool,
) -> None:
    """Write groups and topics with their messages to a file. Without --group and --topic: all groups.

    The format is described in docs/import-export.md; `convore-lite import convore-lite` reads it.
    """
    from .exporting import export_to

    query = {"groups": ",".join(group or ()), "topics": ",".join(str(number) for number in topic or ())}
    chosen = query if group or topic else {"groups": "*"}
    run(chat_at(data), lambda console: export_to(console, chosen, output, as_json=as_json))


@importers.command("convore-lite")
@click.argument("file", metavar="FILE", help="Made by `convore-lite export`; - is standard input.")
@click.option("--into", metavar="GROUP", help="Put all topics into this group instead of their own.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what was taken and refused to this file, as JSON.",
)
@common
def import_own(
    file: str, into: str | None, dry_run: bool, report: Path | None, data: Path | None, as_json: bool
) -> None:
    """Bring in what `convore-lite export` wrote.

    Lines that are wrong or contradict what is here are reported with their number, and the rest goes on; the exit status is 1
    then. People who are new here have no password: `convore-lite user link NAME` lets them in.
    """
    from .importing import lines_of
    from .rehearsal import rehearsal
    from .tally import reported, summarize

    settings = chat_at(data, begins=True)
    with (
        open_input(file) as opened,
        reported(report, file=file, into=into, dry_run=dry_run) as tally,
        rehearsal(settings) if dry_run else nullcontext(settings) as where,
    ):
        lines = lines_of(opened)
        run(where, lambda console: _import(console, lines, size_of(opened), tally, into))
    summarize(tally, dry_run=dry_run, report=report, as_json=as_json)
    if tally.refused_count:
        raise click.exceptions.Exit(1)


async def _import(
    console: Console, lines: Iterator[tuple[int, bytes]], size: int | None, tally: Tally, into: str | None
) -> None:
    """Raises Refusal."""
    from .importing import Importer

    if into is not None:
        await require_group(console, into)
    importer = Importer(console, tally, into=into)
    with progress("Importing", size) as step:
        for number, raw in lines:
            await importer.take(number, raw)
            step(len(raw))
        await importer.finish()


def open_input(name: str) -> AbstractContextManager[BinaryIO]:
    """Raises OSError."""
    return nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb")


def size_of(file: BinaryIO) -> int | None:
    """How many bytes will come; None where nobody knows, as from a pipe."""
    try:
        found = os.fstat(file.fileno())
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


async def require_group(console: Console, slug: str) -> None:
    """Raises NotFound."""
    if slug not in {group["slug"] for group in await console.items("/groups")}:
        raise NotFound(f"There is no group “{slug}”.")
