"""JavaScript off: sign in, join, post, mark read; and the drawer of a phone."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import ChatServer

from .conftest import Opens, expect, shows

PHONE = {"width": 390, "height": 800}


def test_everything_that_matters_works_without_script(chat_server: ChatServer, person: Opens) -> None:
    ann = chat_server.member("ann")
    group = chat_server.call(ann.create_group, "Home lab")
    bob = person("bob", java_script_enabled=False)
    bob.context.clear_cookies()
    page = bob.tab("/discover/")
    page.fill("[name=username]", "bob")
    page.fill("[name=password]", bob.member.password)
    page.click("text=Sign in >> nth=-1")
    page.wait_for_url("**/discover/")
    page.click("text=Join")
    page.wait_for_url("**/home-lab/")
    page.click(".rail__topic")
    page.fill("textarea", "hello\nwithout script")
    page.click("[aria-label=Send]")
    shows(page, "hello\nwithout script")
    chat_server.call(ann.post, group["default_topic_id"], "@bob welcome")
    page.goto(chat_server.url + "/")
    expect(page.locator(".item--you")).to_contain_text("@bob welcome")
    page.click(".rail__topic")
    shows(page, "hello\nwithout script", "@bob welcome")
    expect(page.locator("#log .message").last).to_be_in_viewport()
    page.click("text=Mark read")
    expect(page.locator("text=Mark read")).to_have_count(0)
    assert chat_server.call(bob.member.unread, group["default_topic_id"]) == 0


def test_a_link_to_a_folded_form_opens_it(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", java_script_enabled=False)
    chat_server.call(ann.member.create_group, "Home lab")
    page = ann.tab("/home-lab/")
    expect(page.locator("[name=text]")).to_be_hidden()
    page.click("[aria-label='Open a topic']")
    expect(page.locator("[name=text]")).to_be_visible()


def test_a_page_is_as_high_as_its_window(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", viewport={"width": 1000, "height": 500})
    chat_server.call(ann.member.create_group, "Home lab")
    page = ann.tab("/home-lab/settings/")
    assert page.evaluate("document.querySelector('.page').scrollHeight") > 500
    assert page.evaluate("document.documentElement.scrollHeight") == 500


def test_the_log_opens_at_its_end_and_a_short_one_at_its_top(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", java_script_enabled=False)
    topic = chat_server.call(ann.member.create_group, "Home lab")["default_topic_id"]
    ann.say(topic, "the first")
    page = ann.tab("/home-lab/general/")
    assert page.locator("#log .message").bounding_box()["y"] < 200
    for number in range(60):
        ann.say(topic, f"number {number}")
    page.reload()
    expect(page.locator("#log .message").last).to_be_in_viewport()


def test_the_drawer_of_a_phone_needs_no_script(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", java_script_enabled=False, viewport=PHONE)
    chat_server.call(ann.member.create_group, "Home lab")
    page = ann.tab("/settings/")
    expect(page.locator("#rail")).to_be_hidden()
    page.click("[popovertarget=rail]")
    expect(page.locator("#rail")).to_be_in_viewport()
    page.click(".rail__topic")
    page.wait_for_url("**/home-lab/general/")
    expect(page.locator("#rail")).to_be_hidden()


def test_nothing_one_touches_on_a_phone_is_small(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", viewport=PHONE, has_touch=True, is_mobile=True)
    chat_server.call(ann.member.create_group, "Home lab")
    for path in ("/home-lab/general/", "/home-lab/", "/discover/", "/settings/"):
        page = ann.tab(path)
        for box in page.locator("main :is(button, input:not([type=hidden], [type=radio], .unseen))").all():
            if box.is_visible():
                assert box.bounding_box()["height"] >= 40, (path, box.evaluate("e => e.outerHTML"))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_on_a_phone_enter_is_a_new_line(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", viewport=PHONE, has_touch=True, is_mobile=True)
    chat_server.call(ann.member.create_group, "Home lab")
    page: Any = ann.tab("/home-lab/general/")
    page.locator("textarea").press_sequentially("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    expect(page.locator("textarea")).to_have_value("one\ntwo")
    page.click("[aria-label=Send]")
    shows(page, "one\ntwo")
