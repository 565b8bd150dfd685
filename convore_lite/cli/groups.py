"""Groups and who is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import click

from ..words.errors import Refusal
from .console import call, items, place
from .options import Commands, common, somebody
from .output import day, print_json, say, sure, table

app = Commands("Groups, and who is in them.")

Kind = Literal["public", "private"]

a_group = click.argument("group", metavar="GROUP", help="The group, as in its address.")


@app.command("list")
@common
def show_all(data: Path | None, as_json: bool) -> None:
    """Show all groups."""
    groups = items(data, "/groups")
    if as_json:
        print_json({"items": groups, "next": None})
        return
    rows = [(g["slug"], g["name"], g["kind"], str(g["members_count"]), str(g["topics_count"])) for g in groups]
    table(("GROUP", "NAME", "KIND", "MEMBERS", "TOPICS"), rows)


@app.command("create")
@click.argument("name", metavar="NAME", help="The name; the address is made from it.")
@click.option(
    "--kind",
    type=click.Choice(get_args(Kind)),
    default="public",
    metavar="KIND",
    help="public, which all can read, or private.",
)
@common
def create(name: str, kind: Kind, data: Path | None, as_json: bool) -> None:
    """Make a group. It belongs to the owner of this place."""
    group = call(data, "POST", "/groups", {"name": name, "kind": kind})
    print_json(group) if as_json else say(f"The group {group['slug']} is there now.")


@app.command("change")
@a_group
@click.option("--name", metavar="TEXT", help="Another name.")
@click.option("--slug", metavar="ADDRESS", help="Another address.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option(
    "--kind", type=click.Choice(get_args(Kind)), metavar="KIND", help="public, which all can read, or private."
)
@common
def change(
    group: str,
    name: str | None,
    slug: str | None,
    description: str | None,
    kind: Kind | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Give a group another name, address, description or kind. Its old address goes on leading to it."""
    given: dict[str, Any] = {"name": name, "slug": slug, "description": description, "kind": kind}
    changes = {field: value for field, value in given.items() if value is not None}
    if not changes:
        raise Refusal("Say what to change: --name, --slug, --description or --kind.")
    changed = call(data, "PATCH", place("groups", group), changes)
    print_json(changed) if as_json else say(f"The group {changed['slug']} is changed.")


@app.command("delete")
@a_group
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def delete(group: str, yes: bool, data: Path | None, as_json: bool) -> None:
    """Delete a group with all that was said in it. That cannot be undone."""
    if not yes and not sure(f"Delete {group} with all that was said in it?"):
        raise Refusal("Nothing was deleted.")
    call(data, "DELETE", place("groups", group))
    if not as_json:
        say(f"The group {group} is deleted.")


@app.command("members")
@a_group
@common
def show_members(group: str, data: Path | None, as_json: bool) -> None:
    """Show who is in a group."""
    members = items(data, place("groups", group, "members"))
    if as_json:
        print_json({"items": members, "next": None})
        return
    rows = [(m["user"]["username"], m["user"]["name"], m["role"], day(m["joined_at"])) for m in members]
    table(("USERNAME", "NAME", "ROLE", "SINCE"), rows)


@app.command("add")
@a_group
@somebody
@click.option(
    "--role", type=click.Choice(["admin", "member"]), default="member", metavar="ROLE", help="admin or member."
)
@common
def add(group: str, user: str, role: Literal["admin", "member"], data: Path | None, as_json: bool) -> None:
    """Put somebody into a group, or change their role in it."""
    member = call(data, "PUT", place("groups", group, "members", user), {"role": role})
    print_json(member) if as_json else say(f"{user} is in {group} now, as {role}.")


@app.command("remove")
@a_group
@somebody
@common
def remove(group: str, user: str, data: Path | None, as_json: bool) -> None:
    """Take somebody out of a group. What they said there stays."""
    call(data, "DELETE", place("groups", group, "members", user))
    if not as_json:
        say(f"{user} is not in {group} any more.")
