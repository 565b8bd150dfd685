"""Invitations: links for many."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from .address import address
from .console import call, items, place
from .options import AsJson, Data, command_group
from .output import day, print_json, say, table

app = command_group("Links with which people come in.")

DAY = 24 * 3600
Group = Annotated[str | None, typer.Option(metavar="GROUP", help="Into a group, as in its address.")]


@app.command("create")
def create(
    group: Group = None,
    role: Annotated[
        Literal["member", "guest"], typer.Option(metavar="ROLE", help="member, or guest together with a group.")
    ] = "member",
    days: Annotated[int, typer.Option(metavar="N", min=0, help="How many days it is good; 0 for ever.")] = 7,
    uses: Annotated[int | None, typer.Option(metavar="N", min=1, help="How many people may come by it.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a link with which people make an account. It is shown this once."""
    wanted = {"role": role, "expires_in": days * DAY or None, "max_uses": uses}
    made = call(data, "POST", _of(group), wanted)
    url = f"{address(data)}/join/{made['code']}/"
    print_json({**made, "url": url}) if as_json else say(url)


@app.command("list")
def show_all(group: Group = None, data: Data = None, as_json: AsJson = False) -> None:
    """Show the invitations to this place, or into a group."""
    invitations = items(data, _of(group))
    if as_json:
        print_json({"items": invitations, "next": None})
    else:
        table(("ID", "BY", "ROLE", "USES", "UNTIL", "WORKS"), [_row(one) for one in invitations])


@app.command("revoke")
def revoke(
    invitation: Annotated[int, typer.Argument(metavar="ID", help="Its number in the list.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
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
