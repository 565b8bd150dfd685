"""The page of search shows what is found while one types; the box in the rail leads anywhere, by keys alone."""

from __future__ import annotations

from typing import Any

from .conftest import PATIENCE, playwright

expect = playwright.expect


def searchable(lab: Any) -> None:
    lab.ann.server.call(lab.ann.server.chat.searchable)


def test_hits_appear_while_one_types_and_the_arrows_lead_to_them(lab: Any) -> None:
    lab.bob.say(lab.backups, "restic has the wrong permission")
    lab.bob.say(lab.backups, "nine hours for a check")
    searchable(lab)
    page = lab.ann.tab("/search/")
    page.locator("#search").press_sequentially("rest")
    hit = page.locator(".item", has_text="wrong permission")
    expect(hit).to_be_visible(timeout=PATIENCE)
    expect(page.locator("mark")).to_have_text("restic")
    expect(page.locator(".item")).to_have_count(1)
    assert "q=rest" in page.url
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-linked")).to_contain_text("wrong permission")


def test_a_day_begins_where_the_reader_is(lab: Any) -> None:
    page = lab.ann.context.browser.new_context(
        timezone_id="Asia/Tokyo", storage_state=lab.ann.context.storage_state()
    ).new_page()
    page.goto(lab.ann.server.url + "/search/")
    page.locator("#search").press_sequentially("tea")
    page.wait_for_url("**zone=Asia%2FTokyo**", timeout=PATIENCE)
    page.context.close()


def test_the_box_in_the_rail_leads_to_a_place(lab: Any) -> None:
    page = lab.ann.tab("/mentions/")
    page.keyboard.press("Control+k")
    expect(page.locator("#jump")).to_be_focused()
    page.keyboard.type("back")
    place = page.locator(".jump__item", has_text="Backups")
    expect(place).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("ArrowDown")
    expect(place).to_have_class("jump__item is-chosen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home-lab/backups/", timeout=PATIENCE)


def test_without_a_choice_messages_are_searched(lab: Any) -> None:
    lab.bob.say(lab.backups, "restic has the wrong permission")
    searchable(lab)
    page = lab.ann.tab("/mentions/")
    page.keyboard.press("Control+k")
    page.keyboard.type("restic")
    page.keyboard.press("Enter")
    expect(page.locator(".item", has_text="wrong permission")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def test_a_followed_search_counts_what_others_say_and_clears_in_every_tab(lab: Any) -> None:
    searchable(lab)
    page, other = lab.ann.tab("/search/?q=restic"), lab.ann.tab("/mentions/")
    page.get_by_role("button", name="Follow this search").click()
    row = other.locator(".rail__topic--search", has_text="restic")
    expect(row).to_be_visible(timeout=PATIENCE)
    lab.bob.say(lab.backups, "restic has the wrong permission")
    searchable(lab)
    expect(row.locator(".pill")).to_have_text("1", timeout=PATIENCE)
    expect(page.locator(".rail__topic--search .pill")).to_have_text("1", timeout=PATIENCE)
    page.locator(".rail__topic--search").click()
    expect(page.locator(".item", has_text="wrong permission")).to_contain_text("New")
    expect(row.locator(".pill")).to_have_text("", timeout=PATIENCE)
    expect(page.locator(".item", has_text="wrong permission")).to_contain_text("New")
