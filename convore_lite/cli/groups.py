"""Groups and who is in them."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from ..words.errors import Refusal
from .console import call, items, place
from .options import AsJson, Data, command_group
from .output import print_json, say, table

app = command_group("Groups, and who is in them.")


@app.command("list")
def show_all(data: Data = None, as_json: AsJson = False) -> None:
    """Show all groups."""
    groups = items(data, "/groups")
    if as_json:
        print_json({"items": groups, "next": None})
        return
    rows = [(g["slug"], g["name"], g["kind"], str(g["members_count"]), str(g["topics_count"])) for g in groups]
    table(("GROUP", "NAME", "KIND", "MEMBERS", "TOPICS"), rows)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name; the address is made from it.")],
    kind: Annotated[
        Literal["public", "private"], typer.Option(metavar="KIND", help="public, which all can read, or private.")
    ] = "public",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a group. It belongs to the owner of this place."""
    group = call(data, "POST", "/groups", {"name": name, "kind": kind})
    print_json(group) if as_json else say(f"The group {group['slug']} is there now.")


@app.command("delete")
def delete(
    group: Annotated[str, typer.Argument(metavar="GROUP", help="The group, as in its address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Delete a group with all that was said in it. That cannot be undone."""
    if not yes and not _sure(group):
        raise Refusal("Nothing was deleted.")
    call(data, "DELETE", place("groups", group))
    if not as_json:
        say(f"The group {group} is deleted.")


@app.command("add")
def add(
    group: Annotated[str, typer.Argument(metavar="GROUP", help="The group, as in its address.")],
    user: Annotated[str, typer.Argument(metavar="USER", help="A username.")],
    role: Annotated[Literal["admin", "member"], typer.Option(metavar="ROLE", help="admin or member.")] = "member",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put somebody into a group, or change their role in it."""
    member = call(data, "PUT", place("groups", group, "members", user), {"role": role})
    print_json(member) if as_json else say(f"{user} is in {group} now, as {role}.")


def _sure(group: str) -> bool:
    """Asks whoever is at the terminal. Raises Refusal where nobody is."""
    if not sys.stdin.isatty():
        raise Refusal("There is nobody here to ask whether you are sure. Say so with --yes.")
    return typer.confirm(f"Delete {group} with all that was said in it?", err=True)
