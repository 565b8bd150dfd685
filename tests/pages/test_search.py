"""The page of search, and the places that the box in the rail shows: complete without any script."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from convore_lite.testing import Chat, Member


async def page(chat: Chat, member: Member, path: str) -> str:
    browser = await chat.signed_in(member)
    answer = await browser.http.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


async def said(chat: Chat) -> tuple[Member, dict[str, Any]]:
    ann = await chat.member("ann", name="Ann Lee")
    bob = await chat.member("bob", name="Bob")
    lab = await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic = await ann.open_topic(lab["id"], "Backups before the move", "restic has the wrong permission <bits>")
    await bob.post(topic["id"], "restic check takes nine hours")
    await ann.post(lab["default_topic_id"], "give the container permission")
    await chat.searchable()
    return ann, topic


async def test_hits_stand_by_topic_with_what_was_met(chat: Chat) -> None:
    ann, topic = await said(chat)
    html = await page(chat, ann, "/search/?q=restic")
    assert "2 messages." in words(html)
    assert html.count(f'<h2><a href="/home-lab/{topic["slug"]}/">Backups before the move</a>') == 1
    assert "<mark>restic</mark> has the wrong permission &lt;bits&gt;" in html
    assert re.search(r'href="/home-lab/backups-before-the-move/\d+/#m-\d+"', html)


async def test_filters_are_links(chat: Chat) -> None:
    ann, _ = await said(chat)
    html = unescape(await page(chat, ann, "/search/?q=restic"))
    assert 'href="/search/?q=restic%20from%3Abob">from: Bob</a>' in html
    assert 'href="/search/?q=restic&sort=newest"' in html
    html = unescape(await page(chat, ann, "/search/?q=restic+from%3Abob"))
    assert 'class="chip chip--on" href="/search/?q=restic">from:bob' in html
    assert "1 message." in words(html)
    assert "from: Ann Lee" not in words(html)


async def test_a_mistyped_word_is_told_and_can_be_insisted_on(chat: Chat) -> None:
    ann, _ = await said(chat)
    html = unescape(await page(chat, ann, "/search/?q=permision"))
    assert "2 messages. Also showing permission . Only “permision”" in words(html)
    assert 'href="/search/?q=%22permision%22"' in html
    assert "Nothing found" in words(await page(chat, ann, "/search/?q=%22permision%22"))


async def test_mistakes_and_an_index_that_is_not_there_are_said(chat: Chat) -> None:
    ann = await chat.member("ann")
    html = words(await page(chat, ann, "/search/?q=tea+from%3Anobody"))
    assert "There is nobody here called “nobody”." in html
    assert "The search index is not there at the moment." in html
    assert "What can be typed" in words(await page(chat, ann, "/search/"))


async def test_places_are_found_while_one_types(chat: Chat) -> None:
    ann, topic = await said(chat)
    html = await page(chat, ann, "/search/places/?q=ba")
    assert f'href="/home-lab/{topic["slug"]}/"' in html
    assert "<html" not in html
    assert 'href="/users/bob/"' in await page(chat, ann, "/search/places/?q=bo")
    assert "Backups before the move" in words(await page(chat, ann, "/search/?q=backups"))


async def test_what_is_longer_than_a_search_makes_no_page_longer(chat: Chat) -> None:
    ann, _ = await said(chat)
    for typed in ("in:a " * 6_000, "_" * 30_000, "restic " * 4_000, '-in:"a ' * 4_000):
        for path in ("/search/", "/search/places/"):
            html = await page(chat, ann, f"{path}?q={typed.replace(' ', '+')}")
            assert len(html) < 10 * len(typed) + 100_000


async def test_a_search_is_followed_by_a_form(chat: Chat) -> None:
    ann, _ = await said(chat)
    bob = await chat.member("cem")
    await bob.join("home-lab")
    browser = await chat.signed_in(ann)
    form = {"q": "restic ", "zone": "Europe/Berlin", "following": "yes"}
    assert "Follow this search" in words(await page(chat, ann, "/search/?q=restic"))
    answer = await browser.http.post("/search/follow/", data=form)
    assert answer.status_code == 303
    assert "q=restic" in answer.headers["location"]
    html = unescape(await page(chat, ann, answer.headers["location"]))
    assert "Follow this search" not in words(html)
    assert 'href="/search/?q=restic&sort=newest&zone=Europe/Berlin" title="restic"' in html
    group = await ann.call("GET", "/groups/home-lab")
    await bob.post(group["default_topic_id"], "restic is done")
    await chat.searchable()
    html = await page(chat, ann, "/search/?q=restic&sort=newest")
    assert "Mark 1 new as seen" in words(html)
    assert "is done New" in words(html)
    assert words(html).count(" New") == 2  # and "Newest"
    seen = re.search(r'name="seen" value="(\d+)"', html)
    assert seen
    await browser.http.post("/search/follow/", data={"q": "restic", "zone": "", "seen": seen[1]})
    assert "as seen" not in words(await page(chat, ann, "/search/?q=restic&sort=newest"))
    await browser.http.post("/search/follow/", data={"q": "restic", "zone": "", "following": "no"})
    html = await page(chat, ann, "/search/?q=restic")
    assert "Follow this search" in words(html)
    assert "rail__topic--search" not in html


async def test_what_makes_no_sense_cannot_be_followed(chat: Chat) -> None:
    ann = await chat.member("ann")
    assert "Follow this search" not in words(await page(chat, ann, "/search/?q=tea+before:never"))
    browser = await chat.signed_in(ann)
    answer = await browser.http.post("/search/follow/", data={"q": "tea before:never", "zone": "", "following": "yes"})
    assert answer.status_code == 422
    assert "date" in words(answer.text)
