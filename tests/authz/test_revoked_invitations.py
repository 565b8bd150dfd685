"""An invitation that was taken back, has ended, is used up or lost its maker works nowhere, and looks as if it never was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from convore_lite.appliance import wall_clock
from convore_lite.routes.api import BASE

from .recorder import Answer
from .revocations import Scene
from .world import Ready, World

NEW = {"username": "newcomer", "name": "New", "password": "a long enough one"}
SOME_YEARS = 5 * 365 * 24 * 3600 * 1000


class Clock:
    """The time in milliseconds, as `open_chat` wants it; it can leap."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return wall_clock() + self.ahead


async def take_back(scene: Scene, _: Clock) -> None:
    await scene.do(
        "keeper", "DELETE", f"/groups/{scene.world.ids['vault']}/invitations/{scene.world.ids['vault.invitation']}"
    )
    await scene.do("admin", "DELETE", f"/invitations/{scene.world.ids['invitation']}")


async def wait_too_long(_: Scene, clock: Clock) -> None:
    clock.ahead = SOME_YEARS


async def lower_its_maker(scene: Scene, _: Clock) -> None:
    await scene.do("keeper", "PUT", scene.member("author"), {"role": "admin"})
    await scene.do("author", "PUT", scene.member("keeper"), {"role": "member"})
    await scene.do("owner", "PUT", f"{scene.user('admin')}/role", {"role": "member"})


async def take_its_maker_out(scene: Scene, _: Clock) -> None:
    await scene.do("keeper", "PUT", scene.member("author"), {"role": "admin"})
    await scene.do("author", "DELETE", scene.member("keeper"))
    await scene.do("owner", "POST", f"{scene.user('admin')}/deactivate")


async def deactivate_its_maker(scene: Scene, _: Clock) -> None:
    for maker in ("keeper", "admin"):
        await scene.do("owner", "POST", f"{scene.user(maker)}/deactivate")


async def use_it_up(scene: Scene, _: Clock) -> None:
    """Both were made anew for one use each, and somebody has come in."""
    for group, code, by in (("vault", "vault.code", "keeper"), ("", "code", "admin")):
        path = f"/groups/{scene.world.ids[group]}/invitations" if group else "/invitations"
        made = await scene.do(by, "POST", path, {"max_uses": 1})
        scene.world.ids[code] = made["code"]
    await scene.do("stranger", "POST", "/invitations/accept", {"code": scene.world.ids["vault.code"]})
    first = {**NEW, "username": "first", "code": scene.world.ids["code"]}
    await scene.do("anon", "POST", "/invitations/use", first)


REVOKED: dict[str, Callable[[Scene, Clock], Awaitable[None]]] = {
    "taken back": take_back,
    "ended": wait_too_long,
    "used up": use_it_up,
    "its maker lost the rights": lower_its_maker,
    "its maker was taken out": take_its_maker_out,
    "its maker was deactivated": deactivate_its_maker,
}

# As somebody who is here and asks to come into a group, or as a stranger who asks for an account.
Ask = Callable[[World], Awaitable[Answer]]


def asking(role: str, method: str, path: str, code: str, **sent: Any) -> Ask:
    async def ask(world: World) -> Answer:
        secret = world.ids[code]
        more = {what: {**body, "code": secret} if what == "json" else body for what, body in sent.items()}
        return await world.ask(role, method, path.format(secret), by="session", **more)

    return ask


ASKED: dict[str, Ask] = {
    "the page, from outside": asking("anon", "GET", "/join/{}/", "vault.code"),
    "the page, from inside": asking("outsider", "GET", "/join/{}/", "vault.code"),
    "the page's button": asking("outsider", "POST", "/join/{}/", "vault.code", form={}),
    "API, to join": asking("outsider", "POST", f"{BASE}/invitations/accept", "vault.code", json={}),
    "the page for an account": asking("anon", "GET", "/join/{}/", "code"),
    "the page's form for an account": asking("anon", "POST", "/join/{}/", "code", form=NEW),
    "API, for an account": asking("anon", "POST", f"{BASE}/invitations/use", "code", json=NEW),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("revoked", REVOKED)
async def test_it_works_nowhere(ready: Ready, revoked: str, asked: str) -> None:
    clock, ask = Clock(), ASKED[asked]
    async with ready.copied() as world:
        assert (await ask(world)).is_done
    async with ready.copied(now=clock) as world:
        await REVOKED[revoked](Scene(world, "vault"), clock)
        if revoked == "ended":  # their sessions have ended by then, too
            await sign_in_again(world)
        refused = await ask(world)
        never = await ASKED[asked](with_codes(world, "never-was-such-a-code"))
        assert (refused.status, refused.all) == (404, never.all)
        assert world.leaks("anon", refused.all) == []


def with_codes(world: World, code: str) -> World:
    world.ids.update({"vault.code": code, "code": code})
    return world


async def sign_in_again(world: World) -> None:
    browser = await world.chat.signed_in(world.member("outsider"))
    world.facts.cookies["outsider"] = browser.http.headers["cookie"]
