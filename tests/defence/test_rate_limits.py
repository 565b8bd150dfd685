"""How often something may be done: which limit is spent by what, by whom it is counted, and that it comes before the body."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from convore_lite.routes.gate import RATES
from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import API, PASSWORD
from convore_lite.testing.streams import StreamEnded
from convore_lite.words import limits
from convore_lite.words.errors import TooMany
from convore_lite.words.limits import Rate
from convore_lite.words.settings import Settings

from .census import cookie_of, knock

ALL = [value for value in vars(limits).values() if isinstance(value, Rate)]
SECURITY = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    return {"rate_limits": True}


def spend_all(chat: Chat, rate: Rate, key: object) -> None:
    for _ in range(rate.burst):
        chat.appliance.app.rates.spend(rate, key)


async def test_five_messages_then_two_a_second(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    ann, bob = await patient_chat.member("ann"), await patient_chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic = group["default_topic_id"]
    for number in range(limits.POSTS.burst):
        await ann.post(topic, f"m{number}")
    refused = await ann.http.post(f"{API}/topics/{topic}/messages", json={"text": "too much"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["content-type"] == "application/problem+json"
    await bob.post(topic, "not I")
    await ann.call("GET", "/me")
    await trio.sleep(limits.POSTS.every)
    await ann.post(topic, "now it goes")
    texts = [message["text"] for message in await ann.messages(topic)]
    assert texts == ["m0", "m1", "m2", "m3", "m4", "not I", "now it goes"]


async def test_the_form_of_a_topic_counts_with_the_api(
    patient_chat: Chat, patient_clock: trio.testing.MockClock
) -> None:
    ann = await patient_chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    name, value = await cookie_of(patient_chat, "ann")
    headers = {name.decode(): value.decode(), "origin": "http://chat.test"}
    for number in range(limits.POSTS.burst):
        await ann.post(topic, f"m{number}")
    async with patient_chat.client(headers=headers) as browser:
        answer = await browser.post("/home-lab/general/", data={"text": "one more"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "A little too fast" in answer.text


async def test_reading_and_changing(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    ann, bob = await patient_chat.member("ann"), await patient_chat.member("bob")
    for rate, method, path, status in (
        (limits.READS, "GET", f"{API}/me", 200),
        (limits.CHANGES, "PATCH", f"{API}/me", 200),
    ):
        before = patient_chat.appliance.app.rates.refused
        for _ in range(rate.burst):
            assert (await ann.http.request(method, path)).status_code == status
        assert (await ann.http.request(method, path)).status_code == 429
        assert (await bob.http.request(method, path)).status_code == status
        assert patient_chat.appliance.app.rates.refused == before + 1


async def test_opening_streams(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    """One key at most opens so many; another of the same person is not in its way. Long polls are reads."""
    ann = await patient_chat.member("ann")
    other = await other_device(patient_chat, ann)
    for _ in range(limits.STREAMS.burst):
        async with ann.live():
            pass
    with pytest.RaisesGroup(StreamEnded, allow_unwrapped=True, flatten_subgroups=True):
        async with ann.live():
            pass
    async with other.live() as stream:
        assert stream.hello["kind"] == "hello"
    poll = {"wait": "1", "after": stream.last_id}
    answer = await ann.http.get(f"{API}/live", params=poll, headers={"accept": "application/json"})
    assert answer.status_code == 200


async def other_device(chat: Chat, member: Member) -> Member:
    async with chat.client(console=True) as console:
        made = await console.post(f"{API}/users/{member.id}/tokens", json={"name": "other", "scope": "write"})
    return chat.member_with(member.user, made.json()["token"])


async def test_signing_in_from_one_address(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    """Whoever as; and the form counts with the API."""
    await patient_chat.member("ann")
    async with patient_chat.client() as browser:
        for number in range(limits.SIGN_INS.burst):
            path, field = (f"{API}/session", "json") if number % 2 else ("/sign-in/", "data")
            guess: dict[str, Any] = {field: {"username": f"somebody-{number}", "password": "x"}}
            assert (await browser.post(path, **guess)).status_code == 401
        for path, field in ((f"{API}/session", "json"), ("/sign-in/", "data")):
            right: dict[str, Any] = {field: {"username": "ann", "password": PASSWORD}}
            answer = await browser.post(path, **right)
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) == limits.SIGN_INS.every


async def test_using_links_from_one_address(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    """Also of somebody who is signed in: each new account would have a bucket of its own."""
    await patient_chat.member("ann")
    form = (b"content-type", b"application/x-www-form-urlencoded")
    spend_all(patient_chat, limits.ACCOUNTS, "192.0.2.1")
    ann = [await cookie_of(patient_chat, "ann"), (b"origin", b"http://chat.test"), form]
    for headers in ([form], ann):
        assert (await knock(patient_chat, "POST", "/welcome/whatever/", headers)).status == 429
    async with patient_chat.client() as elsewhere:  # 127.0.0.1
        assert (await elsewhere.post("/welcome/whatever/", data={"password": "x"})).status_code == 404


async def test_what_is_dear_has_its_own_limit() -> None:
    assert set(RATES.values()) >= {limits.POSTS, limits.ACCOUNTS, limits.SIGN_INS}
    assert [rate.name for rate in ALL] == sorted({rate.name for rate in ALL}, key=[rate.name for rate in ALL].index)


async def test_it_comes_before_the_body(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    ann = await patient_chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    token = (b"authorization", f"Bearer {ann.token}".encode())
    json = (b"content-type", b"application/json")
    spend_all(patient_chat, limits.POSTS, ann.id)
    answered = await knock(patient_chat, "POST", f"{API}/topics/{topic}/messages", [token, json])
    assert (answered.status, answered.headers["retry-after"]) == (429, "1")
    spend_all(patient_chat, limits.SIGN_INS, "192.0.2.1")
    assert (await knock(patient_chat, "POST", f"{API}/session", [json])).status == 429


async def test_strangers_are_counted_by_address(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    """Of IPv6 by the /64, from which anybody has as many as they like; and wrong keys are no way around it."""
    ann = await patient_chat.member("ann")
    for number in range(limits.READS.burst):
        answered = await knock(patient_chat, "GET", "/sign-in/", client=f"2001:db8:0:1::{number:x}")
        assert answered.status == 200
    for path, headers in (
        ("/sign-in/", []),
        (f"{API}/me", [(b"authorization", b"Bearer wrong")]),
        (f"{API}/live", [(b"authorization", b"Bearer wrong")]),
        (f"{API}/live", []),
    ):
        assert (await knock(patient_chat, "GET", path, headers, client="2001:db8:0:1:ffff::1")).status == 429, path
    assert (await knock(patient_chat, "GET", "/sign-in/", client="2001:db8:0:2::1")).status == 200
    signed_in = [(b"authorization", f"Bearer {ann.token}".encode())]
    assert (await knock(patient_chat, "GET", f"{API}/me", signed_in, client="2001:db8:0:1::1")).status == 200


async def test_what_there_is_not_is_read_too(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    ann = await patient_chat.member("ann")
    nowhere = ((f"{API}/nothing", "GET", 404), ("/sign-in/", "PUT", 405), ("/no/such/place/", "GET", 404))
    for path, method, status in nowhere:
        assert (await ann.http.request(method, path)).status_code == status
        assert (await knock(patient_chat, method, path, client="192.0.2.7")).status == status
    for whose in (ann.id, "192.0.2.7"):
        with pytest.raises(TooMany):
            spend_all(patient_chat, limits.READS, whose)  # some are spent already
    for path, method, _ in nowhere:
        assert (await ann.http.request(method, path)).status_code == 429
        assert (await knock(patient_chat, method, path, client="192.0.2.7")).status == 429


async def test_another_site_spends_nothing(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    """Else it could keep its visitor from posting."""
    ann = await patient_chat.member("ann")
    cookie = await cookie_of(patient_chat, "ann")
    for _ in range(limits.CHANGES.burst + 1):
        assert (await knock(patient_chat, "POST", f"{API}/read", [cookie, (b"origin", b"null")])).status == 403
    await ann.call("POST", "/read")


async def test_what_is_never_limited(patient_chat: Chat, patient_clock: trio.testing.MockClock) -> None:
    spend_all(patient_chat, limits.READS, "192.0.2.1")
    assert (await knock(patient_chat, "GET", "/sign-in/")).status == 429
    for _ in range(2):
        assert (await knock(patient_chat, "GET", "/healthz")).status == 200
        assert (await knock(patient_chat, "GET", "/readyz")).status == 200
        assert (await knock(patient_chat, "GET", "/static/nothing.js")).status == 404
    async with patient_chat.client(console=True) as console:
        for _ in range(limits.READS.burst + 10):
            assert (await console.get(f"{API}/users")).status_code == 200
        for number in range(limits.CHANGES.burst + 10):
            made = await console.post(f"{API}/users", json={"username": f"user-{number}"})
            assert made.status_code == 201


class TestOff:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {}

    async def test_the_kit_has_them_off_and_the_server_on(self, chat: Chat) -> None:
        ann = await chat.member("ann")
        topic = (await ann.create_group("Home lab"))["default_topic_id"]
        for number in range(limits.POSTS.burst + 5):
            await ann.post(topic, f"m{number}")
        assert not chat.appliance.app.settings.rate_limits
        assert Settings(data=Path("x")).rate_limits


def pace(rate: Rate) -> str:
    """What comes after the burst, in words."""
    for seconds, word in ((1, "second"), (60, "minute"), (3600, "hour")):
        if seconds / rate.every >= 2:
            return f"{seconds / rate.every:.0f} {'an' if word == 'hour' else 'a'} {word}"
    raise AssertionError(rate)


@pytest.mark.parametrize("rate", ALL, ids=lambda rate: rate.name)
def test_each_is_documented(rate: Rate) -> None:
    rows = re.findall(r"^\| ([\w-]+) \| (\d+) \| ([^|]+) \| ([^|]+) \|", SECURITY.read_text("utf-8"), re.MULTILINE)
    [(burst, then, whose)] = [row[1:] for row in rows if row[0] == rate.name]
    assert (int(burst), then) == (rate.burst, pace(rate))
    assert ("address" in whose) == rate.by_address
