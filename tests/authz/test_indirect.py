"""The ways around: lists, counts, searches, old addresses, streams and what is replayed of them, seen by everybody.

Everybody asks for everything there is by every id and address, and hears every stream from every place in the log. While they
listen, others go on talking in places that they know nothing of. Every byte that anybody got is searched for words that are not
for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from convore_lite.routes.api import BASE
from convore_lite.store import log

from .oracle import may_read
from .recorder import Tap, settle
from .rows import PLACES, Row, path_of, words_of
from .table import ROWS
from .world import ROLES, Ready, World, show_preview

READERS = [name for name, role in ROLES.items() if role.comes_in]
# What is told to whoever it is about, and is in no list: the words of others' settings, tokens and e-mail addresses.
# And the name that a group had once, which stands nowhere any more.
ALONE = ("vault: name", "setting", "token", "e-mail", "session", "link", "code")


def every_address(world: World, role: str) -> list[str]:
    """Every route that one reads, with every id and address that there is or was."""
    ids = world.ids
    variants: list[dict[str, Any]] = [words_of(world.facts, place, role) for place in ("", *PLACES, "yard", "porch")]
    more = [
        {"which": ids["vault.old"], "slug": ids["vault.plans.old"], "message_id": ids["vault.edited"]},
        {"which": ids["vault.old"], "slug": ids["vault.plans.slug"], "topic_id": ids["vault.topic"]},
        {"which": ids["vault"], "slug": ids["vault.plans.old"], "message_id": ids["vault.deleted"]},
        {"which": ids["commons.slug"], "slug": ids["moved topic.slug"], "message_id": ids["passenger"]},
        {"which": ids["commons.slug"], "slug": ids["commons.plans.slug"], "message_id": ids["moved message"]},
        {
            "which": ids["commons.slug"],
            "slug": ids["commons.deleted topic.slug"],
            "topic_id": ids["commons.deleted topic"],
        },
        {"which": ids["vault.slug"], "slug": ids["moved topic.slug"], "topic_id": ids["moved topic"]},
        {"which": ids["ruins.slug"], "topic_id": ids["ruins.topic"], "message_id": ids["ruins.message"]},
        *(
            {"which": ids[group], "message_id": ids[f"{group}.{what}"]}
            for group in ("commons", "vault")
            for what in ("edited", "deleted", "reply")
        ),
        *({"file_id": ids[one]} for one in ("moved.file", "commons.deleted.file", "vault.deleted.file", "unposted")),
        *({"preview_id": ids[one]} for one in ("commons.deleted.preview", "vault.deleted.preview", "moved.preview")),
        *({"who": user["username"]} for user in world.facts.users.values()),
    ]
    every = [*variants, *({**variants[0], **words} for words in more)]
    return sorted({path_of(row, words) for row in reads() for words in every})


def reads() -> list[Row]:
    return [row for row in ROWS.values() if row.is_safe and row.needs not in ("nobody at all", "the console")]


def queries(world: World) -> list[str]:
    """Searches for what one cannot see, and pages of lists that begin anywhere."""
    words = [world.ids["vault.slug"], "vault", "commons", "zq", "%", "_", "author", "plans", ""]
    found = [
        f"{BASE}/{place}?q={word}" for place in ("users", "groups", "admin/users", "admin/groups") for word in words
    ]
    searches = (f"{BASE}/search", f"{BASE}/search/jump", "/search/", "/search/places/")
    found += [f"{place}?q={word}" for place in searches for word in words]
    found += [
        f"{BASE}/search/jump?kind={kind}&q={word}&limit=20" for kind in ("people", "groups", "topics") for word in words
    ]
    found += [f"{BASE}/groups?discover={order}&limit=200" for order in ("popular", "recent", "alphabetical")]
    for topic in (f"{place}.plans" for place in (*PLACES, "yard")):
        for where in ("before", "after", "around"):
            for message in ("commons.message", "vault.message", "direct.message", "yard.message", "moved message"):
                found.append(f"{BASE}/topics/{world.ids[topic]}/messages?{where}={world.ids[message]}")
    found += [f"{BASE}/me/mentions?limit=200", f"{BASE}/users?limit=200", f"{BASE}/admin/audit?limit=200"]
    return found


async def read_everything(world: World, role: str) -> None:
    for path in [*every_address(world, role), *queries(world)]:
        for by in ("token", "session"):
            await world.ask(role, "GET", path, by=by)


async def hear_everything(world: World, role: str, *, every: int) -> None:
    """The stream from every place in the log, and the poll from some."""
    app = world.chat.appliance.app
    last = await app.store.read(log.last_number)
    visiting = f"groups={','.join(str(world.ids[place]) for place in (*PLACES, 'ruins', 'porch'))}"
    for number in range(0, last, every):
        at = f"{app.store.epoch}-{number}"
        async with world.recorder.listening(role, world.credentials(role), at, visiting):
            pass
        if number % (7 * every) == 0 and number < last - 1:
            read_topic = "" if role == "reader" else f"&read_topic={world.ids['vault.plans']}"
            await world.poll(role, f"after={at}&{visiting}{read_topic}")


@asynccontextmanager
async def everybody_listening(world: World) -> AsyncIterator[dict[str, Tap]]:
    ids = world.ids
    visiting = f"groups={ids['commons']},{ids['vault']},{ids['direct']},{ids['yard']}"
    async with AsyncExitStack() as stack:
        yield {
            role: await stack.enter_async_context(
                world.recorder.listening(role, world.credentials(role), query=visiting)
            )
            for role in READERS
        }


async def talk(world: World, group: str) -> None:
    """What happens in a group while everybody listens."""
    facts, ids = world.facts, world.ids
    keeper, author, insider = (world.member(name) for name in ("keeper", "author", "insider"))
    topic = ids[f"{group}.plans"]
    names = " ".join(f"@{facts.users[name]['username']}" for name in ("insider", "bot"))
    said = await author.post(topic, f"{facts.inside(group, 'live text')} {names} @{ROLES['guest'].name} lantern")
    await author.call("PATCH", f"/messages/{said['id']}", {"text": facts.inside(group, "live edit")})
    for what in ("star", "reactions/tada"):
        for method in ("PUT", "DELETE"):
            await insider.call(method, f"/messages/{said['id']}/{what}")
    await show_preview(world.chat, said["id"], facts.inside(group, "live preview"))
    await insider.call("POST", f"/topics/{topic}/typing")
    await insider.call("POST", f"/topics/{topic}/read", {})
    if group == "direct":
        return
    await author.call("DELETE", f"/messages/{said['id']}")
    opened = await author.open_topic(
        ids[group], facts.inside(group, "live topic"), facts.inside(group, "live first text")
    )
    await author.call(
        "PATCH", f"/topics/{opened['id']}", {"name": facts.inside(group, "live new name"), "resolved": True}
    )
    await keeper.call("PATCH", f"/topics/{opened['id']}", {"locked": True, "pinned": True})
    await keeper.call("PATCH", f"/groups/{ids[group]}", {"description": facts.inside(group, "live description")})
    await insider.call("PUT", f"/groups/{ids[group]}/level", {"level": "follow"})
    who = facts.users["bot"]["username"]
    await keeper.call("DELETE", f"/groups/{ids[group]}/members/{who}")
    await keeper.call("PUT", f"/groups/{ids[group]}/members/{who}", {"role": "member"})
    await keeper.call("DELETE", f"/topics/{opened['id']}")


async def test_nobody_hears_what_is_not_theirs(world: World) -> None:
    await world.member("outsider").call("PUT", "/me/keywords", {"keywords": ["lantern", "plans"]})
    async with everybody_listening(world) as taps:
        for group in PLACES:
            await talk(world, group)
        await settle()
        live = {role: bytes(tap.heard) for role, tap in taps.items()}
    heard = {role: check(world, role) for role in ROLES}
    for role in READERS:
        spoken = world.told(live[role])
        for group in PLACES:
            expected = group in ROLES[role].inside or (group == "commons" and ROLES[role].rank != "guest")
            assert (f"{group}: live text" in spoken) == expected, f"{role} hears what is said in {group}"
    assert heard["outsider"]


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_finds_what_is_not_theirs(ready: Ready, role: str) -> None:
    async with ready.copied() as world:
        await world.member("outsider").call("PUT", "/me/keywords", {"keywords": ["lantern", "plans"]})
        await read_everything(world, role)
        if ROLES[role].comes_in:
            await hear_everything(world, role, every=1 if role in ("outsider", "guest") else 9)
        found = check(world, role)
        theirs = {label for label, thing in world.facts.canaries.values() if may_read(ROLES[role], thing)}
        # And what is theirs they do find, all of it.
        assert {label for label in theirs - found if not label.startswith(ALONE)} == set(), f"{role} does not find it"


def check(world: World, role: str) -> set[str]:
    """Everything that a role was told is theirs; the labels of it."""
    found: set[str] = set()
    for asked, heard in world.recorder.heard[role]:
        leaks = set(world.leaks(role, heard)) - world.told(asked.encode())
        assert leaks == set(), f"{asked} tells {role}"
        found |= world.told(heard)
    return found
