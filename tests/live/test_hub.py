"""The hub by itself: what no other test can bring about yet, or only with luck."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from convore_lite.hub import HOLD, Hub, Subscription
from convore_lite.words.events import Event, Fact, GroupChanged, MemberLeft, Revocation, TopicRead
from convore_lite.words.models import Group, User
from convore_lite.words.outgoing import Gone, Outgoing, Published

ANN = User(1, "ann", "Ann")


@dataclass
class Listener:
    """A reader that writes down what happens to it."""

    heard: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    waiting = 0
    dropped = False

    def take(self, outgoing: Outgoing) -> None:
        self.heard.append(outgoing.number)

    def forget(self, gone: Gone) -> None:
        self.told.append(f"forget {[number for number in range(1, 9) if gone(Published(event(number), ''))]}")

    def end(self) -> None:
        self.told.append("end")

    def cut(self) -> None:
        self.told.append("cut")


def event(number: int, fact: Fact | None = None, *, group_id: int | None = 5, user_id: int | None = None) -> Event:
    fact = fact or TopicRead(1, 5, 0, 0, 0)
    return Event(number, 0, fact.kind, msgspec.json.encode(fact), group_id, user_id, None, None, fact)


def begin(
    hub: Hub, subscription: Subscription, *, own: set[int], visiting: set[int] = frozenset(), after: int = 0
) -> bool:  # type: ignore[assignment]
    return hub.begin(subscription, groups=own, visiting=visiting, ignored=(), after=after)


def group(kind: str) -> Group:
    return Group(5, "lab", "Lab", "", kind, ANN, "", 1, 1, None)  # type: ignore[arg-type]


def test_a_group_that_becomes_private_is_closed_to_visitors() -> None:
    hub, visitor, member = Hub(), Listener(), Listener()
    with hub.subscribe(2, visitor) as looking, hub.subscribe(1, member) as inside:
        assert begin(hub, looking, own=set(), visiting={5})
        assert begin(hub, inside, own={5})
        hub.publish([event(1), event(2, GroupChanged(group("private"))), event(3)])
        assert member.heard == [1, 2, 3]
        assert visitor.heard == [1, 2]
        assert visitor.told == ["forget [1]"]
        assert hub.watchers(5) == {1}


def test_the_same_for_one_who_is_still_being_served_the_past() -> None:
    hub, visitor = Hub(), Listener()
    with hub.subscribe(2, visitor) as looking:
        hub.publish([event(1), event(2), event(3, GroupChanged(group("private"))), event(4)])
        assert begin(hub, looking, own=set(), visiting={5}, after=1)
        hub.publish([event(5)])
    assert visitor.heard == [2, 3]


def test_held_events_stop_where_somebody_left() -> None:
    hub, leaver = Hub(), Listener()
    with hub.subscribe(1, leaver) as subscription:
        hub.publish([event(1), event(2, MemberLeft(5, ANN), user_id=1), event(3)])
        assert begin(hub, subscription, own={5})
        hub.publish([event(4)])
    assert leaver.heard == [1, 2]


def test_too_much_to_hold_is_read_again() -> None:
    hub, slow = Hub(), Listener()
    with hub.subscribe(1, slow) as subscription:
        hub.publish([event(number) for number in range(1, HOLD + 50)])
        assert subscription.held is not None
        assert len(subscription.held) <= HOLD + 1
        assert not begin(hub, subscription, own={5})
        hub.publish([event(HOLD + 50)])
        assert begin(hub, subscription, own={5}, after=HOLD + 49)
    assert slow.heard == [HOLD + 50]


def test_cutting_while_publishing_reaches_everybody_else() -> None:
    hub, listeners = Hub(), [Listener() for _ in range(5)]
    contexts = [hub.subscribe(number, listener, key=b"k") for number, listener in enumerate(listeners)]
    for context in contexts:
        assert begin(hub, context.__enter__(), own={5})
    hub.publish([Revocation(2, b"other"), Revocation(2, b"k")])
    hub.publish([event(1)])
    assert [listener.heard for listener in listeners] == [[1], [1], [], [1], [1]]
    assert listeners[2].told == ["cut"]
    hub.end_all()
    assert [listener.told for listener in listeners] == [["end"], ["end"], ["cut"], ["end"], ["end"]]
    for context in contexts:
        context.__exit__(None, None, None)
    assert (hub.statistics().streams, hub.statistics().users, hub.watchers(5)) == (0, 0, set())
    assert (hub.statistics().published, hub.statistics().delivered) == (1, 4)


def test_one_who_was_cut_before_the_beginning_hears_nothing() -> None:
    hub, listener = Hub(), Listener()
    with hub.subscribe(1, listener, key=b"k") as subscription:
        hub.publish([event(1)])
        hub.publish([Revocation(1, b"k")])
        assert begin(hub, subscription, own={5})
        hub.publish([event(2)])
    assert listener.heard == []
    assert listener.told == ["cut"]
    assert hub.watchers(5) == set()


def test_what_follows_a_revocation_in_the_same_commit_is_for_the_others() -> None:
    """Also for one who is deactivated: whatever key they came with."""
    for revocation in (Revocation(2, b"k"), Revocation(2)):
        hub, gone, stays = Hub(), Listener(), Listener()
        with hub.subscribe(2, gone, key=b"k") as one, hub.subscribe(1, stays, key=b"k") as other:
            assert begin(hub, one, own={5})
            assert begin(hub, other, own={5})
            hub.publish([event(1), revocation, event(2)])
        assert stays.heard == [1, 2]
        assert (gone.heard, gone.told) == ([1], ["cut"])


def test_a_hub_that_is_closed_takes_nobody() -> None:
    hub, early, late = Hub(), Listener(), Listener()
    with hub.subscribe(1, early) as subscription:
        assert begin(hub, subscription, own={5})
        hub.publish([event(1)])
        hub.close()
    with hub.subscribe(1, late) as subscription:
        assert begin(hub, subscription, own={5})
        hub.publish([event(2)])
    assert (early.heard, early.told) == ([1], ["end"])
    assert (late.heard, late.told) == ([], ["end"])
