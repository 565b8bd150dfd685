"""Looking after one account: its role, a way in, closing it, erasing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Sequence
from typing import Any, Literal

from msgspec import Struct
from quart import Response

from ....actions import erasing, links, people
from ....store import overview
from ....store import people as people_store
from ....words.asker import Asker
from ....words.errors import BadInput, Conflict, Forbidden
from ....words.models import ServerRole
from ... import forms
from ...context import the_app
from ..door import Found, blueprint, fields, go, whole_address
from ..groups import wrong
from .door import require_administrator, show

PERSON = "/admin/people/<who>/"


class RoleForm(Struct, frozen=True):
    role: ServerRole


class EraseForm(Struct, frozen=True):
    confirmation: str
    messages: Literal["keep", "delete"]


@blueprint.get(PERSON)
async def admin_person(who: str) -> Response:
    return await _page(who, {})


@blueprint.post(f"{PERSON}role/")
async def change_account_role(who: str) -> Response:
    asker = await require_administrator()
    try:
        form = forms.convert(await fields("role"), RoleForm)
    except BadInput as error:
        return await _page(who, wrong(error, {}))
    return await _done(who, people.set_role(the_app(), asker, forms.which(who), form.role))


@blueprint.post(f"{PERSON}link/")
async def make_account_link(who: str) -> Response:
    return await show_link(who)


@blueprint.post(f"{PERSON}deactivate/")
async def deactivate_account(who: str) -> Response:
    return await _done(who, people.deactivate_user(the_app(), await require_administrator(), forms.which(who)))


@blueprint.post(f"{PERSON}reactivate/")
async def reactivate_account(who: str) -> Response:
    return await _done(who, people.reactivate_user(the_app(), await require_administrator(), forms.which(who)))


@blueprint.post(f"{PERSON}erase/")
async def erase_account(who: str) -> Response:
    """Whoever means it writes the username."""
    asker, values = await require_administrator(), await fields("confirmation", "messages")
    account = await the_app().store.read(overview.account, forms.which(who))
    try:
        form = forms.convert(values, EraseForm)
        if form.confirmation.strip() != account.user.username:
            raise BadInput("confirmation", f"Write “{account.user.username}” to erase it")
        await erasing.erase_user(the_app(), asker, account.user.id, form.messages)
    except (BadInput, Conflict, Forbidden) as error:
        return await _page(who, {**wrong(error, values), "erasing": True})
    return go("/admin/people/?notice=erased")


async def show_link(who: str) -> Response:
    """The page comes as the answer of the form itself: the link in it is shown this once."""
    try:
        secret = await links.make_link(the_app(), await require_administrator(), forms.which(who))
    except (Conflict, Forbidden) as error:
        return await _page(who, wrong(error, {}))
    return await _page(who, {"link": whole_address(f"/welcome/{secret}/")})


def given_roles(asker: Asker) -> Sequence[ServerRole]:
    """The roles that are somebody's to give, the usual one first."""
    return ("member", "guest", "admin", "owner") if asker.role == "owner" else ("member", "guest")


async def _done(who: str, act: Awaitable[Any]) -> Response:
    try:
        await act
    except (BadInput, Conflict, Forbidden) as error:
        return await _page(who, wrong(error, {}))
    return go(f"/admin/people/{who}/?notice=saved")


async def _page(who: str, more: dict[str, Any]) -> Response:
    asker = await require_administrator()
    return await show("person", {"roles": given_roles(asker), **more}, _person, asker, forms.which(who))


def _person(conn: sqlite3.Connection, user_id: int, asker: Asker, who: int | str) -> Found:
    """Raises NotFound."""
    account = overview.account(conn, who)
    erased = people_store.is_gone(conn, account.user.id)
    return {
        "account": account,
        "person": account.user,
        "erased": erased,
        "cared_for": not erased and (asker.role == "owner" or account.role not in people.HIGH),
        "oneself": account.user.id == asker.id,
    }
