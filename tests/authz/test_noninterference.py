"""Non-interference: whatever goes on where somebody may not look, every byte they get is the same as if it did not.

Goguen and Meseguer's property (1982): the same requests in two worlds that differ in what is hidden alone.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack

import pytest

from convore_lite.appliance import wall_clock
from convore_lite.routes.api import BASE
from convore_lite.words import sse

from .recorder import settle
from .test_indirect import every_address, queries, talk
from .world import Ready, World

# The clock stands still: when something was said is no difference.
NOW = wall_clock()
EVERY = 40
# Documented in docs/security.md: numbers are given out one after the other, to events and to things. Nothing else is passed over.
PLACE_IN_LOG = re.compile(rb"\b[0-9a-f]{8}-\d+\b")
NUMBER = re.compile(rb'((?:"(?:\w+_)?id":)|/|=|content-length: )\d+')
# And what is drawn by chance: the id that a form gives its message, the address of a conversation.
BY_CHANCE = re.compile(rb'((?:client_id" value="|"client_id":")|direct-)(?:[\w-]{22}|[0-9a-f]{16})')


async def stir(world: World, turn: int) -> None:
    """What happens in hidden places, by people whom one does not meet."""
    keeper, author, insider = (world.member(name) for name in ("keeper", "author", "insider"))
    secret = await keeper.create_group(f"Secret {turn}", "private")
    for name in ("author", "stranger"):
        member = f"/groups/{secret['id']}/members/{world.facts.users[name]['id']}"
        await keeper.call("PUT", member, {"role": "admin"})
    await keeper.call("POST", f"/groups/{secret['id']}/invitations", {})
    said = await author.post(secret["default_topic_id"], f"hello @{world.facts.users['outsider']['username']} lantern")
    await keeper.call(
        "POST",
        f"/topics/{secret['default_topic_id']}/move",
        {"message_ids": [said["id"]], "to": {"topic_id": world.ids["vault.plans"]}},
    )
    await world.member("former").join(world.ids["vault"])
    await author.call("POST", "/direct", {"usernames": [world.facts.users["bot"]["username"], insider.username]})
    await talk(world, ("vault", "direct")[turn % 2])
    if turn % 3 == 0:
        await keeper.call("DELETE", f"/groups/{secret['id']}")


async def write(world: World, role: str, home: str) -> None:
    """What they do themselves, as far as their rights go and a little further."""
    topic, vault, users = world.ids[f"{home}.plans"], world.ids["vault.slug"], world.facts.users
    text = f"hello @{users['author']['username']} #{vault}"
    for method, path, body in (
        ("POST", f"/topics/{topic}/messages", {"text": text}),
        ("POST", f"/topics/{topic}/typing", None),
        ("POST", f"/topics/{world.ids['vault.plans']}/typing", None),
        ("POST", f"/topics/{world.ids['vault.plans']}/messages", {"text": text}),
        ("POST", f"/topics/{topic}/messages", {"text": text, "reply_to": world.ids["vault.message"]}),
        ("POST", f"/groups/{vault}/join", None),
        ("POST", f"/groups/{world.ids['vault']}/join", None),
        ("POST", "/groups/never-was/join", None),
        ("POST", "/direct", {"usernames": [users["outsider" if role == "guest" else "guest"]["username"]]}),
        ("POST", "/direct", {"usernames": [users["author"]["username"]]}),
        ("POST", "/read", None),
        ("GET", "/me/unread", None),
    ):
        await world.ask(role, method, BASE + path, json=body)


async def transcript(ready: Ready, role: str, home: str, *, busy: bool) -> list[tuple[str, bytes]]:
    """All that somebody asked for, and what came back."""
    async with ready.copied(now=lambda: NOW) as world:
        await world.member(role).call("PUT", "/me/keywords", {"keywords": ["lantern", "plans"]})
        visiting = f"groups={world.ids[home]},{world.ids['vault']}"
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(world.recorder.listening(role, world.credentials(role), query=visiting))
            if busy:  # somebody they do not meet is online, too
                await stack.enter_async_context(world.recorder.listening("stranger", world.credentials("stranger")))
            for number, path in enumerate([*every_address(world, role), *queries(world)]):
                if busy and number % EVERY == 0:
                    await stir(world, number // EVERY)
                await world.ask(role, "GET", path)
                await world.ask(role, "GET", path, by="session")
            await write(world, role, home)
            await settle()
        start = f"{world.chat.appliance.app.store.epoch}-0"
        async with world.recorder.listening(role, world.credentials(role), start, visiting):
            await settle()
        return [(asked, plain(heard)) for asked, heard in world.recorder.heard[role]]


def plain(heard: bytes) -> bytes:
    heard = heard.replace(sse.HEARTBEAT, b"")  # on a slow machine there is time for one
    return BY_CHANCE.sub(rb"\1C", NUMBER.sub(rb"\1N", PLACE_IN_LOG.sub(b"E-N", heard)))


@pytest.mark.parametrize(("role", "home"), [("outsider", "yard"), ("guest", "porch")])
async def test_what_is_hidden_makes_no_difference(ready: Ready, role: str, home: str) -> None:
    quiet = await transcript(ready, role, home, busy=False)
    busy = await transcript(ready, role, home, busy=True)
    assert len(quiet) == len(busy) > 300
    for (asked, heard), (_, again) in zip(quiet, busy, strict=True):
        assert again == heard, asked
