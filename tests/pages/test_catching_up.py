"""Everything unread on one page, and the way to the first unread message of a topic."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convore_lite.routes.pages.topics import PAGE
from convore_lite.routes.pages.unread import EACH, MOST
from convore_lite.testing import Chat, Member

from .conftest import Elements, Visit


@pytest.fixture
async def people(chat: Chat) -> tuple[Member, Member, dict[str, Any]]:
    """Ann, who says things; Bob, to whom they are new; and a group of theirs."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    return ann, bob, group


def sections(html: str) -> dict[str, list[str]]:
    """What the page shows: its topics, and in each its messages."""
    found = re.findall(r'<section class="catch".*?</section>', html, re.DOTALL)
    return {
        re.findall(r"<h3[^>]*><a[^>]*>(.*?)</a>", one)[0]: re.findall(r'data-field="html">(.*?)</div>', one)
        for one in found
    }


def words(html: str) -> list[str]:
    """What is said in all of them."""
    return [re.sub("<[^>]*>", "", text) for text in re.findall(r'data-field="html">(.*?)</div>', html)]


def new_line(html: str) -> str | None:
    """What the message says that stands below the "New" line."""
    found = re.search(r'data-line="new".*?data-field="html">(.*?)</div>', html, re.DOTALL)
    return found and found[1]


async def test_all_that_waits_oldest_first(
    chat: Chat, visit: Visit, people: tuple[Member, Member, dict[str, Any]]
) -> None:
    ann, bob, group = people
    zoo = await ann.create_group("A zoo")
    await bob.join("a-zoo")
    talk = await ann.call("POST", "/direct", {"usernames": ["bob"]})
    backups = await ann.open_topic("home-lab", "Backups")
    quiet = await ann.open_topic("home-lab", "Quiet")
    await bob.call("PUT", f"/topics/{quiet['id']}/level", {"level": "mute"})
    for topic, text in [
        (quiet["id"], "nothing for bob"),
        (backups["id"], "backups one"),
        (group["default_topic_id"], "general one"),
        (backups["id"], "backups two"),
        (zoo["default_topic_id"], "a lion"),
        (talk["default_topic_id"], "to bob alone"),
        (quiet["id"], "but @bob"),
    ]:
        await ann.post(topic, text)
    gone = await ann.post(backups["id"], "gone")
    await ann.call("DELETE", f"/messages/{gone['id']}")
    visitor = await visit(bob)
    page = await visitor.get("/unread/")
    assert re.findall(r'class="catch__group"><a href="/(.*?)/"', page) == ["a-zoo", "home-lab"]
    assert re.findall(r"<h3[^>]*><a[^>]*>(.*?)</a>", page) == ["Ann", "General", "Backups", "General", "Quiet"]
    assert words(page) == ["to bob alone", "a lion", "backups one", "backups two", "general one", "but @bob"]
    await bob.call("POST", f"/topics/{backups['id']}/read", {})
    assert words(await visitor.get("/unread/")) == ["to bob alone", "a lion", "general one", "but @bob"]


async def test_the_button_reads_what_was_shown(visit: Visit, people: tuple[Member, Member, dict[str, Any]]) -> None:
    ann, bob, group = people
    await ann.post(group["default_topic_id"], "one")
    visitor = await visit(bob)
    page = Elements(await visitor.get("/unread/"))
    seq = page.of("input", name="seq")[0]["value"]
    await ann.post(group["default_topic_id"], "two")
    done = await visitor.form("/home-lab/general/read/", seq=seq, next="/unread/")
    assert done.headers["location"] == "/unread/"
    assert sections(await visitor.get("/unread/")) == {"General": ["two"]}
    evil = await visitor.form("/home-lab/general/read/", seq=seq, next="//evil.example/")
    assert evil.headers["location"] == "/home-lab/general/"
    await visitor.form("/unread/")
    assert "Nothing waits for you." in await visitor.get("/unread/")


