"""Invitations and sign-up in the API: make links for many, see and revoke them, come in by one, or without where that is open."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct
from quart import request

from ...actions import App, groups, invitations, registration
from ...actions.sign_in import NewSession
from ...store import invitations as store
from ...words.asker import Asker, require_admin
from ...words.limits import ACCOUNTS
from ...words.models import Group, Invitation, InvitedRole, Me
from ..sessions import let_in
from .door import Answer, Page, Paging, encoded, operation, part

# Seconds: unless told otherwise an invitation is good for a week, as the links for single people are.
WEEK = 7 * 24 * 3600


class NewInvitation(Struct, frozen=True, forbid_unknown_fields=True):
    """*expires_in* are seconds. null: it does not expire, or may be used as often as one likes."""

    role: InvitedRole = "member"
    expires_in: int | None = WEEK
    max_uses: int | None = None


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    code: str


class NewMe(Struct, frozen=True, forbid_unknown_fields=True):
    username: str
    password: str
    name: str = ""


class InvitedMe(Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    username: str
    password: str
    name: str = ""


@operation("GET", "/invitations", {200: Page[Invitation]}, query=Paging, console=True)
async def list_invitations(app: App, asker: Asker, query: Paging) -> Page[Invitation]:
    """The invitations to this place, newest first. For admins."""
    require_admin(asker)
    return part(await app.store.read(store.of_server, at=app.now()), query)


@operation("POST", "/invitations", {201: Invitation}, body=NewInvitation, console=True)
async def create_invitation(app: App, asker: Asker, body: NewInvitation) -> Invitation:
    """Make a link with which people make an account here. Its code is shown this once. For admins."""
    return await _make(app, asker, None, body)


@operation("DELETE", "/invitations/<id:invitation_id>", {204: None}, console=True)
async def revoke_invitation(app: App, asker: Asker, invitation_id: int) -> None:
    """Make an invitation worthless, also one into a group. For admins."""
    await invitations.revoke_invitation(app, asker, invitation_id)


@operation("GET", "/groups/<which>/invitations", {200: Page[Invitation]}, query=Paging, console=True)
async def list_group_invitations(app: App, asker: Asker, which: int | str, query: Paging) -> Page[Invitation]:
    """The invitations into a group, newest first. For its admins."""
    return part(await app.store.read(_of_group, asker, which, at=app.now()), query)


@operation("POST", "/groups/<which>/invitations", {201: Invitation}, body=NewInvitation, console=True)
async def create_group_invitation(app: App, asker: Asker, which: int | str, body: NewInvitation) -> Invitation:
    """Make a link with which people join a group; of an admin of the server, also with a new account. For the group's admins."""
    return await _make(app, asker, which, body)


@operation("DELETE", "/groups/<which>/invitations/<id:invitation_id>", {204: None}, console=True)
async def revoke_group_invitation(app: App, asker: Asker, which: int | str, invitation_id: int) -> None:
    """Make an invitation into a group worthless. For its admins."""
    await invitations.revoke_invitation(app, asker, invitation_id, group=which)


@operation("POST", "/invitations/accept", {200: Group, 204: None}, body=Code)
async def accept_invitation(app: App, asker: Asker, body: Code) -> Group | Answer:
    """Join the group one is invited into. 204 for an invitation to this place alone, where one is already."""
    joined = await invitations.accept_invitation(app, asker, body.code)
    return joined if joined is not None else Answer(None, 204)


@operation("POST", "/invitations/use", {201: Me}, body=InvitedMe, public=True, rate=ACCOUNTS)
async def use_invitation(app: App, body: InvitedMe) -> Any:
    """Make an account for oneself by an invitation, and sign in. Sets the session cookie."""
    return await _signed_in(
        await invitations.use_invitation(
            app, body.code, username=body.username, name=body.name, password=body.password, agent=_agent()
        )
    )


@operation("POST", "/registration", {201: Me}, body=NewMe, public=True, rate=ACCOUNTS)
async def register(app: App, body: NewMe) -> Any:
    """Make an account for oneself where that is open to everybody, and sign in. Sets the session cookie."""
    return await _signed_in(
        await registration.register(app, username=body.username, name=body.name, password=body.password, agent=_agent())
    )


async def _make(app: App, asker: Asker, group: int | str | None, body: NewInvitation) -> Invitation:
    return await invitations.make_invitation(
        app, asker, group=group, role=body.role, expires_in=body.expires_in, max_uses=body.max_uses
    )


async def _signed_in(session: NewSession) -> Any:
    response = encoded(session.me, 201)
    await let_in(response, session.secret)
    return response


def _agent() -> str:
    return request.headers.get("user-agent", "")


def _of_group(conn: sqlite3.Connection, asker: Asker, which: int | str, *, at: int) -> list[Invitation]:
    return store.of_group(conn, groups.find_to_manage(conn, asker, which).id, at=at)
