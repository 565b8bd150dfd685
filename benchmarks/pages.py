"""How long the server works on the page of a topic in which much is shown.

    python benchmarks/pages.py [--messages 200] [--runs 25] [--profile]

In this process, over no network: reading from the database, writing the HTML, and the whole request through all doors. Every
message has words with marks in them and four reactions of three kinds; every second a picture that was sent with it, every second
a preview; every third is a reply. Of the runs the fastest counts, in time of the processor: other work on the machine is not ours.
Aim: a request for 200 messages takes less than 60 ms.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trio
from quart import Response
from rich.console import Console
from rich.table import Table

from convore_lite.routes.pages import templates, topics
from convore_lite.store import Store, Writer, previews, reactions
from convore_lite.store.previews import Found
from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import open_chat

ADDRESS = "/home-lab/general/"
WORDS = (
    "The *second* disk of `sda` is **full** again, @bob: see https://example.org/disks/{number} and what is left to do.\n"
    "- [x] photos\n- [ ] mail"
)
EMOJI = "👍🎉👀"


async def fill(chat: Chat, messages: int) -> Member:
    """A topic with so many messages, and who reads it."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    await bob.join("home-lab")
    last = None
    for number in range(messages):
        reply_to = last if number % 3 == 0 else None
        author = bob if number % 5 == 0 else ann
        last = (await author.post(topic, WORDS.format(number=number), reply_to=reply_to))["id"]
        await chat.appliance.app.store.write(decorate, last, number, (ann.id, bob.id))
    return bob


def decorate(conn: Writer, message_id: int, number: int, people: tuple[int, int]) -> None:
    if number % 2:
        conn.execute(
            """INSERT INTO files (uploader_id, message_id, name, media_type, size, width, height, bytes, thumb, uploaded_at)
               VALUES (?, ?, 'shed.jpg', 'image/jpeg', 123456, 1600, 1200, ?, ?, 0)""",
            (people[0], message_id, f"{number:064x}", f"{number:064x}"),
        )
    else:
        url = f"https://example.org/disks/{number}"
        previews.want(conn, message_id, url, 0, at=1)
        found = Found("Disks, and how to fill them", "All that is known of it. " * 6, "example.org", b"webp", 240, 160)
        previews.fill(conn, url, found, at=1)
    for place, emoji in enumerate(EMOJI):
        for user_id in people[: 1 + (place == 0)]:
            reactions.put(conn, message_id, emoji, user_id, at=place)


async def measured(chat: Chat, bob: Member, runs: int, *, profile: bool) -> dict[str, float]:
    signed_in = await chat.signed_in(bob)

    async def request() -> None:
        answer = await signed_in.http.get(ADDRESS)
        assert answer.status_code == 200
        shown = answer.text.count('class="message ') - 1  # and the template
        assert shown >= topics.PAGE, shown

    values = await values_of(request)
    times = {"the whole request": await best(request, runs)}
    times["reading"] = await reading(chat.appliance.app.store, request, runs)

    async def render() -> None:
        templates.environment().get_template("topic.html").render(place="Convore", **values)

    times["writing HTML"] = await best(render, runs)
    if profile:
        with cProfile.Profile() as seen:
            for _ in range(runs):
                await render()
        pstats.Stats(seen).sort_stats("tottime").print_stats(25)
    return times


async def reading(store: Store, request: Callable[[], Awaitable[None]], runs: int) -> float:
    """The milliseconds that the fastest run spends in the functions which read from the database."""
    spent: list[float] = []
    read = store.read

    async def timed(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        def run(conn: Any) -> Any:
            start = time.thread_time()
            found = function(conn, *args, **options)
            spent[-1] += (time.thread_time() - start) * 1000
            return found

        return await read(run)

    store.read = timed  # type: ignore[method-assign]
    for _ in range(runs):
        spent.append(0)
        await request()
    store.read = read  # type: ignore[method-assign]
    return min(spent)


async def values_of(request: Callable[[], Awaitable[None]]) -> dict[str, Any]:
    """What the template of a page is given."""
    kept: dict[str, Any] = {}
    page = templates.page

    def keep(template: str, status: int = 200, **values: Any) -> Response:
        kept.update(values)
        return page(template, status, **values)

    templates.page = keep
    await request()
    templates.page = page
    return kept


async def best(work: Callable[[], Any], runs: int) -> float:
    """The milliseconds of the fastest run."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        await work()
        times.append((time.process_time() - start) * 1000)
    return min(times)


async def main(options: argparse.Namespace) -> None:
    topics.PAGE = options.messages
    with tempfile.TemporaryDirectory() as folder:
        async with open_chat(Path(folder)) as chat:
            bob = await fill(chat, options.messages)
            times = await measured(chat, bob, options.runs, profile=options.profile)
    table = Table("what", "ms", "µs for each message", title=f"A page of {options.messages} messages")
    for name, spent in times.items():
        table.add_row(name, f"{spent:.1f}", f"{spent * 1000 / options.messages:.0f}")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--runs", type=int, default=25)
    parser.add_argument("--profile", action="store_true")
    trio.run(main, parser.parse_args())