async def test_a_long_topic_is_cut_and_leads_on(visit: Visit, people: tuple[Member, Member, dict[str, Any]]) -> None:
    ann, bob, group = people
    for number in range(EACH + 3):
        await ann.post(group["default_topic_id"], f"message {number}")
    visitor = await visit(bob)
    page = await visitor.get("/unread/")
    assert sections(page) == {"General": [f"message {number}" for number in range(EACH)]}
    rest = re.search(r'href="([^"]*)">3 more in this topic', page)
    assert rest is not None
    assert "message 20" in await visitor.get(rest[1])


async def test_pages_of_topics_hold_while_topics_are_read(
    visit: Visit, people: tuple[Member, Member, dict[str, Any]]
) -> None:
    ann, bob, _ = people
    names = [f"Topic {number}" for number in range(8)]
    for name in names:
        topic = await ann.open_topic("home-lab", name)
        for number in range(EACH):
            await ann.post(topic["id"], f"{name}, {number}")
    visitor = await visit(bob)
    page = await visitor.get("/unread/")
    assert list(sections(page)) == names[: MOST // EACH]
    more = re.search(r'href="([^"]*)">More topics', page)
    assert more is not None
    for number in range(MOST // EACH):
        await visitor.form(f"/home-lab/topic-{number}/read/", next="/unread/")
    path = more[1].replace("&amp;", "&")
    rest = await visitor.get(path)
    assert list(sections(rest)) == names[MOST // EACH :]
    assert "More topics" not in rest
    await ann.post((await ann.open_topic("home-lab", "Later"))["id"], "later")
    assert list(sections(await visitor.get(path)))[-1] == "Later"


async def test_the_end_says_that_more_is_before(visit: Visit, people: tuple[Member, Member, dict[str, Any]]) -> None:
    ann, bob, group = people
    message = await ann.post(group["default_topic_id"], "one")
    page = await (await visit(bob)).get(f"/unread/?group={group['id']}&after={message['id']}")
    assert "the pages before" in page


async def test_a_bar_leads_to_the_first_unread(visit: Visit, people: tuple[Member, Member, dict[str, Any]]) -> None:
    ann, bob, group = people
    topic = group["default_topic_id"]
    visitor = await visit(bob)
    for number in range(PAGE + 20):
        await ann.post(topic, f"message {number}.")
    await bob.call("POST", f"/topics/{topic}/read", {"seq": 10})
    page = await visitor.get("/home-lab/general/")
    bar = re.search(r'data-part="above"><a href="([^"]*)"><b>60 new</b>', page)
    assert bar is not None
    assert new_line(page) is None
    there = await visitor.get(bar[1].partition("#")[0])
    assert new_line(there) == "message 10."
    assert 'data-part="above"></div>' in there
    # On the page that holds it there is a line, and no bar.
    await bob.call("POST", f"/topics/{topic}/read", {"seq": PAGE + 10})
    page = await visitor.get("/home-lab/general/")
    assert new_line(page) == f"message {PAGE + 10}."
    assert 'data-part="above"></div>' in page


async def test_where_all_is_new_the_bar_leads_to_the_beginning(
    visit: Visit, people: tuple[Member, Member, dict[str, Any]]
) -> None:
    ann, bob, group = people
    for number in range(PAGE + 2):
        await ann.post(group["default_topic_id"], f"message {number}.")
    visitor = await visit(bob)
    bar = re.search(r'data-part="above"><a href="([^"]*)"', await visitor.get("/home-lab/general/"))
    assert bar is not None
    assert new_line(await visitor.get(bar[1].partition("#")[0])) == "message 0."


async def test_a_page_of_the_api(people: tuple[Member, Member, dict[str, Any]]) -> None:
    ann, bob, group = people
    topic = group["default_topic_id"]
    for number in range(5):
        await ann.post(topic, f"message {number}")
    await bob.call("POST", f"/topics/{topic}/read", {"seq": 1})
    first = await bob.call("GET", f"/topics/{topic}/unread", limit=3)
    assert [message["seq"] for message in first["items"]] == [2, 3, 4]
    rest = await bob.call("GET", f"/topics/{topic}/unread", cursor=first["next"])
    assert [message["seq"] for message in rest["items"]] == [5]
    assert rest["next"] is None
    assert (await ann.call("GET", f"/topics/{topic}/unread"))["items"] == []
