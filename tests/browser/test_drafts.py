"""Drafts, sending later and undo on the page: nothing that somebody typed is lost, whichever of their devices it was typed on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convore_lite.actions import undo

from .conftest import Opens, expect, shows

# Drafts cannot be had until the page is told otherwise; a route would let those through that are sent as the page is left.
OFFLINE = """
const ask = window.fetch
const held = (url) => String(url).endsWith("/draft") && !localStorage.getItem("online")
window.fetch = (url, options) => held(url) ? Promise.reject(new TypeError("offline")) : ask(url, options)
"""
# What is offered for five seconds is offered for a minute, since other things are done meanwhile on this machine.
UNHURRIED = """
const wait = window.setTimeout
window.setTimeout = (done, after, ...more) => wait(done, after === 5_000 ? 60_000 : after, ...more)
"""
HERE = "/home-lab/general/"
DRAFT = re.compile(r"/api/v1/topics/[0-9]+/draft$")


@pytest.fixture
def phone(lab: Any, browser: Any) -> Any:
    """Ann's other device: a browser of its own, with nothing in its storage."""
    context = browser.new_context()
    who = {"username": lab.ann.member.username, "password": lab.ann.member.password}
    assert context.request.post(lab.ann.server.url + "/api/v1/session", data=who).status == 201
    page = context.new_page()
    page.goto(lab.ann.server.url + HERE)
    yield page
    context.close()


def field(page: Any) -> Any:
    return page.locator("message-composer textarea")


def draft_of(lab: Any) -> str:
    return str(lab.ann.server.call(lab.ann.member.call, "GET", f"/topics/{lab.general}/draft")["text"])


def test_what_is_written_here_stands_there(lab: Any, phone: Any) -> None:
    page = lab.ann.tab(HERE)
    field(page).press_sequentially("half a sen")
    expect(field(phone)).to_have_value("half a sen")
    mark = phone.locator(f".rail__topic[data-topic='{lab.general}'] [data-field=draft]")
    expect(mark).to_be_visible()
    field(phone).press_sequentially("tence")
    expect(field(page)).to_have_value("half a sentence")
    page.keyboard.press("Enter")
    shows(phone, "half a sentence")
    expect(field(phone)).to_have_value("")
    expect(mark).to_be_hidden()
    page.reload()
    expect(field(page)).to_have_value("")


def test_two_drafts_are_asked_about_and_both_kept(lab: Any, phone: Any) -> None:
    page = lab.ann.tab(HERE, init=OFFLINE)
    field(page).press_sequentially("at the desk")
    field(phone).press_sequentially("on the phone")
    expect(phone.locator(f".rail__topic[data-topic='{lab.general}'] [data-field=draft]")).to_be_visible()
    page.evaluate("localStorage.setItem('online', 1)")
    field(page).press_sequentially("!")
    expect(page.locator("draft-keeper")).to_contain_text("on the phone")
    expect(field(page)).to_have_value("at the desk!")
    page.click("[data-action=keep-both]")
    expect(field(page)).to_have_value("on the phone\n\nat the desk!")
    expect(field(phone)).to_have_value("on the phone\n\nat the desk!")
    expect(page.locator("draft-keeper")).to_be_hidden()


def test_what_could_not_be_saved_outlives_the_page(lab: Any) -> None:
    page = lab.ann.tab(HERE, init=OFFLINE)
    field(page).press_sequentially("no network here")
    page.reload()
    expect(field(page)).to_have_value("no network here")
    assert draft_of(lab) == ""
    page.evaluate("localStorage.setItem('online', 1)")
    with page.expect_response(lambda answer: DRAFT.search(answer.url) and answer.request.method == "PUT"):
        field(page).press_sequentially(", but now")
    assert draft_of(lab) == "no network here, but now"


def test_leaving_the_page_saves(lab: Any, phone: Any) -> None:
    page = lab.ann.tab(HERE)
    field(page).press_sequentially("in a hurry")
    page.goto(lab.ann.server.url + "/")
    expect(field(phone)).to_have_value("in a hurry")


def test_undo_puts_it_back_before_what_was_written_since(lab: Any, phone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "WITHIN", 60_000)
    page, other = lab.ann.tab(HERE, init=UNHURRIED), lab.bob.tab(HERE)
    lab.bob.say(lab.general, "well?")
    field(page).press_sequentially("in the drwer")
    page.keyboard.press("Enter")
    shows(other, "well?", "in the drwer")
    field(page).press_sequentially("next")
    page.locator("[data-action=undo]:visible").click()
    expect(field(page)).to_have_value("in the drwer\n\nnext")
    for one in (page, other, phone):
        expect(one.locator("#log .message:not([data-undone])")).to_have_count(1)
        expect(one.locator(".message--gone:visible")).to_have_count(0)
    expect(field(phone)).to_have_value("in the drwer\n\nnext")
    other.reload()
    expect(other.locator("#log .message:visible")).to_have_count(1)


def test_undo_is_offered_for_a_moment_only(lab: Any) -> None:
    page = lab.ann.tab(HERE)
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    field(page).press_sequentially("quick")
    page.keyboard.press("Enter")
    expect(page.locator("[data-action=undo]:visible")).to_have_count(1)
    page.clock.run_for(5_001)
    expect(page.locator("[data-action=undo]:visible")).to_have_count(0)


def test_send_later_in_ones_own_zone(lab: Any, person: Opens) -> None:
    carol = person("carol", timezone_id="Asia/Tokyo")
    lab.ann.server.call(carol.member.join, "home-lab")
    page, listed = carol.tab(HERE), carol.tab("/drafts/")
    field(page).press_sequentially("good morning")
    page.click("[data-action=later]")
    page.keyboard.press("Escape")
    page.click("[data-action=later]")
    page.locator(".later__choice", has_text="Tomorrow").click()
    expect(field(page)).to_have_value("")
    expect(page.locator("[data-field=later-note]")).to_contain_text("Will be sent tomorrow at 09:00")
    [waits] = lab.ann.server.call(carol.member.call, "GET", "/me/scheduled")["items"]
    assert waits["send_at"][11:16] == "00:00"
    expect(listed.locator(".unsent")).to_contain_text("tomorrow at 09:00")
    listed.get_by_role("link", name="Edit").click()
    expect(listed.locator("input[name=at]")).to_have_value(re.compile("T09:00$"))
    listed.fill("input[name=at]", f"{waits['send_at'][:4]}-12-31T10:30")
    listed.get_by_role("button", name="Save").click()
    expect(listed.locator(".unsent")).to_contain_text("31 December")
    [waits] = lab.ann.server.call(carol.member.call, "GET", "/me/scheduled")["items"]
    assert waits["send_at"][5:16] == "12-31T01:30"
    listed.get_by_role("button", name="Send now").click()
    shows(page, "good morning")
