"""Coming in and going out: signing in and out, and the welcome behind a one-time link."""

from __future__ import annotations

from typing import Any

from quart import Response, request

from ...actions import links, sign_in
from ...words.errors import BadInput, NotFound, Refusal
from ...words.limits import ACCOUNTS, SIGN_INS
from .. import problems
from ..context import the_app
from ..gate import rated
from ..sessions import address_of, clear_cookie, let_in, this_asker
from .door import blueprint, fields, go, own_path, problems_of, require_person
from .refused import with_wait
from .templates import page

# The same for a link that never was: whoever guesses learns nothing.
NO_LINK = (
    "It was used already, or it has ended. If you chose a password with it, sign in; else ask an admin for a new one."
)


@blueprint.get("/sign-in/")
async def sign_in_page() -> Response:
    forward = own_path(request.args.get("next", ""))
    if await this_asker() is not None:
        return go(forward)
    return _sign_in_page(200, values={}, next=forward)


@blueprint.post("/sign-in/")
@rated(SIGN_INS)
async def sign_in_form() -> Response:
    values = await fields("username", "password", "next")
    try:
        session = await sign_in.sign_in(
            the_app(),
            username=values["username"],
            password=values["password"],
            agent=agent(),
            address=address_of(request.scope),
        )
    except Refusal as error:
        again = {"values": {"username": values["username"]}, "next": own_path(values["next"])}
        return with_wait(_sign_in_page(problems.status_of(error), problem=error.sentence, **again), error)
    return await come_in(session, own_path(values["next"]))


@blueprint.post("/sign-out/")
async def sign_out() -> Response:
    await sign_in.sign_out(the_app(), await require_person())
    response = go("/sign-in/")
    clear_cookie(response)
    return response


@blueprint.get("/welcome/<secret>/")
async def welcome(secret: str) -> Response:
    return await _welcome_page(secret, 200, values={})


@blueprint.post("/welcome/<secret>/")
@rated(ACCOUNTS)
async def welcome_form(secret: str) -> Response:
    """Make the owner, or give the one whose link it is their new password; either way they are in."""
    values = await fields("name", "username", "password")
    password = values.pop("password")
    try:
        if await links.find_link(the_app(), secret) is None:
            session = await links.use_first_link(the_app(), secret, **values, password=password, agent=agent())
        else:
            session = await links.use_link(the_app(), secret, password=password, agent=agent())
    except NotFound:
        return _no_link()
    except BadInput as error:
        return await _welcome_page(secret, 422, values=values, problems=problems_of(error))
    except Refusal as error:
        again = await _welcome_page(secret, problems.status_of(error), values=values, problem=error.sentence)
        return with_wait(again, error)
    return await come_in(session, "/")


def _sign_in_page(status: int, **values: Any) -> Response:
    return page("sign_in.html", status, is_open=the_app().settings.registration == "open", **values)


async def _welcome_page(secret: str, status: int, **values: Any) -> Response:
    try:
        whose = await links.find_link(the_app(), secret)
    except NotFound:
        return _no_link()
    return page("welcome.html", status, first=whose is None, person=whose, **values)


def _no_link() -> Response:
    return page("problem.html", 404, title="This link does not work", sentence=NO_LINK, button="Sign in")


async def come_in(session: sign_in.NewSession, address: str) -> Response:
    """On to a page of ours, signed in."""
    response = go(address)
    await let_in(response, session.secret)
    return response


def agent() -> str:
    """What somebody came with, as they say, for their list of sessions."""
    return request.headers.get("user-agent", "")
