"""Pages stay true by themselves: two people, many tabs, one connection."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from convore_lite.testing import serve_chat

from .conftest import Opens, Person, counts, expect, shows

HIDDEN = """
Object.defineProperty(document, "visibilityState", { get: () => "hidden" })
Object.defineProperty(document, "hidden", { get: () => true })
document.hasFocus = () => false
"""


def test_a_message_appears_in_the_others_page(lab: Any) -> None:
    open_topic, writing = lab.bob.tab("/home-lab/general/"), lab.ann.tab("/home-lab/general/")
    writing.fill("textarea", "hello **bob**")
    writing.keyboard.press("Enter")
    shows(open_topic, "hello bob")
    shows(writing, "hello bob")
    expect(open_topic.locator("#log strong")).to_have_text("bob")


def test_counts_rise_elsewhere_and_in_the_title(lab: Any) -> None:
    page = lab.bob.tab("/settings/")
    lab.ann.say(lab.general, "one")
    counts(page, lab.general, "1")
    expect(page).to_have_title("(1) Settings · Convore")
    lab.ann.say(lab.backups, "@bob two")
    counts(page, lab.backups, "@ 1")
    expect(page.locator("[data-count=mentions]")).to_have_text("1")
    expect(page).to_have_title("(2) Settings · Convore")
    lab.bob.say(lab.backups, "my own does not count")
    counts(page, lab.backups, "")
    counts(page, lab.general, "1")


def test_reading_in_one_tab_clears_the_other(lab: Any) -> None:
    other = lab.bob.tab("/settings/")
    lab.ann.say(lab.general, "one")
    lab.ann.say(lab.general, "@bob two")
    counts(other, lab.general, "@ 1")
    lab.bob.tab("/home-lab/general/")
    counts(other, lab.general, "")
    expect(other.locator("[data-count=mentions]")).to_have_text("")


def test_a_hidden_tab_reads_nothing(lab: Any) -> None:
    hidden = lab.bob.tab("/home-lab/general/", init=HIDDEN)
    other = lab.bob.tab("/settings/")
    lab.ann.say(lab.general, "are you there?")
    shows(hidden, "are you there?")
    counts(other, lab.general, "1")
    expect(hidden.locator("[data-line=new]")).to_have_count(1)
    lab.bob.tab("/home-lab/general/")
    counts(other, lab.general, "")


def test_ten_tabs_share_one_connection(lab: Any) -> None:
    tabs = [lab.bob.tab("/home-lab/general/") for _ in range(10)]
    lab.ann.say(lab.general, "to all of you")
    for page in tabs:
        shows(page, "to all of you")
    lab.bob.wait_streams(1)
    tabs[0].close()
    lab.ann.say(lab.general, "and still")
    for page in tabs[1:]:
        shows(page, "to all of you", "and still")


@pytest.mark.parametrize(
    ("without", "streams"),
    [("delete window.SharedWorker", 1), ("delete window.SharedWorker; delete Navigator.prototype.locks", 3)],
    ids=["a leading tab", "each by itself"],
)
def test_browsers_without_shared_workers(lab: Any, without: str, streams: int) -> None:
    first, *others = (lab.bob.tab("/home-lab/general/", init=without) for _ in range(3))
    lab.ann.say(lab.general, "one")
    for page in (first, *others):
        shows(page, "one")
    lab.bob.wait_streams(streams)
    first.close()
    lab.ann.say(lab.general, "two")
    for page in others:
        shows(page, "one", "two")


def test_nothing_is_missed_between_the_page_and_the_stream(lab: Any) -> None:
    lab.bob.tab("/home-lab/general/")  # another tab is joined already
    page = lab.bob.context.new_page()
    page.route("**/main-*.js", lambda route: (lab.ann.say(lab.general, "in the gap"), route.continue_()))
    page.goto(lab.bob.server.url + "/home-lab/general/")
    shows(page, "in the gap")
    expect(page.locator("#log .message")).to_have_count(1)


def test_a_page_whose_place_is_unknown_looks_anew(lab: Any) -> None:
    lab.bob.tab("/settings/")
    page = lab.bob.context.new_page()

    def change_place(route: Any) -> None:
        page.evaluate("document.querySelector('meta[name=live-at]').content = 'another-1'")
        lab.ann.say(lab.general, "before")
        route.continue_()

    page.route("**/main-*.js", change_place)
    page.goto(lab.bob.server.url + "/home-lab/general/", wait_until="commit")
    shows(page, "before")
    lab.ann.say(lab.general, "after")
    shows(page, "before", "after")


def test_new_topics_and_members_come_by_themselves(lab: Any, person: Opens) -> None:
    group, rail = lab.bob.tab("/home-lab/"), lab.bob.tab("/settings/")
    lab.bob.server.call(lab.ann.member.open_topic, "home-lab", "Zigbee dongle", "it drops")
    expect(rail.locator(".rail__name", has_text="Zigbee dongle")).to_have_count(1)
    expect(group.locator(".item", has_text="Zigbee dongle")).to_have_count(1)
    cleo = person("cleo")
    lab.bob.server.call(cleo.member.join, "home-lab")
    expect(group.locator(".room__crumb")).to_contain_text("3 members")


def test_what_comes_while_the_rail_is_fetched_anew_counts_once(lab: Any) -> None:
    page = lab.bob.tab("/settings/")
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append((route, route.fetch()))  # the server has rendered it; what comes now is not in it
        lab.ann.say(lab.general, "meanwhile")

    page.route("**/settings/", hold)
    lab.bob.server.call(lab.ann.member.open_topic, "home-lab", "Zigbee dongle")
    counts(page, lab.general, "1")
    route, answer = held.pop()
    route.fulfill(response=answer)
    expect(page.locator(".rail__name", has_text="Zigbee dongle")).to_have_count(1)
    counts(page, lab.general, "1")


def test_signing_out_in_one_tab_leads_the_others_to_the_door(lab: Any) -> None:
    other, page = lab.bob.tab("/home-lab/general/"), lab.bob.tab("/settings/")
    lab.ann.say(lab.general, "the stream is open")
    shows(other, "the stream is open")
    page.click("text=Sign out")
    other.wait_for_url("**/sign-in/?next=*")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_a_restart_is_noticed_and_nothing_is_missed(browser: Any, tmp_path: Path) -> None:
    bind = f"127.0.0.1:{free_port()}"
    context = browser.new_context()
    with serve_chat(tmp_path, bind=bind, rate_limits=False) as server:
        ann, bob = server.member("ann"), Person(server, server.member("bob"), context).sign_in()
        topic = server.call(ann.create_group, "Home lab")["default_topic_id"]
        server.call(bob.member.join, "home-lab")
        page = bob.tab("/home-lab/general/")
        server.call(ann.post, topic, "before")
        shows(page, "before")
    page.wait_for_selector("live-status:not([hidden])")
    with serve_chat(tmp_path, bind=bind, rate_limits=False) as server:
        again = server.chat.member_with(ann.user, ann.token)
        server.call(again.post, topic, "while you were away")
        shows(page, "before", "while you were away")
        page.wait_for_selector("live-status[hidden]", state="attached")
        server.call(again.post, topic, "after")
        shows(page, "before", "while you were away", "after")
        context.close()
    assert bob.problems == []


def test_the_end_stays_in_view_and_the_past_stays_in_place(lab: Any) -> None:
    for number in range(70):
        lab.ann.say(lab.general, f"number {number}")
    page = lab.bob.tab("/home-lab/general/")
    expect(page.locator("#log .message").last).to_be_in_viewport()
    page.locator("#log").evaluate("log => log.scrollTo(0, -100000)")
    first = page.locator("#log .message").first
    expect(first).to_be_in_viewport()
    before = first.bounding_box()
    identity = first.get_attribute("id")
    lab.ann.say(lab.general, "new below")
    expect(page.locator("[data-action=below]")).to_have_text("1 new message")
    after = page.locator(f"#{identity}").bounding_box()
    assert abs(after["y"] - before["y"]) < 1
    page.click("[data-action=older]")
    expect(page.locator("#log .message")).to_have_count(71)
    expect(page.locator(f"#{identity}")).to_be_in_viewport()
    page.click("[data-action=below]")
    expect(page.locator("#log .message").last).to_be_in_viewport()
    expect(page.locator("[data-action=below]")).to_be_hidden()
