"""API tokens: with one, a program acts as its user."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from .console import call, items, place
from .options import AsJson, Data, command_group
from .output import day, print_json, say, table

app = command_group("API tokens, with which programs act as a person or a bot.")

Owner = Annotated[str, typer.Argument(metavar="USER", help="A username.")]


@app.command("create")
def create(
    user: Owner,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")],
    scope: Annotated[Literal["read", "write"], typer.Option(metavar="SCOPE", help="read or write.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a token, and print it and nothing else. It is shown this once."""
    token = call(data, "POST", place("users", user, "tokens"), {"name": name, "scope": scope})
    print_json(token) if as_json else say(token["token"])


@app.command("list")
def show_all(user: Owner, data: Data = None, as_json: AsJson = False) -> None:
    """Show somebody's tokens, without their secrets."""
    tokens = items(data, place("users", user, "tokens"))
    if as_json:
        print_json({"items": tokens, "next": None})
        return
    rows = [(str(t["id"]), t["name"], t["scope"], day(t["created_at"]), day(t["last_used_at"])) for t in tokens]
    table(("ID", "NAME", "SCOPE", "CREATED", "LAST USED"), rows)


@app.command("revoke")
def revoke(
    token_id: Annotated[
        int, typer.Argument(metavar="ID", min=1, max=2**53 - 1, help="From `convore-lite token list`.")
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a token worthless. What it has open is ended at once."""
    call(data, "DELETE", place("tokens", token_id))
    if not as_json:
        say(f"Token {token_id} is revoked.")
