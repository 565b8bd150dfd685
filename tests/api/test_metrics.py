"""What /metrics tells, and to whom."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from convore_lite import __version__
from convore_lite.testing import Chat, Member, open_chat

from .answers import check_problem
from .conftest import Place


async def scraped(asker: Member | httpx2.AsyncClient) -> dict[str, float]:
    """The value of each sample, by its name, with its labels where it has some. What is no Prometheus text raises."""
    answer = await (asker.http if isinstance(asker, Member) else asker).get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    named = {s.name + "".join(f" {key}={value}" for key, value in s.labels.items()): s.value for s in samples}
    assert len(named) == len(samples)
    return named


async def test_it_counts_what_happens(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    for member in (admin, place.ann, place.bob):
        await member.call("GET", "/me")  # the first use of a token is written down, and would count
    before = await scraped(admin)
    async with place.bob.live(), place.ann.live() as first, place.ann.live() as second:
        await place.bob.post(place.topic, "hello")
        for stream in (first, second):
            await stream.next("message_posted")
        during = await scraped(admin)
    assert (during["convore_live_streams"], during["convore_people_watching"]) == (3, 2)
    # The author's pointer moved as well: that is no event, as nothing waited for him.
    assert during["convore_events_published_total"] == before["convore_events_published_total"] + 1
    assert during["convore_deliveries_total"] == before["convore_deliveries_total"] + 3
    assert during["convore_jobs_total"] == before["convore_jobs_total"] + 1
    assert during["convore_commits_total"] == before["convore_commits_total"] + 1
    assert during["convore_waiting_bytes"] == during["convore_streams_dropped_total"] == 0
    assert during[f"convore_build_info version={__version__}"] == 1
    after = await scraped(admin)
    assert (after["convore_live_streams"], after["convore_people_watching"]) == (0, 0)


async def test_the_histogram_adds_up(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    for number in range(5):
        await place.ann.post(place.topic, f"m{number}")
    figures = await scraped(admin)
    buckets = [value for name, value in figures.items() if name.startswith("convore_publish_seconds_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == figures["convore_publish_seconds_bucket le=+Inf"] == figures["convore_publish_seconds_count"]
    assert 5 <= buckets[-1] <= figures["convore_commits_total"]  # not every commit tells something
    assert 0 < figures["convore_publish_seconds_sum"] < 60


async def test_wrong_passwords_are_counted(chat_folder: Path) -> None:
    async with open_chat(chat_folder, rate_limits=True) as chat:
        admin = await chat.member("admin", role="admin")
        async with chat.client() as stranger:
            for count in range(1, 8):
                answer = await stranger.post("/api/v1/session", json={"username": "admin", "password": "a wrong one"})
                assert answer.status_code == (401 if count <= 5 else 429)
        figures = await scraped(admin)
        assert (figures["convore_wrong_passwords_total"], figures["convore_refused_tries_total"]) == (5, 2)


async def test_the_process_is_in_it(chat: Chat) -> None:
    figures = await scraped(await chat.member("admin", role="admin"))
    if sys.platform == "linux":
        assert figures["process_open_fds"] > 3
        assert figures["process_resident_memory_bytes"] > 10_000_000
        assert figures["process_cpu_seconds_total"] > 0


async def test_who_may_see_it(place: Place) -> None:
    for role in ("admin", "owner"):
        somebody = await place.chat.member(f"an-{role}", role=role)
        assert await scraped(somebody)
        made = await (await place.chat.signed_in(somebody)).call(
            "POST", "/me/tokens", {"name": "scrape", "scope": "read"}
        )
        assert await scraped(place.chat.member_with(somebody.user, made["token"]))
    async with place.chat.client(console=True) as console:
        assert await scraped(console)
    guest = await place.chat.member("guest", role="guest")
    for member in (place.ann, place.cleo, guest):
        check_problem(await member.http.get("/metrics"), 403)
    async with place.chat.client() as nobody:
        check_problem(await nobody.get("/metrics"), 401)
        check_problem(await nobody.get("/metrics", headers={"authorization": "Bearer made-up"}), 401)


async def test_nobody_is_named_in_it(place: Place) -> None:
    admin = await place.chat.member("admin", role="admin")
    text = (await admin.http.get("/metrics")).text
    assert [name for name in ("ann", "bob", "home-lab", "Home lab", "General") if f'"{name}"' in text] == []
    assert text.count("{") == text.count("_bucket{") + 1
