"""Every page: who gets it, who is led to the door, and who learns nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from convore_lite.routes.website import the_website
from convore_lite.testing import Chat
from convore_lite.words.events import FACTS
from convore_lite.words.slugs import RESERVED_GROUPS, RESERVED_TOPICS

from .conftest import Elements, Visit

OWN = ["/", "/mentions/", "/starred/", "/drafts/", "/unread/", "/discover/", "/settings/", "/users/ann/"]
IN_GROUP = ["/home-lab/", "/home-lab/members/", "/home-lab/general/"]


async def test_each_page_is_there_for_a_member(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    message = await ann.post(group["default_topic_id"], "hello")
    visitor = await visit(ann)
    for path in [*OWN, *IN_GROUP, f"/home-lab/general/{message['id']}/"]:
        page = await visitor.look(path)
        assert page.of("meta", name="current-user", content=str(ann.id)), path
        assert page.of("nav"), path


async def test_who_is_not_signed_in_is_led_to_the_door(chat: Chat, visit: Visit) -> None:
    await (await chat.member("ann")).create_group("Home lab")
    stranger = await visit(None)
    for path in [*OWN, *IN_GROUP, "/no-such-group/"]:
        answer = await stranger.http.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"] == ("/sign-in/" if path == "/" else f"/sign-in/?next={path}")


async def test_not_yours_and_not_there_are_the_same_page(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Secret", kind="private")
    message = await ann.post(group["default_topic_id"], "hush")
    inside, outside = await visit(ann), await visit(bob)
    for path in ("/secret/", "/secret/members/", "/secret/general/", f"/secret/general/{message['id']}/"):
        assert "Secret" in await inside.get(path)
        elsewhere = path.replace("secret", "nothing")
        assert await outside.get(path, 404) == await outside.get(elsewhere, 404) == await inside.get(elsewhere, 404)
    for path in ("/secret/", "/secret/general/", "/secret/general/read/", "/secret/read/"):
        refused = await outside.http.post(path, data={"text": "let me in", "name": "let me in"})
        missing = await outside.http.post(path.replace("secret", "nothing"), data={"text": "x", "name": "x"})
        assert (refused.status_code, refused.text) == (missing.status_code, missing.text) == (404, refused.text), path


async def test_an_onlooker_of_a_public_group_is_asked_to_join(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await ann.post(group["default_topic_id"], "hello")
    page = await (await visit(bob)).look("/home-lab/general/")
    assert page.of("form", action="/home-lab/join/")
    assert not page.of("textarea", name="text")
    assert (await (await visit(ann)).look("/home-lab/general/")).of("textarea", name="text")


async def test_a_topic_is_read_page_by_page(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    ids = [(await ann.post(topic, f"number {n}"))["id"] for n in range(120)]
    visitor = await visit(ann)
    shown, path = [], "/home-lab/general/"
    while path:
        page = await visitor.look(path)
        here = [int(item["data-message"]) for item in page.of("li") if item.get("data-message", "0") != "0"]
        shown = here + shown
        assert bool(page.of("ol", **{"data-behind": ""})) == (path != "/home-lab/general/")
        earlier = page.of("a", **{"data-action": "older"})
        path = earlier[0]["href"] if earlier else ""
    assert shown == ids
    around = await visitor.look(f"/home-lab/general/{ids[60]}/")
    here = [int(item["data-message"]) for item in around.of("li") if item.get("data-message", "0") != "0"]
    assert ids[60] in here
    assert around.of("ol", **{"data-linked": str(ids[60])})
    assert around.of("a", href=f"/home-lab/general/?after={here[-1]}")
    await visitor.get("/home-lab/general/?before=nonsense", 422)
    await visitor.get(f"/home-lab/general/{ids[-1] + 1}/", 404)


async def test_what_waits_is_on_the_home_page(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic = await ann.open_topic("home-lab", "Backups", "shall we, @bob?")
    home = await (await visit(bob)).get("/")
    assert "For you" in home
    assert "shall we, @bob?" in home
    assert f'data-topic="{topic["id"]}" data-unread="1" data-mentions="1"' in home
    assert group["name"] not in home.partition("Quiet for now")[2]
    assert "For you" not in await (await visit(ann)).get("/")


async def test_a_page_says_where_the_event_log_stood(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    page = await (await visit(ann)).look("/home-lab/general/")
    place = page.of("meta", name="live-at")[0]["content"]
    posted = await ann.post(topic, "after the page")
    async with ann.live(after=place) as stream:
        assert (await stream.next())["message"]["id"] == posted["id"]


async def test_names_that_look_like_markup_are_only_names(chat: Chat, visit: Visit) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    ann = await chat.member("ann", name=evil)
    group = await ann.create_group(evil)
    topic = await ann.open_topic(group["slug"], evil, "@ann " + evil)
    visitor = await visit(ann)
    address = f"/{group['slug']}/{topic['slug']}/"
    for path in [*OWN, f"/{group['slug']}/", f"/{group['slug']}/members/", address]:
        page = await visitor.look(path)
        # Only the blank one in the template of a file.
        pictures = [given for tag, given in page.found if tag == "img"]
        assert [given for given in pictures if given["src"]] == [], path
        assert "&lt;img" in await visitor.get(path), path


async def test_nothing_on_a_page_is_inline(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    await ann.post(group["default_topic_id"], "```python\nprint(1)\n```\n**bold** https://example.org/a.png")
    visitor, stranger = await visit(ann), await visit(None)
    pages = [await visitor.http.get(path) for path in [*OWN, *IN_GROUP, "/nothing/"]]
    for answer in [*pages, await stranger.http.get("/sign-in/")]:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for tag, given in Elements(answer.text).found:
            assert "style" not in given, (tag, given)
            assert tag != "style"
            assert not [name for name in given if name.startswith("on")], (tag, given)
            assert tag != "script" or given.get("src", "").startswith("/static/"), given
            assert not given.get("href", "").lower().startswith(("javascript:", "data:")), given


async def test_the_worker_may_talk_to_us_and_to_nobody_else(chat: Chat, visit: Visit) -> None:
    from convore_lite.routes.pages.templates import built

    if not built():
        pytest.skip("the front end is not built")
    ann = await chat.member("ann")
    page = await (await visit(ann)).look("/")
    stranger = await visit(None)
    for address in [page.of("meta", name="live-worker")[0]["content"], page.of("link", rel="stylesheet")[0]["href"]]:
        answer = await stranger.http.get(address)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["cache-control"]
    worker = await stranger.http.get(page.of("meta", name="live-worker")[0]["content"])
    assert worker.headers["content-security-policy"].startswith("default-src 'none'; connect-src 'self';")


async def test_no_group_or_topic_can_take_an_address_of_ours(chat: Chat) -> None:
    ann = await chat.member("ann")
    rules = list(the_website().url_map.iter_rules())
    first = {rule.rule.split("/")[1] for rule in rules}
    in_group = {rule.rule.split("/")[2] for rule in rules if rule.rule.startswith("/<which>/")}
    taken = {word for word in first | in_group if word and "<" not in word and "." not in word}
    assert "mentions" in taken
    assert "members" in taken
    assert first - {"", "<which>"} <= RESERVED_GROUPS
    assert {word for word in in_group if word and not word.startswith("<")} <= RESERVED_TOPICS
    for word in ("mentions", "settings", "static", "api"):
        assert (await ann.create_group(word.title()))["slug"] == f"{word}-2"
        await ann.refused("POST", "/groups", {"name": "x", "kind": "public", "slug": word})


async def test_a_browser_without_the_build_gets_plain_pages(chat: Chat, visit: Visit) -> None:
    """The names of built files fall back to themselves, so that a page never fails for want of a stylesheet."""
    from convore_lite.routes.pages.templates import asset

    assert asset("no-such-file.css") == "/static/no-such-file.css"


def test_the_script_knows_every_fact() -> None:
    source = Path(__file__).parents[2] / "web" / "src" / "facts.ts"
    if not source.exists():
        pytest.skip("the sources of the script are not beside the tests")
    kinds = source.read_text("utf-8").partition("export const KINDS")[2].partition("]\n")[0]
    missing = {fact.kind for fact in FACTS if f'"{fact.kind}"' not in kinds}
    assert not missing
