"""Accounts of people and bots."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any, Literal, get_args

import click

from ..words.errors import Refusal
from .address import address
from .console import call, items, place
from .options import Commands, common
from .output import day, hint, print_json, say, sure, table

app = Commands("People and bots.")

Role = Literal["owner", "admin", "member", "guest"]

somebody = click.argument("username", metavar="NAME", help="A username.")


@app.command("add")
@somebody
@click.option(
    "--role",
    type=click.Choice(get_args(Role)),
    default="member",
    metavar="ROLE",
    help="owner, admin, member or guest.",
)
@click.option("--email", metavar="ADDRESS", help="Their e-mail address.")
@click.option("--name", metavar="TEXT", help="The name that others see.")
@click.option("--bot", is_flag=True, help="A program: it has no password, but tokens.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@common
def add(
    username: str,
    role: Role,
    email: str | None,
    name: str | None,
    bot: bool,
    password_stdin: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make an account.

    Asks for a password, twice. Where there is no terminal to ask at, or no answer, the account has none, and a link
    from `convore-lite user link` lets its person in.
    """
    password = None if bot else given_password(from_stdin=password_stdin, or_none=" (none: Enter)")
    account = {"username": username, "name": name, "role": role, "email": email, "password": password}
    user = call(data, "POST", "/users", {**account, "kind": "bot" if bot else "person"}, begins=True)
    if as_json:
        print_json(user)
        return
    made = user["username"]
    if bot:
        say(f"{made} is here now. It acts with a token:")
        say(f"  convore-lite token create {made} --name TEXT --scope write{same(data)}")
    elif password is None:
        say(f"{made} is here now, without a password. A link lets them in:")
        say(f"  convore-lite user link {made}{same(data)}")
    else:
        say(f"{made} is here now, and can sign in.")


@app.command("list")
@common
def show_all(data: Path | None, as_json: bool) -> None:
    """Show everybody."""
    accounts = items(data, "/admin/users")
    if as_json:
        print_json({"items": accounts, "next": None})
    else:
        table(("USERNAME", "NAME", "ROLE", "STATE", "LAST SEEN"), [_row(account) for account in accounts])


@app.command("show")
@somebody
@common
def show(username: str, data: Path | None, as_json: bool) -> None:
    """Show one person."""
    user = call(data, "GET", place("users", username))
    account = next((one for one in items(data, "/admin/users") if one["user"]["id"] == user["id"]), None)
    if account is None:
        raise Refusal("They have left, and their account is erased.")
    if as_json:
        print_json(account)
        return
    headings = ("username", "name", "role", "state", "last seen")
    table((), [*zip(headings, _row(account), strict=True), ("e-mail", account["email"] or ""), ("id", str(user["id"]))])


@app.command("role")
@somebody
@click.argument(
    "role",
    type=click.Choice(get_args(Role)),
    metavar="ROLE",
    help="owner, admin, member or guest.",
)
@common
def set_role(username: str, role: Role, data: Path | None, as_json: bool) -> None:
    """Say what somebody may do here. It counts at once."""
    user = call(data, "PUT", place("users", username, "role"), {"role": role})
    print_json(user) if as_json else say(f"{user['username']} is {_a(role)} now.")


@app.command("passwd")
@somebody
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@common
def change_password(username: str, password_stdin: bool, data: Path | None, as_json: bool) -> None:
    """Give somebody a new password. They are signed out everywhere."""
    password = given_password(from_stdin=password_stdin)
    if password is None:
        raise Refusal("There is nobody here to ask for the password. Give it with --password-stdin.")
    call(data, "PUT", place("users", username, "password"), {"password": password})
    if not as_json:
        say(f"{username} has a new password, and is signed out everywhere.")


@app.command("deactivate")
@somebody
@common
def deactivate(username: str, data: Path | None, as_json: bool) -> None:
    """Close somebody's account. They are signed out everywhere; what they said stays."""
    user = call(data, "POST", place("users", username, "deactivate"))
    print_json(user) if as_json else say(f"{user['username']} is deactivated, and signed out everywhere.")


@app.command("reactivate")
@somebody
@common
def reactivate(username: str, data: Path | None, as_json: bool) -> None:
    """Open somebody's account again."""
    user = call(data, "POST", place("users", username, "reactivate"))
    print_json(user) if as_json else say(f"{user['username']} can sign in again.")


@app.command("erase")
@somebody
@click.option(
    "--messages",
    type=click.Choice(["keep", "delete"]),
    required=True,
    metavar="WHAT",
    help="What becomes of their messages: keep or delete.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def erase(username: str, messages: Literal["keep", "delete"], yes: bool, data: Path | None, as_json: bool) -> None:
    """Erase somebody's account for good. That cannot be undone."""
    what = "and all that they said " if messages == "delete" else ""
    if not yes and not sure(f"Erase {username} {what}for good?"):
        raise Refusal("Nothing was erased.")
    call(data, "DELETE", place("users", username), {"messages": messages})
    if not as_json:
        say(f"{username} is erased.")


@app.command("link")
@somebody
@common
def make_link(username: str, data: Path | None, as_json: bool) -> None:
    """Make a one-time link that lets somebody in.

    They choose a password there. It works once, for a week.
    """
    link = call(data, "POST", place("users", username, "link"))
    url = address(data) + link["path"]
    if as_json:
        print_json({**link, "url": url})
    else:
        say(url)
        hint("It works once, for a week.")


def given_password(*, from_stdin: bool, or_none: str = "") -> str | None:
    """A password from standard input or from somebody at the terminal; None where there is neither. Raises Refusal.

    With *or_none*, which says so in the question, somebody at the terminal may also give none.
    """
    if from_stdin:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Refusal("The password on standard input is not UTF-8.") from None
    if not sys.stdin.isatty():
        return None
    answer = click.prompt(
        f"Password{or_none}",
        default="" if or_none else None,
        show_default=False,
        hide_input=True,
        confirmation_prompt="Once more",
        err=True,
    )
    return str(answer) or None


def same(data: Path | None) -> str:
    """What makes a command that we propose work on the same folder."""
    return f" --data {shlex.quote(str(data))}" if data else ""


def _row(account: dict[str, Any]) -> tuple[str, ...]:
    user = account["user"]
    state = "deactivated" if user["deactivated"] else "bot" if user["kind"] == "bot" else "active"
    return user["username"], user["name"], account["role"], state, day(account["last_seen_at"])


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"
