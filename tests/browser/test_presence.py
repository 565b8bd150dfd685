"""Who is online and who is typing, as the pages show it: two people, many tabs, nothing asked twice."""

from __future__ import annotations

from typing import Any

import trio

from convore_lite.words.events import Presence as PresenceFact
from convore_lite.words.outgoing import Announced

from .conftest import PATIENCE, Opens, Person, counts, expect, shows

GENERAL = "/home-lab/general/"
# How long a page shows somebody who has stopped, and a little more.
STOPPED = 6_500

# Every "typing" that comes to a page from now on.
LISTEN = """() => {
  const heard = []
  document.addEventListener("typing", ({ type }) => heard.push(type))
  return heard
}"""


def line(page: Any) -> Any:
    return expect(page.locator(".typing__line"))


def online(page: Any, number: int) -> None:
    """Wait until the rail counts so many online in the first group."""
    expect(page.locator(".rail__group [data-online]")).to_have_text(str(number))


def dot(page: Any, who: Person) -> Any:
    return page.locator(f"main .dot[data-presence='{who.member.id}']")


def goes(server: Any, who: Person, group_id: int) -> None:
    """Tell the others what they are told when somebody's 45 seconds are over."""
    app = server.chat.appliance.app

    async def announce() -> None:
        app.hub.announce(Announced(PresenceFact(who.member.id, False), app.now(), [group_id]), about=who.member.id)

    server.call(announce)


