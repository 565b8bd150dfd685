"""API tokens: with one, a program acts as its user."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from .console import call, items, place
from .options import Commands, common, somebody
from .output import day, print_json, say, table

app = Commands("API tokens, with which programs act as a person or a bot.")


@app.command("create")
@somebody
@click.option("--name", required=True, metavar="TEXT", help="What it is for.")
@click.option("--scope", type=click.Choice(["read", "write"]), required=True, metavar="SCOPE", help="read or write.")
@common
def create(user: str, name: str, scope: Literal["read", "write"], data: Path | None, as_json: bool) -> None:
    """Make a token, and print it and nothing else. It is shown this once."""
    token = call(data, "POST", place("users", user, "tokens"), {"name": name, "scope": scope})
    print_json(token) if as_json else say(token["token"])


@app.command("list")
@somebody
@common
def show_all(user: str, data: Path | None, as_json: bool) -> None:
    """Show somebody's tokens, without their secrets."""
    tokens = items(data, place("users", user, "tokens"))
    if as_json:
        print_json({"items": tokens, "next": None})
        return
    rows = [(str(t["id"]), t["name"], t["scope"], day(t["created_at"]), day(t["last_used_at"])) for t in tokens]
    table(("ID", "NAME", "SCOPE", "CREATED", "LAST USED"), rows)


@app.command("revoke")
@click.argument(
    "token_id", type=click.IntRange(min=1, max=2**53 - 1), metavar="ID", help="From `convore-lite token list`."
)
@common
def revoke(token_id: int, data: Path | None, as_json: bool) -> None:
    """Make a token worthless. What it has open is ended at once."""
    call(data, "DELETE", place("tokens", token_id))
    if not as_json:
        say(f"Token {token_id} is revoked.")
