"""What commands have in common: the options that each of them takes, and groups of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The data folder; by default the platform's own place."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def command_group(meaning: str) -> typer.Typer:
    """Commands under one name. The name alone shows what there is."""
    group = typer.Typer(help=meaning, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @group.callback(invoke_without_command=True)
    def show_help(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return group