def asked(page: Any, path: str) -> list[str]:
    """Every request of a page whose address holds *path*, from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if path in request.url else None)
    return found


def listening(who: Person, path: str, *, clock: bool = False) -> Any:
    """A new tab that listens: their stream is live, and the page has looked who is online."""
    page = who.context.new_page()
    page.set_default_timeout(PATIENCE)
    if clock:
        page.clock.install()
    with page.expect_response("**/people/online/*"):
        page.goto(who.server.url + path)
    app = who.server.chat.appliance.app

    async def live() -> None:
        with trio.fail_after(PATIENCE / 1000):
            while app.hub.streams_of(who.member.id) and not is_live():
                await trio.sleep(0.01)

    def is_live() -> bool:
        return any(who.member.id in app.hub.watchers(group_id) for group_id in range(1, 5))

    who.server.call(live)
    return page


def test_typing_is_shown_and_goes_after_a_while(lab: Any) -> None:
    writing = lab.ann.tab(GENERAL)
    page = listening(lab.bob, GENERAL, clock=True)
    before = page.locator("textarea").bounding_box()
    line(page).to_be_hidden()
    writing.locator("textarea").press_sequentially("hel")
    line(page).to_have_text("Ann is typing")
    expect(page.locator(".typing [aria-live=polite]")).to_have_text("Ann is typing")
    assert page.locator("textarea").bounding_box() == before
    page.clock.fast_forward(STOPPED)
    line(page).to_be_hidden()
    line(writing).to_be_hidden()


def test_a_message_ends_typing_at_once(lab: Any) -> None:
    writing, page = lab.ann.tab(GENERAL), listening(lab.bob, GENERAL)
    writing.locator("textarea").press_sequentially("hello")
    line(page).to_have_text("Ann is typing")
    writing.keyboard.press("Enter")
    shows(page, "hello")
    line(page).to_be_hidden()


def test_typing_is_told_seldom_and_never_of_nothing(lab: Any) -> None:
    page = listening(lab.ann, GENERAL, clock=True)
    told = asked(page, "/typing")
    field = page.locator("textarea")
    field.press_sequentially("   ")
    assert told == []
    field.press_sequentially("hello there")
    field.fill("hello there, you")
    assert len(told) == 1
    page.clock.fast_forward(3_000)
    field.press_sequentially(" all")
    assert len(told) == 2
    page.clock.fast_forward(3_000)
    page.keyboard.press("Enter")
    expect(page.locator("#log .message:not(.is-pending)")).to_have_count(1)
    assert len(told) == 2


def test_typing_is_shown_only_in_the_topic_and_to_members(lab: Any, person: Opens) -> None:
    cleo = person("cleo")
    club = lab.bob.server.call(cleo.member.create_group, "Book club")["default_topic_id"]
    for member in (lab.ann.member, lab.bob.member):
        lab.bob.server.call(member.join, "book-club")
    writing = lab.ann.tab(GENERAL)
    there, outside = listening(lab.bob, "/home-lab/backups/"), listening(cleo, GENERAL)
    here = listening(lab.bob, GENERAL)
    heard = [page.evaluate_handle(LISTEN) for page in (there, outside)]
    writing.locator("textarea").press_sequentially("x")
    line(here).to_have_text("Ann is typing")
    # What is told after the typing has come to the other tab, and to Cleo; so the typing has come, or never will.
    lab.ann.say(club, "hello")
    counts(there, club, "1")
    counts(outside, club, "1")
    assert [typing.json_value() for typing in heard] == [["typing"], []]
    line(there).to_be_hidden()


def test_two_are_named_and_more_are_several(lab: Any, person: Opens) -> None:
    page = listening(lab.bob, GENERAL)
    sentences = {"cleo": "Cleo is typing", "dag": "Cleo and Dag are typing", "eva": "Several people are typing"}
    for name, sentence in sentences.items():
        someone = person(name)
        lab.bob.server.call(someone.member.join, "home-lab")
        lab.bob.server.call(someone.member.call, "POST", f"/topics/{lab.general}/typing")
        line(page).to_have_text(sentence)


def test_who_comes_is_counted_and_who_goes_is_not(lab: Any) -> None:
    page = listening(lab.bob, "/home-lab/members/")
    online(page, 1)
    expect(dot(page, lab.bob)).to_have_class("dot is-online")
    expect(dot(page, lab.ann)).to_have_class("dot")
    about_ann = listening(lab.bob, "/users/ann/")
    expect(about_ann.locator(".person .online-word")).to_be_hidden()
    looked = asked(page, "/people/online/")
    lab.ann.tab("/settings/")
    for tab in (page, about_ann):
        online(tab, 2)
        expect(dot(tab, lab.ann).first).to_have_class("dot is-online")
    expect(about_ann.locator(".person .online-word")).to_be_visible()
    goes(lab.bob.server, lab.ann, lab.group["id"])
    for tab in (page, about_ann):
        online(tab, 1)
        expect(dot(tab, lab.ann).first).to_have_class("dot")
    assert looked == []


def test_the_page_is_right_without_script(lab: Any, person: Opens) -> None:
    lab.ann.tab("/settings/")
    lab.ann.wait_streams(1)
    plain = person("plain", java_script_enabled=False)
    lab.bob.server.call(plain.member.join, "home-lab")
    page = plain.tab("/home-lab/members/")
    expect(page.locator(".rail__count")).to_have_text("3 here · 2 online")
    expect(dot(page, lab.ann)).to_have_class("dot is-online")
    expect(dot(page, lab.bob)).to_have_class("dot")


def test_what_was_missed_while_away_is_looked_up(lab: Any) -> None:
    lab.ann.tab("/settings/")
    page = listening(lab.bob, "/home-lab/members/")
    online(page, 2)
    # As if Ann had gone while this browser had no stream: the page was told, and her own stream says otherwise.
    goes(lab.bob.server, lab.ann, lab.group["id"])
    online(page, 1)

    async def end_streams() -> None:
        lab.bob.server.chat.appliance.app.hub.end_all()

    lab.bob.server.call(end_streams)
    online(page, 2)
    expect(dot(page, lab.ann)).to_have_class("dot is-online")


def test_twenty_tabs_are_told_over_one_stream_and_the_place_stays(lab: Any) -> None:
    tabs = [lab.bob.tab(GENERAL) for _ in range(20)]
    online(tabs[-1], 1)
    writing = lab.ann.tab(GENERAL)
    lab.ann.say(lab.general, "before")
    for page in tabs:
        shows(page, "before")
    writing.locator("textarea").press_sequentially("x")
    for page in tabs:
        online(page, 2)
    line(tabs[0]).to_have_text("Ann is typing")
    line(tabs[-1]).to_have_text("Ann is typing")
    lab.bob.wait_streams(1)
    lab.ann.say(lab.general, "after")
    for page in tabs:
        shows(page, "before", "after")
