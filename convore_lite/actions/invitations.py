"""Invite people with a link: to this place, or into a group."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass

import msgspec

from ..store import Writer, audit, groups, memberships, people
from ..store import invitations as store
from ..store.invitations import Found
from ..words.asker import Asker, require_admin
from ..words.errors import BadInput, Conflict, Forbidden, NotFound
from ..words.models import Group, Invitation, InvitedRole, User
from ..words.settings import Settings
from . import App
from .groups import add_member, find_to_manage, maker
from .registration import Newcomer, insert_newcomer, prepare
from .sign_in import NewSession, fingerprint, start_session

# Seconds: ten years. Whoever wants a longer one wants one without an end.
LONGEST = 10 * 366 * 24 * 3600
MOST_USES = 100_000


@dataclass(frozen=True)
class Offer:
    """What somebody with a link is told: who invites them, into which group, and whether they may make an account with it.

    *joined* is the group where they are in it already.
    """

    group: str | None
    creator: User
    makes_account: bool
    joined: Group | None = None


async def make_invitation(
    app: App,
    asker: Asker,
    *,
    group: int | str | None = None,
    role: InvitedRole = "member",
    expires_in: int | None,
    max_uses: int | None,
) -> Invitation:
    """An invitation, with its code, which is shown this once. *expires_in* are seconds; None: it does not.

    To this place it is made by admins of the server, into a group by admins of the group; new accounts come of that only as
    long as its maker administers the server. Raises NotFound, Forbidden, BadInput, Conflict.
    """
    if expires_in is not None and not 1 <= expires_in <= LONGEST:
        raise BadInput("expires_in", f"1 to {LONGEST} seconds, or null")
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise BadInput("max_uses", f"1 to {MOST_USES}, or null")
    _check_role(app.settings, asker, role, into_group=group is not None)
    code = secrets.token_urlsafe(32)
    at = app.now()
    expires_at = at + expires_in * 1000 if expires_in is not None else None
    made = await app.write(
        asker, _make, asker, fingerprint(code), group, role, at=at, expires_at=expires_at, max_uses=max_uses
    )
    return msgspec.structs.replace(made, code=code)


async def revoke_invitation(app: App, asker: Asker, invitation_id: int, *, group: int | str | None = None) -> None:
    """Make an invitation worthless: any one as an admin of the server, or one into a *group* as its admin.

    Raises NotFound, Forbidden.
    """
    await app.write(asker, _revoke, asker, invitation_id, group, at=app.now())


async def find_offer(app: App, code: str, asker: Asker | None = None) -> Offer:
    """What a code offers to *asker*, or to a stranger. Raises NotFound for one that does not work (any more)."""
    return await app.store.read(_find_offer, app.settings, fingerprint(code), asker.id if asker else None, at=app.now())


async def accept_invitation(app: App, asker: Asker, code: str) -> Group | None:
    """Join the group one is invited into; None where the invitation is to this place alone, in which one is. Raises NotFound."""
    return await app.write(asker, _accept, asker.id, fingerprint(code), at=app.now())


async def use_invitation(app: App, code: str, *, username: str, name: str, password: str, agent: str) -> NewSession:
    """Make an account for oneself, join the group if it is an invitation into one, and sign in.

    Raises NotFound for a code that does not work or makes no accounts, BadInput, Conflict (the username).
    """
    if not (await find_offer(app, code)).makes_account:
        raise NotFound()
    newcomer = await prepare(app, username=username, name=name, password=password)
    user = await app.store.write(_use, app.settings, fingerprint(code), newcomer, at=app.now())
    return await start_session(app, user.id, agent=agent)


def _check_role(settings: Settings, asker: Asker, role: InvitedRole, *, into_group: bool) -> None:
    if not into_group:
        require_admin(asker)
        if settings.registration == "closed":
            raise Conflict("Nobody can make an account here by themselves (the setting registration).")
    if role == "guest" and not into_group:
        raise BadInput("role", "a guest is invited into a group")
    if role == "guest" and not asker.administers:
        raise Forbidden("Only an admin of this server can invite guests.")


def _make(
    conn: Writer,
    asker: Asker,
    key: bytes,
    which: int | str | None,
    role: InvitedRole,
    *,
    at: int,
    expires_at: int | None,
    max_uses: int | None,
) -> Invitation:
    group_id = find_to_manage(conn, asker, which).id if which is not None else None
    number = store.insert(
        conn,
        key,
        creator_id=maker(conn, asker).id,
        group_id=group_id,
        role=role,
        at=at,
        expires_at=expires_at,
        max_uses=max_uses,
    )
    made = store.find(conn, number, at=at)
    if not made.works:
        raise Conflict("It would be an invitation of the owner, who is no admin of this group.")
    audit.note(conn, asker, "make invitation", at=at, group_id=group_id, invitation_id=number, role=role)
    return made


def _revoke(conn: Writer, asker: Asker, invitation_id: int, which: int | str | None, *, at: int) -> None:
    group_id = find_to_manage(conn, asker, which).id if which is not None else None
    if group_id is None:
        require_admin(asker)
    invitation = store.find(conn, invitation_id, at=at)
    if group_id is not None and invitation.group_id != group_id:
        raise NotFound("There is no such invitation.")
    store.revoke(conn, invitation_id, at=at)
    audit.note(conn, asker, "revoke invitation", at=at, group_id=invitation.group_id, invitation_id=invitation_id)


def _makes_account(settings: Settings, found: Found) -> bool:
    return found.administers and settings.registration != "closed"


def _find_offer(conn: sqlite3.Connection, settings: Settings, key: bytes, user_id: int | None, *, at: int) -> Offer:
    found = store.find_working(conn, key, at=at)
    makes_account = _makes_account(settings, found)
    if found.group_id is None:
        if not makes_account:
            raise NotFound()
        return Offer(None, found.creator, makes_account)
    group = groups.bare(conn, found.group_id)
    is_in = user_id is not None and memberships.role_of(conn, group.id, user_id) is not None
    return Offer(group.name, found.creator, makes_account, joined=group if is_in else None)


def _accept(conn: Writer, user_id: int, key: bytes, *, at: int) -> Group | None:
    found = store.find_working(conn, key, at=at)
    if found.group_id is None:
        return None
    if add_member(conn, found.group_id, people.find(conn, user_id), role="member", at=at):
        store.count_use(conn, found.id)
    return groups.find_for(conn, user_id, found.group_id)


def _use(conn: Writer, settings: Settings, key: bytes, newcomer: Newcomer, *, at: int) -> User:
    found = store.find_working(conn, key, at=at)
    if not _makes_account(settings, found):
        raise NotFound()
    user = insert_newcomer(conn, newcomer, role=found.role, at=at)
    if found.group_id is not None:
        add_member(conn, found.group_id, user, role="member", at=at)
    store.count_use(conn, found.id)
    return user
