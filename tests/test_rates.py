"""Tries at something: a burst, then one after the other, for each key alone."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from convore_lite import rates as rates_module
from convore_lite.rates import MOST_HELD, MOST_KEYS, Rates
from convore_lite.testing import Chat
from convore_lite.testing.chat import API, PASSWORD
from convore_lite.words.errors import TooMany
from convore_lite.words.limits import Rate

THREE = Rate("three", burst=3, every=10)
SLOW = Rate("slow", burst=3, every=1000)


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"rate_limits": True}


async def test_a_burst_then_one_at_a_time(autojump_clock: trio.testing.MockClock) -> None:
    rates = Rates()
    for _ in range(3):
        rates.spend(THREE, "ann")
    with pytest.raises(TooMany) as refused:
        rates.spend(THREE, "ann")
    rates.spend(THREE, "bob")
    assert refused.value.retry_after == 10
    await trio.sleep(10)
    rates.spend(THREE, "ann")
    with pytest.raises(TooMany):
        rates.spend(THREE, "ann")


async def test_switched_off_and_given_back() -> None:
    off, rates = Rates(on=False), Rates()
    for _ in range(10):
        off.spend(THREE, "ann")
    for _ in range(10):
        rates.spend(THREE, "ann")
        rates.give_back(THREE, "ann")


async def test_each_limit_counts_for_itself() -> None:
    rates = Rates()
    for _ in range(3):
        rates.spend(THREE, "ann")
        rates.spend(SLOW, "ann")
    for rate in (THREE, SLOW):
        with pytest.raises(TooMany):
            rates.spend(rate, "ann")
    assert rates.refused == 2


async def test_full_buckets_are_forgotten(autojump_clock: trio.testing.MockClock) -> None:
    rates = Rates()
    for number in range(MOST_KEYS):
        rates.spend(THREE, number)
    await trio.sleep(11)
    rates.spend(THREE, "ann")
    assert len(rates._full_at) == 1


async def test_a_flood_of_keys_is_bounded_and_pushes_out_itself(autojump_clock: trio.testing.MockClock) -> None:
    rates = Rates()
    for _ in range(3):
        rates.spend(SLOW, "guesser")
    for number in range(3 * MOST_KEYS):
        rates.spend(THREE, number)
        assert len(rates._full_at) <= MOST_KEYS
    with pytest.raises(TooMany):
        rates.spend(SLOW, "guesser")


async def test_guessing_a_password_gets_slow_and_locks_nobody_out(chat: Chat) -> None:
    await chat.member("ann")
    wrong, right = ({"username": "ann", "password": password} for password in ("wrong wrong wrong", PASSWORD))
    async with chat.client() as guesser, chat.client() as ann:
        guesser._transport.client = ("192.0.2.1", 1)  # type: ignore[attr-defined]
        ann._transport.client = ("192.0.2.2", 1)  # type: ignore[attr-defined]
        answers = [await guesser.post(f"{API}/session", json=wrong) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 20
        assert (await guesser.post(f"{API}/session", json=right)).status_code == 429
        assert (await ann.post(f"{API}/session", json=right)).status_code == 201


async def test_few_at_a_time_are_kept_waiting(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates_module, "BREATH", (3, 4))
    rates, took = Rates(), list[float]()

    async def wait() -> None:
        began = trio.current_time()
        await rates.breathe()
        took.append(trio.current_time() - began)

    for _ in range(2):  # and whoever waited makes room
        async with trio.open_nursery() as nursery:
            for _ in range(MOST_HELD + 2):
                nursery.start_soon(wait)
    assert [sum(seconds >= 3 for seconds in took), took.count(0)] == [2 * MOST_HELD, 4]
