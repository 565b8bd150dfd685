"""Invitations: links for many."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from .address import address
from .console import call, items, place
from .options import Commands, common
from .output import day, print_json, say, table

app = Commands("Links with which people come in.")

DAY = 24 * 3600

into_group = click.option("--group", metavar="GROUP", help="Into a group, as in its address.")


@app.command("create")
@into_group
@click.option(
    "--role",
    type=click.Choice(["member", "guest"]),
    default="member",
    metavar="ROLE",
    help="member, or guest together with a group.",
)
@click.option(
    "--days", type=click.IntRange(min=0), default=7, metavar="N", help="How many days it is good; 0 for ever."
)
@click.option("--uses", type=click.IntRange(min=1), metavar="N", help="How many people may come by it.")
@common
def create(
    group: str | None, role: Literal["member", "guest"], days: int, uses: int | None, data: Path | None, as_json: bool
) -> None:
    """Make a link with which people make an account. It is shown this once."""
    wanted = {"role": role, "expires_in": days * DAY or None, "max_uses": uses}
    made = call(data, "POST", _of(group), wanted)
    url = f"{address(data)}/join/{made['code']}/"
    print_json({**made, "url": url}) if as_json else say(url)


@app.command("list")
@into_group
@common
def show_all(group: str | None, data: Path | None, as_json: bool) -> None:
    """Show the invitations to this place, or into a group."""
    invitations = items(data, _of(group))
    if as_json:
        print_json({"items": invitations, "next": None})
    else:
        table(("ID", "BY", "ROLE", "USES", "UNTIL", "WORKS"), [_row(one) for one in invitations])


@app.command("revoke")
@click.argument("invitation", type=int, metavar="ID", help="Its number in the list.")
@common
def revoke(invitation: int, data: Path | None, as_json: bool) -> None:
    """Make an invitation worthless."""
    call(data, "DELETE", place("invitations", invitation))
    if not as_json:
        say(f"Invitation {invitation} is revoked.")


def _of(group: str | None) -> str:
    return "/invitations" if group is None else place("groups", group, "invitations")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    uses = str(one["uses"]) if one["max_uses"] is None else f"{one['uses']} of {one['max_uses']}"
    until = day(one["expires_at"]) if one["expires_at"] else "for ever"
    return str(one["id"]), one["creator"]["username"], one["role"], uses, until, "yes" if one["works"] else "no"
