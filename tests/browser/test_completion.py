"""What somebody begins to name is completed: people, topics and emoji, by keys and by pointer."""

from __future__ import annotations

from typing import Any

from .conftest import expect, shows

FIELD = "message-composer textarea"


def names(page: Any) -> Any:
    return page.locator(".completion__choice b")


def test_people(lab: Any) -> None:
    lab.ann.server.member("anton")  # in no group
    page = lab.bob.tab("/home-lab/general/")
    page.locator(FIELD).press_sequentially("hi @an")
    expect(names(page)).to_have_text(["Ann", "Anton"])  # members first
    expect(page.locator(FIELD)).to_have_attribute("aria-activedescendant", "completion-0")
    expect(page.locator(FIELD)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#completion-1")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")  # chooses, and does not send
    expect(page.locator(FIELD)).to_have_value("hi @ann ")
    expect(page.locator(".completion")).to_have_count(0)
    page.keyboard.press("Enter")
    shows(page, "hi @ann")


def test_whoever_types_on_and_takes_gets_what_was_typed(lab: Any) -> None:
    lab.ann.server.member("anton")
    page = lab.bob.tab("/home-lab/general/")
    held: list[Any] = []
    page.route("**/mentionable?q=ant", lambda route: held.append(route))
    field = page.locator(FIELD)
    field.press_sequentially("@an")
    expect(names(page)).to_have_text(["Ann", "Anton"])
    with page.expect_request("**/mentionable?q=ant"):
        page.keyboard.type("t")
        page.keyboard.press("Enter")  # Ann is still marked
    expect(field).to_have_value("@ant")
    release(page, held)
    expect(field).to_have_value("@anton ")
    page.keyboard.type("@an")
    expect(names(page)).to_have_text(["Ann", "Anton"])
    page.keyboard.type("t")
    page.keyboard.press("ArrowDown")  # whoever goes through the list means what it shows
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value("@anton @ann ")
    assert len(page.locator("#log .message").all()) == 0


def test_whoever_is_not_answered_can_send(lab: Any) -> None:
    page = lab.bob.tab("/home-lab/general/")
    page.route("**/mentionable?q=ann", lambda route: None)
    page.locator(FIELD).press_sequentially("hi @an")
    expect(names(page)).to_have_text(["Ann"])
    page.keyboard.type("n")
    page.keyboard.press("Enter")
    expect(page.locator(".completion")).to_have_count(0)  # a second later
    expect(page.locator(FIELD)).to_have_value("hi @ann")
    page.keyboard.press("Enter")
    shows(page, "hi @ann")


def release(page: Any, held: list[Any]) -> None:
    """Let a held request go on, as soon as it is there."""
    while not held:
        page.wait_for_timeout(10)
    held.pop().continue_()


def test_everybody(lab: Any) -> None:
    page = lab.bob.tab("/home-lab/general/")
    page.locator(FIELD).press_sequentially("@gr")
    expect(names(page)).to_have_text(["group"])
    page.locator(".completion__choice").click()
    expect(page.locator(FIELD)).to_have_value("@group ")
    page.keyboard.type("dinner")
    page.keyboard.press("Enter")
    expect(page.locator(".message__text b")).to_have_text("@group")
    hers = lab.ann.tab("/home-lab/general/")
    expect(hers.locator(".message--mention")).to_have_count(1)


def test_topics_become_links(lab: Any) -> None:
    page = lab.bob.tab("/home-lab/general/")
    page.locator(FIELD).press_sequentially("see #back")
    expect(names(page)).to_have_text(["Backups"])
    page.keyboard.press("Tab")
    expect(page.locator(FIELD)).to_have_value(f"see {lab.bob.server.url}/home-lab/backups/ ")
    page.keyboard.press("Enter")
    expect(page.locator(".message__text a")).to_have_attribute("href", "/home-lab/backups/")


def test_emoji_and_what_is_none(lab: Any) -> None:
    page = lab.bob.tab("/home-lab/general/")
    field = page.locator(FIELD)
    field.press_sequentially("at 10:30 `:tad")
    expect(page.locator(".completion")).to_have_count(0)
    field.fill("")
    field.press_sequentially("done :tad")
    expect(names(page).first).to_have_text(":tada:")
    page.keyboard.press("Escape")
    expect(page.locator(".completion")).to_have_count(0)
    expect(field).to_have_value("done :tad")
    page.keyboard.type("a")
    expect(names(page).first).to_have_text(":tada:")
    page.keyboard.press("Enter")
    expect(field).to_have_value("done \U0001f389")
