"""Invitations to this place: links with which people make an account."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from msgspec import Meta, Struct
from quart import Response

from ....actions import invitations
from ....store import groups as group_store
from ....store import invitations as invitation_store
from ....words.errors import BadInput, Conflict, Forbidden, NotFound
from ....words.models import InvitedRole
from ... import forms
from ...context import the_app
from ..door import Found, blueprint, fields, go, whole_address
from ..groups import wrong
from .door import require_administrator, show

DAY = 24 * 3600


class InvitationForm(Struct, frozen=True):
    """*days* 0: it does not end. *uses* 0: as often as anybody likes. *group* "": into none."""

    days: Annotated[int, Meta(ge=0, le=365)]
    uses: Annotated[int, Meta(ge=0, le=invitations.MOST_USES)]
    role: InvitedRole
    group: str


@blueprint.get("/admin/invitations/")
async def admin_invitations() -> Response:
    return await _page({})


@blueprint.post("/admin/invitations/")
async def invite() -> Response:
    """The page comes as the answer of the form itself: the link in it is shown this once."""
    asker, values = await require_administrator(), await fields("days", "uses", "role", "group")
    given = {**values, "days": values["days"] or "0", "uses": values["uses"] or "0", "role": values["role"] or "member"}
    try:
        form = forms.convert(given, InvitationForm)
        made = await invitations.make_invitation(
            the_app(),
            asker,
            group=forms.which(form.group) if form.group else None,
            role=form.role,
            expires_in=form.days * DAY or None,
            max_uses=form.uses or None,
        )
    except (BadInput, Conflict, Forbidden) as error:
        return await _page(wrong(error, values))
    except NotFound:
        return await _page(wrong(BadInput("group", "There is no such group that you look after."), values))
    return await _page({"link": whole_address(f"/join/{made.code}/")})


@blueprint.post("/admin/invitations/<id:invitation_id>/revoke/")
async def take_invitation_back(invitation_id: int) -> Response:
    await invitations.revoke_invitation(the_app(), await require_administrator(), invitation_id)
    return go("/admin/invitations/?notice=saved")


async def _page(more: dict[str, Any]) -> Response:
    app = the_app()
    return await show("invitations", {"registration": app.settings.registration, **more}, _invitations, at=app.now())


def _invitations(conn: sqlite3.Connection, user_id: int, *, at: int) -> Found:
    mine = [group for group in group_store.of_member(conn, user_id) if group.my and group.my.role == "admin"]
    return {"invitations": invitation_store.of_server(conn, at=at), "mine": mine}
