"""Accounts, tokens, groups and settings: what each command does and says, beside a server and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convore_lite import __version__
from convore_lite.testing import ChatServer
from convore_lite.testing.chat import PASSWORD

from .conftest import Typed


def test_an_account_with_a_password(typed: Typed) -> None:
    said = typed(
        "user", "add", "Ann", "--role", "owner", "--name", "Ann Lee", "--password-stdin", stdin=b"correct horse\n"
    ).ok()
    assert said.out == "ann is here now, and can sign in.\n"
    rows = [line.split("\t") for line in typed("user", "show", "ann").ok().out.splitlines()]
    assert dict(rows) == {
        "username": "ann",
        "name": "Ann Lee",
        "role": "owner",
        "state": "active",
        "last seen": "never",
        "e-mail": "",
        "id": "1",
    }


def test_an_account_without_one_is_entered_by_a_link(typed: Typed, chat_folder: Path) -> None:
    said = typed("user", "add", "ann").ok()
    proposed = f"convore-lite user link ann --data {chat_folder}"
    assert said.out == f"ann is here now, without a password. A link lets them in:\n  {proposed}\n"
    link = typed("user", "link", "ann").ok().out
    assert link.startswith("http://127.0.0.1:8470/welcome/")
    assert link.endswith("/\n")


def test_a_bot_acts_with_a_token(typed: Typed) -> None:
    assert "token create ci --name TEXT --scope write" in typed("user", "add", "ci", "--bot").ok().out
    assert typed("user", "list").ok().out == "ci\tci\tmember\tbot\tnever\n"


def test_everybody_is_listed_page_by_page(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cy", "ann", "bob"):
        typed("user", "add", name).ok()
    monkeypatch.setattr("convore_lite.cli.console.PAGE", 2)
    assert typed("user", "list").ok().out == "".join(
        f"{name}\t{name}\tmember\tactive\tnever\n" for name in ("ann", "bob", "cy")
    )
    assert [one["user"]["username"] for one in typed("user", "list", "--json").ok().json["items"]] == [
        "ann",
        "bob",
        "cy",
    ]


def test_tokens(owned: Typed) -> None:
    token = owned("token", "create", "ann", "--name", "script", "--scope", "read").ok().out
    assert len(token.split()) == 1
    number, name, scope, _, used = owned("token", "list", "ann").ok().out.rstrip("\n").split("\t")
    assert (name, scope, used) == ("script", "read", "never")
    assert token.strip() not in owned("token", "list", "ann", "--json").ok().out
    assert owned("token", "revoke", number).ok().out == f"Token {number} is revoked.\n"
    assert owned("token", "list", "ann").ok().out == ""


def test_groups(owned: Typed) -> None:
    assert owned("group", "create", "Home lab", "--kind", "private").ok().out == "The group home-lab is there now.\n"
    owned("user", "add", "bob").ok()
    assert owned("group", "add", "home-lab", "bob", "--role", "admin").ok().out == "bob is in home-lab now, as admin.\n"
    assert owned("group", "list").ok().out == "home-lab\tHome lab\tprivate\t2\t1\n"
    assert owned("group", "list", "--json").ok().json["items"][0]["creator"]["username"] == "ann"


def test_changing_a_group(owned: Typed) -> None:
    owned("group", "create", "Home lab").ok()
    owned("user", "add", "bob").ok()
    assert "--name" in owned("group", "change", "home-lab").refused()
    said = owned("group", "change", "home-lab", "--name", "Lab", "--slug", "lab", "--kind", "private").ok().out
    assert said == "The group lab is changed.\n"
    assert owned("group", "list").ok().out == "lab\tLab\tprivate\t1\t1\n"
    owned("group", "add", "lab", "bob").ok()
    rows = [line.split("\t")[:3] for line in owned("group", "members", "lab").ok().out.splitlines()]
    assert rows == [["ann", "ann", "admin"], ["bob", "bob", "member"]]
    assert owned("group", "remove", "lab", "bob").ok().out == "bob is not in lab any more.\n"
    members = owned("group", "members", "lab", "--json").ok().json["items"]
    assert [member["user"]["username"] for member in members] == ["ann"]


def test_invitations(owned: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    link = owned("invite", "create").ok().out
    assert link.startswith("http://127.0.0.1:8470/join/")
    assert link.endswith("/\n")
    assert link.count("\n") == 1
    owned("group", "create", "Home lab", "--kind", "private").ok()
    assert "group" in owned("invite", "create", "--role", "guest").refused()
    monkeypatch.setenv("CONVORE_BASE_URL", "https://chat.example.org")
    made = owned("invite", "create", "--group", "home-lab", "--role", "guest", "--days", 0, "--uses", 3, "--json").ok()
    assert made.json["url"] == f"https://chat.example.org/join/{made.json['code']}/"
    assert (made.json["expires_at"], made.json["max_uses"]) == (None, 3)
    number, by, role, uses, until, works = owned("invite", "list").ok().out.rstrip("\n").split("\t")
    assert (by, role, uses, works) == ("ann", "member", "0", "yes")
    assert until > "2026"
    listed = owned("invite", "list", "--group", "home-lab").ok().out
    assert listed == f"{made.json['id']}\tann\tguest\t0 of 3\tfor ever\tyes\n"
    assert owned("invite", "revoke", number).ok().out == f"Invitation {number} is revoked.\n"
    assert owned("invite", "list").ok().out == ""


def test_the_console_invites_as_the_owner(owned: Typed) -> None:
    """What is theirs to give: into a group that they look after."""
    owned("group", "create", "Home lab").ok()
    owned("user", "add", "bob").ok()
    owned("group", "add", "home-lab", "bob", "--role", "admin").ok()
    owned("invite", "create", "--group", "home-lab").ok()
    owned("group", "add", "home-lab", "ann", "--role", "member").ok()
    assert "owner" in owned("invite", "create", "--group", "home-lab").refused()
    assert owned("invite", "list", "--group", "home-lab").ok().out.endswith("no\n")


def test_deleting_a_group(owned: Typed) -> None:
    for name in ("Home lab", "Garden"):
        owned("group", "create", name).ok()
    assert "--yes" in owned("group", "delete", "home-lab").refused()
    assert owned("group", "list").ok().out.count("\n") == 2
    assert owned("group", "delete", "home-lab", "--yes").ok().out == "The group home-lab is deleted.\n"
    assert owned("group", "delete", "home-lab", "--yes").refused() == "There is no such group."
    assert owned("group", "list").ok().out == "garden\tGarden\tpublic\t1\t1\n"
    exported = owned("export").ok().out
    assert "garden" in exported
    assert "home-lab" not in exported
    assert owned("group", "delete", "garden", "--yes", "--json").ok().out == ""


def test_a_new_password(owned: Typed, chat_folder: Path) -> None:
    said = owned("user", "passwd", "ann", "--password-stdin", stdin="zwölf Kröten\r\n".encode()).ok()
    assert said.out == "ann has a new password, and is signed out everywhere.\n"
    assert owned("user", "passwd", "ann", "--password-stdin", "--json", stdin=b"another one here").ok().out == ""


def test_closing_an_account_and_opening_it_again(owned: Typed) -> None:
    owned("user", "add", "bob").ok()
    assert owned("user", "deactivate", "bob").ok().out == "bob is deactivated, and signed out everywhere.\n"
    assert owned("user", "list").ok().out == ("ann\tann\towner\tactive\tnever\nbob\tbob\tmember\tdeactivated\tnever\n")
    assert owned("user", "link", "bob").refused() == "This account is deactivated."
    assert owned("user", "reactivate", "bob").ok().out == "bob can sign in again.\n"
    assert owned("user", "deactivate", "bob", "--json").ok().json["deactivated"] is True
    assert owned("user", "deactivate", "ann").refused() == "That is the last owner. Make another one first."


def test_beside_a_running_server_it_is_that_servers_answer(typed: Typed, chat_server: ChatServer) -> None:
    ann = chat_server.member("ann", "owner")
    assert typed("user", "list").ok().out == "ann\tAnn\towner\tactive\tnever\n"
    typed("user", "passwd", "ann", "--password-stdin", stdin=b"a quite new one").ok()
    client = chat_server.chat.client()
    chat_server.chat.clients.append(client)

    async def sign_in(password: str) -> int:
        answer = await client.post("/api/v1/session", json={"username": "ann", "password": password})
        return answer.status_code

    assert chat_server.call(sign_in, PASSWORD) == 401
    assert chat_server.call(sign_in, "a quite new one") == 201
    assert chat_server.call(ann.call, "GET", "/me")["username"] == "ann"


def test_settings_say_where_they_come_from(typed: Typed, chat_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat_folder.mkdir()
    file = chat_folder / "settings.toml"
    file.write_text('name = "Home lab"\nevent_days = 60\n')
    monkeypatch.setenv("CONVORE_NAME", "Tea room")
    rows = dict(line.split("\t", 1) for line in typed("settings").ok().out.splitlines())
    assert rows["data"].startswith(f"{chat_folder}\t--data\t")
    assert rows["name"].startswith("Tea room\tCONVORE_NAME\t")
    assert rows["event_days"].startswith(f"60\t{file}\t")
    assert rows["base_url"].startswith("not set\tdefault\t")
    (days,) = [item for item in typed("settings", "--json").ok().json["items"] if item["name"] == "event_days"]
    assert (days["value"], days["source"]) == ("60", str(file))


def test_version(typed: Typed, chat_folder: Path) -> None:
    assert typed("version").ok().out == f"convore-lite {__version__}\n"
    assert json.loads(typed("version", "--json").ok().out)["version"] == __version__
    assert not chat_folder.exists()


@pytest.mark.parametrize("arguments", [[], ["user"], ["token"], ["group"], ["import"]])
def test_a_name_alone_shows_what_there_is(typed: Typed, arguments: list[str]) -> None:
    assert typed(*arguments, on_folder=False).ok().out.startswith(f"Usage: {' '.join(['convore-lite', *arguments])}")


def test_roles(owned: Typed) -> None:
    owned("user", "add", "bob").ok()
    assert owned("user", "role", "bob", "admin").ok().out == "bob is an admin now.\n"
    assert "admin" in owned("user", "list").ok().out.splitlines()[1]
    assert "last owner" in owned("user", "role", "ann", "member").refused()


def test_erasing_an_account(owned: Typed) -> None:
    owned("user", "add", "bob").ok()
    assert "--yes" in owned("user", "erase", "bob", "--messages", "keep").refused()
    assert owned("user", "erase", "bob", "--messages", "keep", "--yes").ok().out == "bob is erased.\n"
    assert "bob" not in owned("user", "list").ok().out
