"""Groups and who is in them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from ..words.errors import Refusal
from .console import call, items, place
from .options import AsJson, Data, command_group
from .output import day, print_json, say, sure, table

app = command_group("Groups, and who is in them.")

Which = Annotated[str, typer.Argument(metavar="GROUP", help="The group, as in its address.")]
Username = Annotated[str, typer.Argument(metavar="USER", help="A username.")]
Kind = Literal["public", "private"]


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
    kind: Annotated[Kind, typer.Option(metavar="KIND", help="public, which all can read, or private.")] = "public",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a group. It belongs to the owner of this place."""
    group = call(data, "POST", "/groups", {"name": name, "kind": kind})
    print_json(group) if as_json else say(f"The group {group['slug']} is there now.")


@app.command("change")
def change(
    group: Which,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Another name.")] = None,
    slug: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Another address.")] = None,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")] = None,
    kind: Annotated[Kind | None, typer.Option(metavar="KIND", help="public, which all can read, or private.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a group another name, address, description or kind. Its old address goes on leading to it."""
    given: dict[str, Any] = {"name": name, "slug": slug, "description": description, "kind": kind}
    changes = {field: value for field, value in given.items() if value is not None}
    if not changes:
        raise Refusal("Say what to change: --name, --slug, --description or --kind.")
    changed = call(data, "PATCH", place("groups", group), changes)
    print_json(changed) if as_json else say(f"The group {changed['slug']} is changed.")


@app.command("delete")
def delete(
    group: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Delete a group with all that was said in it. That cannot be undone."""
    if not yes and not sure(f"Delete {group} with all that was said in it?"):
        raise Refusal("Nothing was deleted.")
    call(data, "DELETE", place("groups", group))
    if not as_json:
        say(f"The group {group} is deleted.")


@app.command("members")
def show_members(group: Which, data: Data = None, as_json: AsJson = False) -> None:
    """Show who is in a group."""
    members = items(data, place("groups", group, "members"))
    if as_json:
        print_json({"items": members, "next": None})
        return
    rows = [(m["user"]["username"], m["user"]["name"], m["role"], day(m["joined_at"])) for m in members]
    table(("USERNAME", "NAME", "ROLE", "SINCE"), rows)


@app.command("add")
def add(
    group: Which,
    user: Username,
    role: Annotated[Literal["admin", "member"], typer.Option(metavar="ROLE", help="admin or member.")] = "member",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put somebody into a group, or change their role in it."""
    member = call(data, "PUT", place("groups", group, "members", user), {"role": role})
    print_json(member) if as_json else say(f"{user} is in {group} now, as {role}.")


@app.command("remove")
def remove(group: Which, user: Username, data: Data = None, as_json: AsJson = False) -> None:
    """Take somebody out of a group. What they said there stays."""
    call(data, "DELETE", place("groups", group, "members", user))
    if not as_json:
        say(f"{user} is not in {group} any more.")
