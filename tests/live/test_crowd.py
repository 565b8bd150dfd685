"""Many who come at once: each reader is told once, of just those who concern them, and the cost grows with the people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import trio
import trio.testing

from convore_lite.actions import App
from convore_lite.actions.moments import ONE_BY_ONE, tell_presence
from convore_lite.presence import AT_ONCE, GRACE, Presence
from convore_lite.store import Writer, groups, memberships, people
from convore_lite.testing import Chat, Member
from convore_lite.words.outgoing import Outgoing

from .moments import came, later, moments, went
from .test_stream import three

Clock = trio.testing.MockClock


def many(online: list[Member], offline: list[Member]) -> list[dict[str, Any]]:
    """What is told of them in one."""
    ids = [sorted(member.id for member in some) for some in (online, offline)]
    return [{"kind": "presences", "online": ids[0], "offline": ids[1]}]


async def test_each_reader_is_told_once_of_those_who_concern_them(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, bob, cleo, group = await three(patient_chat)
    lab = await cleo.create_group("Lab")
    crowd = [await patient_chat.member(f"c{number}") for number in range(ONE_BY_ONE + 2)]
    dora = await patient_chat.member("dora")
    for number, member in enumerate(crowd):
        await member.join(group["id"])
        if number < 2:
            await member.join(lab["id"])
    await bob.call("PUT", "/me/ignored/c0")
    seen = f"{group['id']},{lab['id']}"
    async with (
        ann.live() as anns,
        bob.live() as bobs,
        cleo.live() as cleos,
        dora.live(groups=group["id"]) as doras,
        cleo.live(groups=seen) as looking,
    ):
        listening = [(ann, anns), (bob, bobs), (cleo, cleos), (dora, doras), (cleo, looking)]
        await moments(*listening)
        async with AsyncExitStack() as stack:
            firsts = await stack.enter_async_context(crowd[0].live())
            for member in crowd[1:]:
                await stack.enter_async_context(member.live())
            told = await moments(*listening, (crowd[0], firsts))
            assert told == [
                many(crowd, []),
                many(crowd[1:], []),
                many(crowd[:2], []),
                [],
                many(crowd[:2], []),
                many(crowd[1:], []),
            ]
        await later(GRACE, *listening)
        told = await moments(*listening)
        assert told == [many([], crowd), many([], crowd[1:]), many([], crowd[:2]), [], many([], crowd[:2])]


async def test_a_few_are_told_of_one_by_one(patient_chat: Chat, patient_clock: Clock) -> None:
    ann, _, _, group = await three(patient_chat)
    few = [await patient_chat.member(f"c{number}") for number in range(ONE_BY_ONE)]
    for member in few:
        await member.join(group["id"])
    async with ann.live() as stream:
        await moments((ann, stream))
        async with AsyncExitStack() as stack:
            for member in few:
                await stack.enter_async_context(member.live())
            assert await moments((ann, stream)) == [[came(member) for member in few]]
        await later(GRACE, (ann, stream))
        [told] = await moments((ann, stream))
        assert sorted(told, key=lambda one: int(one["user_id"])) == [went(member) for member in few]


@dataclass
class Counting:
    """A reader that keeps what it is told."""

    told: list[Outgoing] = field(default_factory=list)
    waiting = 0
    dropped = False

    def take(self, outgoing: Outgoing) -> None:
        self.told.append(outgoing)

    def forget(self, group_id: int, before: int) -> None: ...

    def end(self) -> None: ...

    cut = end

    @property
    def ids(self) -> list[int]:
        """The people in the one event that came."""
        (only,) = self.told
        return list(msgspec.json.decode(only.frame.split(b"data: ")[1])["online"])


@contextmanager
def watching(app: App, user_id: int, *own: int) -> Iterator[Counting]:
    reader = Counting()
    with app.hub.subscribe(user_id, reader) as subscription:
        assert app.hub.begin(subscription, groups=own, visiting=(), ignored=(), after=0)
        yield reader


def settle(conn: Writer, number: int) -> tuple[list[int], list[int]]:
    """Two groups and so many people, of whom a third is in the one, a third in the other and a third in both."""
    ids = [people.insert(conn, f"p{one}", f"P {one}", at=0).id for one in range(number)]
    made = [
        groups.insert(conn, slug, slug, kind="private", description="", creator_id=ids[0], at=0) for slug in ("a", "b")
    ]
    for place, user_id in enumerate(ids):
        for group_id in (made[:1], made[1:], made)[place % 3]:
            memberships.add(conn, group_id, user_id, role="member", at=0)
    return ids, made


async def cost_of(chat: Chat, number: int) -> None:
    """So many come at once, and as many were here before them."""
    app = chat.appliance.app
    ids, (a, b) = await app.store.write(settle, 2 * number)
    kinds = {0: {a}, 1: {b}, 2: {a, b}}
    own = {user_id: kinds[place % 3] for place, user_id in enumerate(ids)}
    before, newcomers = ids[:number], ids[number:]
    with ExitStack() as stack:
        here = {one: stack.enter_context(watching(app, one, *own[one])) for one in before}
        await tell_presence(app)
        for reader in here.values():
            reader.told.clear()
        delivered = app.hub.statistics().delivered
        here |= {one: stack.enter_context(watching(app, one, *own[one])) for one in newcomers}
        await tell_presence(app)
        for one, reader in here.items():
            assert reader.ids == [other for other in newcomers if other != one and own[other] & own[one]]
        assert app.hub.statistics().delivered - delivered == 2 * number
        # Those who were here share three events. Of the newcomers each is told of the others, which is one event each.
        assert len({id(here[one].told[0]) for one in before}) == len(kinds)
        assert len({id(reader.told[0]) for reader in here.values()}) <= number + len(kinds)


async def test_a_crowd_costs_one_event_for_each_of_its_people(chat: Chat) -> None:
    await cost_of(chat, 300)


async def test_so_many_are_told_of_at_a_time(patient_clock: Clock) -> None:
    presence = Presence()
    for user_id in range(2 * AT_ONCE + 500):
        presence.streams_changed(user_id, any_open=True)
    for expected in (range(AT_ONCE), range(AT_ONCE, 2 * AT_ONCE), range(2 * AT_ONCE, 2 * AT_ONCE + 500), range(0)):
        changes = presence.changes()
        assert list(changes.items()) == [(user_id, True) for user_id in expected]
        presence.told(changes)


async def test_nothing_is_kept_of_those_who_have_gone(patient_clock: Clock) -> None:
    presence = Presence()
    for user_id in range(100):
        presence.streams_changed(user_id, any_open=True)
    presence.told(presence.changes())
    for user_id in range(100):
        presence.streams_changed(user_id, any_open=False)
    assert presence.changes() == {}
    await trio.sleep(GRACE)
    changes = presence.changes()
    assert changes == dict.fromkeys(range(100), False)
    presence.streams_changed(7, any_open=True)  # comes back while the others are told that they have gone
    presence.told(changes)
    assert presence.changes() == {7: True}
    assert presence.here == {7}
    presence.told({7: True})
    assert presence.changes() == {}
    kept = [len(one) for one in vars(presence).values() if isinstance(one, set | dict)]
    assert sorted(kept) == [0, 0, 1, 1]
