"""What others change is seen at once, without loading a page again: two people, two browsers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .conftest import counts, expect, shows

BACKUPS = "/home-lab/backups/"


@pytest.fixture
def talk(lab: Any) -> Any:
    """Three messages, and Bob looking at them."""
    lab.said = [lab.ann.say(lab.backups, "one"), lab.bob.say(lab.backups, "two"), lab.ann.say(lab.backups, "three")]
    lab.page = lab.bob.tab(BACKUPS)
    shows(lab.page, "one", "two", "three")
    lab.page.evaluate("window.stayed = true")
    yield lab
    assert lab.page.evaluate("window.stayed"), "the page was loaded again"


def call(lab: Any, method: str, path: str, body: Any = None) -> Any:
    return lab.ann.server.call(lab.ann.member.call, method, path, body)


def same_after_loading(lab: Any) -> None:
    """What the script made of the log is what the server makes of it, but for the "New" line of what was read just now."""
    rows = """() => [...document.querySelectorAll('#log li:not(.is-folded, [data-line=new])')].map((row) => {
        const plain = row.cloneNode(true)
        plain.querySelectorAll('[data-own]').forEach((own) => own.removeAttribute('data-own'))
        plain.querySelectorAll('[data-field=undo]').forEach((undo) => undo.remove())  // it is there for some seconds only
        plain.removeAttribute('id'), plain.removeAttribute('data-message')
        plain.classList.remove('message--mine')
        return plain.outerHTML.replace(/\\s+/g, ' ')
    })"""
    fresh = lab.bob.tab(BACKUPS)
    expect(fresh.locator("live-status")).to_be_hidden()
    assert lab.page.evaluate(rows) == fresh.evaluate(rows)
    fresh.close()


def test_an_edited_message(talk: Any) -> None:
    writing = talk.ann.tab(f"{BACKUPS}{talk.said[0]['id']}/edit/")
    writing.fill("[name=text]", "one, **better**")
    writing.click("text=Save")
    shows(talk.page, "one, better", "two", "three")
    expect(talk.page.locator(".message__edited").first).to_be_visible()
    same_after_loading(talk)
    history = talk.bob.tab(f"{BACKUPS}{talk.said[0]['id']}/history/")
    expect(history.locator(".version")).to_have_count(2)


def test_editing_where_it_stands(talk: Any) -> None:
    row = talk.page.locator(f"#m-{talk.said[1]['id']}")
    row.hover()
    row.locator("[data-field=more]").click()
    row.locator("[data-field=edit]").click()
    expect(row.locator("textarea")).to_have_value("two")
    expect(row.locator("textarea")).to_be_focused()
    talk.ann.say(talk.backups, "meanwhile")
    talk.page.keyboard.press("Escape")
    shows(talk.page, "one", "two", "three", "meanwhile")
    row.hover()
    row.locator("[data-field=more]").click()
    row.locator("[data-field=edit]").click()
    row.locator("textarea").fill("two *and a half*")
    talk.page.keyboard.press("Enter")
    shows(talk.page, "one", "two and a half", "three", "meanwhile")
    expect(row.locator(".message__edited")).to_be_visible()
    expect(row.locator("textarea")).to_have_count(0)


def test_deleted_messages(talk: Any) -> None:
    call(talk, "DELETE", f"/messages/{talk.said[1]['id']}")
    shows(talk.page, "one", "three")
    expect(talk.page.locator(".message--gone")).to_have_text("Message deleted or moved")
    call(talk, "DELETE", f"/messages/{talk.said[2]['id']}")
    expect(talk.page.locator(".message--gone:visible")).to_have_text("2 messages deleted or moved")
    shows(talk.page, "one")
    same_after_loading(talk)


def test_messages_leave_and_arrive(talk: Any) -> None:
    target = call(talk, "POST", "/groups/home-lab/topics", {"name": "Disks", "text": "already here"})
    there = talk.bob.tab("/home-lab/disks/")
    shows(there, "already here")
    choosing = talk.ann.tab(f"{BACKUPS}move/?start={talk.said[1]['id']}")
    choosing.check("[value=topic]")
    choosing.select_option("[name=topic]", str(target["id"]))
    choosing.click("text=Move them")
    choosing.wait_for_url("**/home-lab/disks/")
    shows(there, "already here", "two", "three")
    shows(talk.page, "one")
    expect(talk.page.locator(".message--gone:visible")).to_have_text("2 messages deleted or moved")
    same_after_loading(talk)
    talk.ann.say(talk.backups, "four")
    shows(talk.page, "one", "four")


def test_a_renamed_topic(talk: Any) -> None:
    renaming = talk.ann.tab(f"{BACKUPS}change/")
    renaming.fill("[name=name]", "Restores")
    renaming.click("text=Save")
    expect(talk.page.locator(".room__title")).to_have_text("Restores")
    talk.page.wait_for_url("**/home-lab/restores/")
    expect(talk.page.locator(f".rail__topic[data-topic='{talk.backups}'] .rail__name")).to_have_text("Restores")
    talk.page.fill("textarea", "still here")
    talk.page.keyboard.press("Enter")
    shows(talk.page, "one", "two", "three", "still here")
    expect(talk.page.locator("[data-field=permalink]").last).to_have_attribute(
        "href", re.compile("^/home-lab/restores/")
    )


def test_a_locked_topic(talk: Any) -> None:
    managing = talk.ann.tab(BACKUPS)
    talk.page.fill("textarea", "half a thought")
    managing.click("[popovertarget=topic-menu]")
    managing.click("#topic-menu >> text=Lock")
    expect(talk.page.locator(".composer")).to_be_hidden()
    expect(talk.page.locator("[data-when=closed]")).to_be_visible()
    expect(talk.page.locator(".room__crumb")).to_contain_text("locked")
    expect(managing.locator(".composer")).to_be_visible()
    managing.click("[popovertarget=topic-menu]")
    managing.click("#topic-menu >> text=Unlock")
    expect(talk.page.locator(".composer")).to_be_visible()
    expect(talk.page.locator("textarea")).to_have_value("half a thought")


def test_a_topic_that_moves(talk: Any) -> None:
    archive = call(talk, "POST", "/groups", {"name": "Archive", "kind": "public"})
    talk.bob.server.call(talk.bob.member.join, "archive")
    call(talk, "PATCH", f"/topics/{talk.backups}", {"group_id": archive["id"]})
    talk.page.wait_for_url("**/archive/backups/")
    expect(talk.page.locator(".room__crumb")).to_contain_text("Archive")
    talk.ann.say(talk.backups, "four")
    shows(talk.page, "one", "two", "three", "four")


@pytest.mark.parametrize("how", ["deleted", "moved to where one is not"])
def test_a_topic_that_is_gone(talk: Any, how: str) -> None:
    if how == "deleted":
        asked = talk.ann.tab(f"{BACKUPS}delete/")
        asked.click("button:text('Delete topic')")
    else:
        secret = call(talk, "POST", "/groups", {"name": "Secret", "kind": "private"})
        call(talk, "PATCH", f"/topics/{talk.backups}", {"group_id": secret["id"]})
    expect(talk.page.locator("topic-watch")).to_contain_text("This topic is gone")
    expect(talk.page.locator("topic-watch")).to_be_visible()
    expect(talk.page.locator("#log, .composer")).to_have_count(0)
    expect(talk.page.locator(f".rail__topic[data-topic='{talk.backups}']")).to_have_count(0)
    expect(talk.page.locator("topic-watch a")).to_have_attribute("href", "/home-lab/")


def test_a_level_in_every_tab(talk: Any) -> None:
    other = talk.bob.tab(BACKUPS)
    other.click("[popovertarget=level]")
    other.click("[name=level][value=mute]")
    expect(talk.page.locator("[popovertarget=level]")).to_contain_text("Mute")
    settings = talk.bob.tab("/settings/")
    talk.page.close()
    other.close()
    talk.ann.say(talk.backups, "@bob look")
    counts(settings, talk.backups, "@ 1")
    talk.page = settings
    settings.evaluate("window.stayed = true")


def test_a_word_of_ones_own_lights_up(talk: Any) -> None:
    talk.bob.server.call(talk.bob.member.call, "PUT", "/me/keywords", {"keywords": ["restic"]})
    talk.ann.say(talk.backups, "Restic is new")
    expect(talk.page.locator(".message--mention")).to_contain_text("Restic is new")


def test_the_new_line_leaves_a_deleted_message(lab: Any) -> None:
    lab.ann.say(lab.backups, "read")
    reading = lab.bob.tab(BACKUPS)
    shows(reading, "read")
    counts(reading, lab.backups, "")
    reading.goto(lab.bob.server.url + "/settings/")
    first, _ = lab.ann.say(lab.backups, "oops"), lab.ann.say(lab.backups, "new")
    counts(reading, lab.backups, "2")
    reading.goto(lab.bob.server.url + BACKUPS)
    expect(reading.locator("[data-line=new] + li")).to_contain_text("oops")
    call(lab, "DELETE", f"/messages/{first['id']}")
    expect(reading.locator("[data-line=new] + li")).to_contain_text("new")
