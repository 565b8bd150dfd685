"""The settings of a group, for its admins: what it is, who asks to come in, invitations, members, and its end."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from quart import Response

from ...actions import deletion, groups, invitations
from ...store import invitations as invitation_store
from ...store import memberships
from ...store import requests as request_store
from ...store import topics as topic_store
from ...words.asker import Asker
from ...words.errors import BadInput, Conflict
from ...words.models import Group, GroupKind, Id, InvitedRole, MentionEveryone, Topic
from .. import forms
from ..context import the_app
from .door import Found, blueprint, fields, go, require_person, show_with, whole_address
from .groups import wrong

DAY = 24 * 3600
# So many of each are shown; members have a page of their own.
REQUESTS, MEMBERS, TOPICS = 100, 10, 200


class AboutForm(Struct, frozen=True):
    name: str
    slug: str
    description: str
    kind: GroupKind
    default_topic_id: Id
    mention_everyone: MentionEveryone | UnsetType = UNSET


class InvitationForm(Struct, frozen=True):
    """*days* 0: it does not end. *uses* 0: as often as anybody likes."""

    days: Annotated[int, Meta(ge=0, le=365)]
    uses: Annotated[int, Meta(ge=0, le=invitations.MOST_USES)]
    role: InvitedRole


@blueprint.get("/<which>/settings/")
async def group_settings(which: str) -> Response:
    return await _page(which, {})


@blueprint.post("/<which>/settings/")
async def change_group(which: str) -> Response:
    values = await fields("name", "slug", "description", "kind", "default_topic_id", "mention_everyone")
    try:
        given = {name: value for name, value in values.items() if value or name != "mention_everyone"}
        form = forms.convert({**given, "description": values["description"].strip()}, AboutForm)
        changed = await groups.change_group(
            the_app(),
            await require_person(),
            forms.which(which),
            name=form.name,
            slug=form.slug,
            description=form.description,
            kind=form.kind,
            default_topic_id=form.default_topic_id,
            mention_everyone=form.mention_everyone,
        )
    except BadInput as error:
        return await _page(which, {**wrong(error, values), "about": values})
    except Conflict as error:  # only an address can be taken
        return await _page(which, {**wrong(BadInput("slug", error.sentence), values), "about": values, "status": 409})
    return go(f"/{changed.slug}/settings/?notice=saved")


@blueprint.post("/<which>/settings/invitations/")
async def make_invitation(which: str) -> Response:
    """The page comes as the answer of the form itself: the link in it is shown this once."""
    values = await fields("days", "uses", "role")
    given = {"days": values["days"] or "0", "uses": values["uses"] or "0", "role": values["role"] or "member"}
    try:
        form = forms.convert(given, InvitationForm)
        made = await invitations.make_invitation(
            the_app(),
            await require_person(),
            group=forms.which(which),
            role=form.role,
            expires_in=form.days * DAY or None,
            max_uses=form.uses or None,
        )
    except BadInput as error:
        return await _page(which, {**wrong(error, values), "invitation_values": values})
    return await _page(which, {"made": made, "link": whole_address(f"/join/{made.code}/")})


@blueprint.post("/<which>/settings/invitations/<id:invitation_id>/revoke/")
async def revoke_invitation(which: str, invitation_id: int) -> Response:
    await invitations.revoke_invitation(the_app(), await require_person(), invitation_id, group=forms.which(which))
    return go(f"/{which}/settings/#invitations")


@blueprint.post("/<which>/settings/delete/")
async def delete_group(which: str) -> Response:
    """Whoever means it writes the group's name."""
    asker, values = await require_person(), await fields("confirmation")
    group = await the_app().store.read(_managed, asker, forms.which(which))
    if values["confirmation"].strip() != group.name:
        error = BadInput("confirmation", f"Write “{group.name}” to delete it")
        return await _page(which, {**wrong(error, values), "deleting": True})
    await deletion.delete_group(the_app(), asker, group.id)
    return go("/")


async def _page(which: str, more: dict[str, Any]) -> Response:
    """Raises Forbidden for those who see the group and do not look after it."""
    asker, app = await require_person(), the_app()
    more = {"makes_accounts": asker.administers and app.settings.registration != "closed", **more}
    return await show_with(more, "group_settings.html", _read, asker, forms.which(which), at=app.now())


def _read(conn: sqlite3.Connection, user_id: int, asker: Asker, which: int | str, *, at: int) -> Found:
    group = _managed(conn, asker, which)
    return {
        "group": group,
        "about": {
            "name": group.name,
            "slug": group.slug,
            "description": group.description,
            "kind": group.kind,
            "default_topic_id": str(group.default_topic_id),
            "mention_everyone": group.mention_everyone,
        },
        "few": memberships.FEW,
        "topics": _choices(conn, user_id, group),
        "requests": request_store.of_group(conn, group.id, limit=REQUESTS),
        "members": memberships.of_group(conn, group.id, limit=MEMBERS),
        "invitations": invitation_store.of_group(conn, group.id, at=at),
    }


def _choices(conn: sqlite3.Connection, user_id: int, group: Group) -> list[Topic]:
    """The topics that may be the default one: the latest, and the one that is."""
    latest = topic_store.of_group(conn, user_id, group.id, limit=TOPICS)
    if group.default_topic_id is None or any(topic.id == group.default_topic_id for topic in latest):
        return latest
    return [topic_store.find_for(conn, user_id, group.default_topic_id), *latest]


def _managed(conn: sqlite3.Connection, asker: Asker, which: int | str) -> Group:
    """Raises NotFound, Forbidden."""
    return groups.find_to_manage(conn, asker, which)
