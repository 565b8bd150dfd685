"""Coming into groups and going out: joining, asking to be let in, invitations, and accounts that people make for themselves."""

from __future__ import annotations

from quart import Response, request

from ...actions import invitations, members, registration
from ...store import groups as group_store
from ...words.errors import BadInput, Conflict, Forbidden, NotFound, Refusal
from ...words.limits import ACCOUNTS
from .. import forms, problems
from ..context import the_app
from ..gate import rated
from ..sessions import this_asker
from .door import blueprint, fields, go, own_path, problems_of, require_person, show_with
from .entrance import agent, come_in
from .groups import topics_of, wrong
from .refused import with_wait
from .templates import page

NO_INVITATION = "It has ended, was used up, or was taken back. Ask whoever gave it to you for a new one."
# The same for a group that is not there: whoever cannot see it does not learn here whether it is.
ASKED = "/discover/?notice=asked"


@blueprint.post("/<which>/join/")
async def join(which: str) -> Response:
    return await _join(which, (await fields("next"))["next"])


@blueprint.post("/discover/ask/")
async def ask() -> Response:
    """Ask to be let into a group by its address, as somebody may have written it down: whole, or only its last word."""
    address = (await fields("address"))["address"].strip().rstrip("/").rpartition("/")[2]
    return await _join(address, "") if address else go("/discover/")


@blueprint.post("/<which>/leave/")
async def leave(which: str) -> Response:
    asker, group = await require_person(), forms.which(which)
    try:
        await members.leave_group(the_app(), asker, group)
    except Conflict as error:
        if (await the_app().store.read(group_store.find_for, asker.id, group)).kind == "direct":
            raise  # a conversation has no page of its own
        return await show_with(wrong(error, {}), "group.html", topics_of, group, 0)
    return go("/")


@blueprint.get("/join/<code>/")
async def offer(code: str) -> Response:
    return await _offer_page(code, 200)


@blueprint.post("/join/<code>/")
@rated(ACCOUNTS)
async def accept(code: str) -> Response:
    """Take an offer: as oneself, or as somebody new."""
    try:
        if await this_asker() is None:
            return await _make_account(code)
        joined = await invitations.accept_invitation(the_app(), await require_person(), code)
    except NotFound:
        return _no_offer()
    return go(f"/{joined.slug}/" if joined else "/")


@blueprint.get("/sign-up/")
async def sign_up() -> Response:
    if await this_asker() is not None:
        return go("/")
    return _sign_up_page(200)


@blueprint.post("/sign-up/")
@rated(ACCOUNTS)
async def sign_up_form() -> Response:
    values = await fields("name", "username", "password")
    password = values.pop("password")
    try:
        session = await registration.register(the_app(), **values, password=password, agent=agent())
    except Forbidden:
        return _sign_up_page(403)
    except Refusal as error:
        return with_wait(_sign_up_page(problems.status_of(error), values=values, **_what_is_wrong(error)), error)
    return await come_in(session, "/")


async def _join(which: str, forward: str) -> Response:
    joined = await members.join_group(the_app(), await require_person(), forms.which(which))
    return go(own_path(forward, f"/{joined.slug}/") if joined else ASKED)


async def _make_account(code: str) -> Response:
    """Raises NotFound where the invitation does not work, or makes no accounts."""
    values = await fields("name", "username", "password")
    password = values.pop("password")
    try:
        session = await invitations.use_invitation(the_app(), code, **values, password=password, agent=agent())
    except NotFound:
        raise
    except Refusal as error:
        again = await _offer_page(code, problems.status_of(error), values=values, **_what_is_wrong(error))
        return with_wait(again, error)
    return await come_in(session, "/")


async def _offer_page(code: str, status: int, **values: object) -> Response:
    asker = await this_asker()
    try:
        found = await invitations.find_offer(the_app(), code, asker)
    except NotFound:
        return _no_offer()
    return page("join.html", status, offer=found, here=request.path, asker=asker, **values)


def _no_offer() -> Response:
    return page("problem.html", 404, title="This invitation does not work", sentence=NO_INVITATION)


def _sign_up_page(status: int, **values: object) -> Response:
    """Where not everybody may make an account, a sentence that says so."""
    if the_app().settings.registration != "open":
        sentence = "New accounts are made by invitation here. Ask somebody who is in."
        return page("problem.html", 403, title="Not for everybody", sentence=sentence)
    return page("sign_up.html", status, **values)


def _what_is_wrong(error: Refusal) -> dict[str, object]:
    if isinstance(error, BadInput):
        return {"problems": problems_of(error)}
    if isinstance(error, Conflict):
        return {"problems": {"username": error.sentence}}
    return {"problem": error.sentence}
