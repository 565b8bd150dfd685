"""The page of search shows what is found while one types; the box in the rail leads anywhere, by keys alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from convore_lite.index.handle import Index, IndexAway

from .conftest import playwright

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
    expect(hit).to_be_visible()
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
    page.wait_for_url("**zone=Asia%2FTokyo**")
    page.context.close()


def test_the_box_in_the_rail_leads_to_a_place(lab: Any) -> None:
    page = lab.ann.tab("/mentions/")
    page.keyboard.press("Control+k")
    expect(page.locator("#jump")).to_be_focused()
    page.keyboard.type("back")
    place = page.locator(".jump__item", has_text="Backups")
    expect(place).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(place).to_have_class("jump__item is-chosen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/home-lab/backups/")


def test_without_a_choice_messages_are_searched(lab: Any) -> None:
    lab.bob.say(lab.backups, "restic has the wrong permission")
    searchable(lab)
    page = lab.ann.tab("/mentions/")
    page.keyboard.press("Control+k")
    page.keyboard.type("restic")
    page.keyboard.press("Enter")
    expect(page.locator(".item", has_text="wrong permission")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def test_a_followed_search_counts_what_others_say_and_clears_in_every_tab(lab: Any) -> None:
    searchable(lab)
    page, other = lab.ann.tab("/search/?q=restic"), lab.ann.tab("/mentions/")
    page.get_by_role("button", name="Follow this search").click()
    expect(page.get_by_role("button", name="Following")).to_be_visible()
    row = other.locator(".rail__topic--search", has_text="restic")
    expect(row).to_be_visible()
    lab.bob.say(lab.backups, "restic has the wrong permission")
    searchable(lab)
    expect(row.locator(".pill")).to_have_text("1")
    expect(page.locator(".rail__topic--search .pill")).to_have_text("1")
    page.locator(".rail__topic--search").click()
    expect(page.locator(".item", has_text="wrong permission")).to_contain_text("New")
    expect(row.locator(".pill")).to_have_text("")
    expect(page.locator(".item", has_text="wrong permission")).to_contain_text("New")


def test_what_the_index_does_not_know_yet_is_counted_a_moment_later(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, ann = lab.ann.server, lab.ann.member
    searchable(lab)
    server.call(ann.call, "POST", "/me/searches", {"query": "restic"})
    lab.bob.say(lab.backups, "restic has the wrong permission")
    searchable(lab)

    index, asked = server.chat.appliance.app.index, []

    async def count(*question: Any) -> int:
        asked.append(question)
        if len(asked) == 1:
            raise IndexAway("Starting")
        return await Index.count(index, *question)

    monkeypatch.setattr(index, "count", count)
    page = lab.ann.tab("/mentions/")
    expect(page.locator(".rail__group--searches")).to_have_attribute("data-late", "")
    expect(page.locator(".rail__topic--search .pill")).to_have_text("1")
    assert len(asked) == 2


def names(page: Any) -> Any:
    return page.locator(".completion__choice b")


def notes(page: Any) -> Any:
    return page.locator(".completion__choice small")


def test_people_are_completed_by_keys(lab: Any) -> None:
    lab.ann.server.member("anton")
    lab.bob.say(lab.backups, "restic has the wrong permission")
    lab.ann.say(lab.backups, "restic is fine")
    searchable(lab)
    page = lab.ann.tab("/search/")
    field = page.locator("#search")
    expect(field).to_have_attribute("role", "combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("restic fr")
    expect(names(page)).to_have_text(["from:"])
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-controls", "completion")
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "completion-0")
    page.keyboard.press("Tab")
    expect(field).to_have_value("restic from:")
    expect(names(page)).to_have_text(["me", "Ann", "Anton", "Bob"])
    page.keyboard.type("b")
    expect(names(page)).to_have_text(["Bob"])
    expect(notes(page)).to_have_text(["@bob"])
    mistake = page.locator(".found__note--mistake")
    expect(mistake).to_have_text("There is nobody here called “b”.")
    expect(mistake).to_be_hidden()
    page.keyboard.press("Escape")
    expect(mistake).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.type("b")
    expect(names(page)).to_have_text(["Bob"])
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Bob")
    page.keyboard.press("Enter")
    expect(field).to_have_value("restic from:bob ")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".item")).to_have_text([re.compile("wrong permission")])


def test_groups_and_topics_are_completed_whatever_they_are_called(lab: Any) -> None:
    server, ann = lab.ann.server, lab.ann.member
    cellar = server.call(ann.create_group, 'The "old" cellar box')
    server.call(ann.open_topic, cellar["id"], "Backups", "restic in the cellar")
    lab.ann.say(lab.backups, "restic in the lab")
    searchable(lab)
    page = lab.ann.tab("/search/")
    field = page.locator("#search")
    field.press_sequentially('restic -in:"cellar b')
    expect(names(page)).to_have_text(['The "old" cellar box'])
    page.locator(".completion__choice").click()
    expect(field).to_have_value("restic -in:the-old-cellar-box ")
    expect(page.locator(".item")).to_have_text([re.compile("in the lab")])
    field.fill("restic ")
    field.press_sequentially("topic:ba")
    expect(names(page)).to_have_text(["Backups", "Backups"])
    assert sorted(notes(page).all_inner_texts()) == ["Home lab", 'The "old" cellar box']
    page.locator(".completion__choice", has_text="cellar").click()
    expect(field).to_have_value("restic topic:the-old-cellar-box/backups ")
    expect(page.locator(".item")).to_have_text([re.compile("in the cellar")])
    expect(page.locator(".found__note--mistake")).to_have_count(0)


def test_escape_leaves_the_list_alone_and_enter_without_a_choice_searches(lab: Any) -> None:
    lab.bob.say(lab.backups, "restic has the wrong permission")
    searchable(lab)
    page = lab.ann.tab("/search/")
    field = page.locator("#search")
    field.press_sequentially("in:home-lab")
    expect(names(page)).to_have_text(["Home lab"])
    hit = page.locator(".item", has_text="wrong permission")
    expect(hit).to_be_visible()  # what is found is shown while there is a list
    page.keyboard.press("Escape")
    expect(page.locator(".completion")).to_have_count(0)
    expect(field).to_have_value("in:home-lab")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    field.fill("")
    field.press_sequentially("restic is:unr")
    expect(names(page)).to_have_text(["unread"])
    page.keyboard.press("Enter")
    expect(page.locator(".completion")).to_have_count(0)
    expect(field).to_have_value("restic is:unr")
    expect(page.locator(".found__note--mistake")).to_contain_text("is: takes")


def test_what_one_may_not_see_is_not_offered(lab: Any) -> None:
    server = lab.ann.server
    vault = server.call(lab.ann.member.create_group, "Vault", "private")
    server.call(lab.ann.member.open_topic, vault["id"], "Vacancies")
    server.call(lab.bob.member.create_group, "Valley")
    server.call(lab.bob.member.open_topic, "valley", "Various")
    for person, groups, topics in (
        (lab.ann, ["Vault", "Valley"], ["Vacancies", "Various"]),
        (lab.bob, ["Valley"], ["Various"]),
    ):
        page = person.tab("/search/")
        page.locator("#search").press_sequentially("in:va")
        expect(names(page)).to_have_text(groups)
        page.locator("#search").fill("")
        page.locator("#search").press_sequentially("topic:va")
        expect(names(page)).to_have_text(topics)


def test_what_an_operator_takes_is_offered_as_soon_as_it_is_typed(lab: Any) -> None:
    page = lab.ann.tab("/search/")
    page.locator("#search").press_sequentially("in")
    expect(names(page)).to_have_text(["in:"])
    page.keyboard.type(":")
    expect(names(page)).to_have_text(["Home lab"])
    page.locator("#search").fill("")
    page.keyboard.type("in")
    expect(names(page)).to_have_text(["in:"])
    # Whoever is quicker than the page: it is told of all letters before it is told that the caret moved.
    page.evaluate("[...':ho'].forEach(letter => document.execCommand('insertText', false, letter))")
    expect(page.locator("#search")).to_have_value("in:ho")
    expect(names(page)).to_have_text(["Home lab"])


def test_while_an_input_method_composes_keys_are_its_own(lab: Any) -> None:
    page = lab.ann.tab("/search/")
    page.locator("#search").press_sequentially("in:ho")
    expect(names(page)).to_have_text(["Home lab"])
    page.keyboard.press("ArrowDown")
    composing = "new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })"
    assert page.locator("#search").evaluate(f"field => field.dispatchEvent({composing})")  # nobody took it
    expect(page.locator("#search")).to_have_value("in:ho")
    expect(page.locator("#completion-0")).to_have_attribute("aria-selected", "true")


def test_the_box_in_the_rail_completes_values_and_leaves_words_to_places(lab: Any) -> None:
    server = lab.ann.server
    server.call(lab.ann.member.open_topic, "home-lab", "Tools")
    page = lab.ann.tab("/mentions/")
    page.keyboard.press("Control+k")
    page.keyboard.type("to")
    expect(page.locator(".jump__item", has_text="Tools")).to_be_visible()
    expect(page.locator(".completion")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.type("from:bo")
    expect(names(page)).to_have_text(["Bob"])
    expect(page.locator(".jump__list")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#jump")).to_have_value("from:bob ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=from%3Abob**")


def test_a_finger_takes_too(lab: Any, person: Any) -> None:
    page = person("cat", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}).tab("/search/")
    page.locator("#search").press_sequentially("in:ho")
    page.locator(".completion__choice", has_text="Home lab").tap()
    expect(page.locator("#search")).to_have_value("in:home-lab ")
