"""What commands have in common: the options that each of them takes, and groups of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., None])

somebody = click.argument("user", metavar="USER", help="A username.")


def common(command: Command) -> Command:
    """Where the data is, and how to answer: the last options of every command."""
    folder = click.Path(path_type=Path)
    told = click.option(
        "--data", type=folder, metavar="DIR", help="The data folder; by default the platform's own place."
    )
    return told(click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command))


class Commands(click.Group):
    """Commands under one name, shown in the order in which they were written. The name alone shows what there is."""

    def __init__(self, meaning: str) -> None:
        super().__init__(
            help=meaning,
            callback=click.pass_context(show_help),
            invoke_without_command=True,
            context_settings={"show_default": True},
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def show_help(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
