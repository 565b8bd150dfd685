"""What commands print: sentences, tables, JSON, and a bar while something takes long.

Rule: answers go to standard output, everything else to standard error. Where nobody looks on, in a pipe, there are no hints,
no headings and no bars, and columns are parted by one tab.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from ..words.errors import Refusal


def say(text: str) -> None:
    """An answer."""
    click.echo(printable(text))


def hint(text: str) -> None:
    """What somebody at a terminal may want to know besides."""
    if sys.stdout.isatty():
        click.echo(printable(text))


def complain(text: str) -> None:
    click.echo(printable(text), err=True)


def print_json(value: Any) -> None:
    """What steers a terminal is escaped, as JSON has it; letters of any script stay as they are."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows of text in columns. Without headings the first column says what the others are."""
    clean = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in clean:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(*headings, box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=bool(headings))
    for row in clean:
        grid.add_row(*(Text(cell, overflow="fold") for cell in row))
    Console(highlight=False).print(grid)


def sure(question: str) -> bool:
    """Asks whoever is at the terminal. Raises Refusal where nobody is."""
    if not sys.stdin.isatty():
        raise Refusal("There is nobody here to ask whether you are sure. Say so with --yes.")
    return click.confirm(question, err=True)


@contextmanager
def progress(doing: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, if somebody looks on; call what it gives with each step's size."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(doing, total=total)
        yield lambda step: bars.advance(bar, step)


def day(time: str | None) -> str:
    """The day of one of the API's times."""
    return time[:10] if time else "never"


def printable(text: str) -> str:
    """Text from elsewhere, such as a name in a file, cannot move the cursor or colour the screen."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def counted(number: int, one: str) -> str:
    """1 group, 2 groups, 10,000 messages."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"
